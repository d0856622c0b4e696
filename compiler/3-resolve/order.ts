// `order-by`: its key is worked out at the door, when the message is taken in, and once for the whole message.

import type { Json } from "../../schema/json.ts";
import type { Step, Target } from "../integration.ts";
import { findingAt, type Report, readValue, type Site, type Value } from "../value.ts";
import { changesSetting } from "./declared-table.ts";
import { messageScope } from "./scope.ts";

/** `before`: the steps of the sources. */
export function resolveOrder(
  raw: Json | undefined,
  site: Site,
  before: readonly Step[],
  report: Report,
): Value | undefined {
  if (raw === undefined) return undefined;
  const early = before.find(({ kind }) => kind === "call" || kind === "script" || kind === "split");
  if (early !== undefined) {
    const many = early.kind === "split";
    const message = many
      ? "The source's own `split` leaves no message as a whole to take the key of."
      : `The key is needed before the source's own \`${early.kind}\` can be asked.`;
    const help = `Move the \`${early.kind}\` into the integration's \`steps\`.`;
    const { spec, path } = early.site;
    const labels = [{ file: spec.file, range: spec.locate(path), message: `${early.kind} here` }];
    report(findingAt("VRS2032", site, { message, help, labels }, "key"));
  }
  return readValue(raw, site, messageScope(), report);
}

/** Changes of a row overtake each other on their way, and each retry is a chance to. */
export function reportUnordered(targets: readonly Target[], report: Report): void {
  for (const { use } of targets) {
    const setting = changesSetting(use);
    if (setting === undefined) continue;
    const message = "Changes of a row may be applied in another order than they were made in.";
    const help = "Add `order-by:` with what tells rows apart, such as the key's column in `body.key`.";
    report(findingAt("VRS2035", setting.site, { message, help }));
  }
}
