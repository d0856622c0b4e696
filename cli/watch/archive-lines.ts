// What archives hold, below the table of targets: one line each, and in colour where messages go before their time.

import type { Status } from "../../control/watch/status.ts";
import { durationText } from "../../schema/units.ts";
import type { Paint } from "../paint.ts";
import { table } from "../table.ts";
import { age } from "./age.ts";
import { roughSize } from "./rough-size.ts";

export function archiveLines({ at, integrations }: Status, color: Paint): readonly string[] {
  const rows = integrations.flatMap(({ tenant, integration, archive }) => {
    if (archive === undefined) return [];
    const { messages, bytes, maxBytes, keep, since, full } = archive;
    const oldest = since === undefined ? "-" : age(Date.parse(at) - Date.parse(since));
    const state = full
      ? { text: "full: the oldest go before their time", paint: color.yellow }
      : { text: "ok", paint: color.green };
    return [
      [
        { text: `${tenant}/${integration}` },
        { text: `${messages}`, right: true },
        { text: oldest, right: true },
        { text: durationText(keep), right: true },
        { text: `${roughSize(bytes)} of ${roughSize(maxBytes)}`, right: true },
        state,
      ],
    ];
  });
  const heads = [
    { text: "ARCHIVE" },
    { text: "MESSAGES", right: true },
    { text: "OLDEST", right: true },
    { text: "KEEPS", right: true },
    { text: "ROOM", right: true },
    { text: "STATE" },
  ];
  return rows.length === 0 ? [] : ["", ...table(heads, rows, color)];
}
