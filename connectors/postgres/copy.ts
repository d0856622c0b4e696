// COPY of one group of rows: PostgreSQL's text format, sent in pieces.

import type { Session } from "./database.ts";
import type { Group } from "./rows.ts";
import { copyRows } from "./statements.ts";
import type { Table } from "./table.ts";

/** Characters in one piece, about. */
const piece = 64 * 1024;

export async function copyGroup({ client }: Session, table: Table, group: Group): Promise<void> {
  const [{ from }, { pipeline }, { Readable }] = await Promise.all([
    import("pg-copy-streams"),
    import("node:stream/promises"),
    import("node:stream"),
  ]);
  await pipeline(Readable.from(pieces(group)), client.query(from(copyRows(table, group.columns))));
}

function* pieces({ ids, cells }: Group): Generator<Buffer> {
  let text = "";
  for (let row = 0; row < ids.length; row++) {
    for (let at = 0; at < cells.length; at++) {
      const cell = cells[at]?.[row] ?? null;
      text += `${at === 0 ? "" : "\t"}${cell === null ? "\\N" : special.test(cell) ? cell.replace(everySpecial, escaped) : cell}`;
    }
    text += "\n";
    if (text.length < piece) continue;
    yield Buffer.from(text);
    text = "";
  }
  if (text !== "") yield Buffer.from(text);
}

const special = /[\\\n\r\t]/;
const everySpecial = /[\\\n\r\t]/g;
const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const escaped = (character: string): string => escapes[character] ?? character;
