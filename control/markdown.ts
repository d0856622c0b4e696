// GitHub's Markdown as it can be written safely: whatever comes from outside stands in code, where nothing is a table
// cell, a tag, a link or a mention; and a text is cut at whole rows, with a count, before GitHub refuses it.

import { visible } from "./units.ts";

/** Text from outside in one line of code: `max_bytes`. Long ones are cut. */
export function code(text: string, limit = 160): string {
  const line = oneLine(text, limit);
  return /^[\w.:/,$*>@=+()-](?:[\w.:/,$*>@=+() -]*[\w.:/,$*>@=+()-])?$/.test(line) ? `\`${line}\`` : htmlCode(line);
}

/** The same where Markdown is not read: in the title of a fold. */
export const htmlCode = (text: string): string =>
  `<code>${Array.from(oneLine(text, 160), (char) => (/[\p{L}\p{N} ]/u.test(char) ? char : `&#${char.codePointAt(0)};`)).join("")}</code>`;

function oneLine(text: string, limit: number): string {
  const plain = visible(text);
  const chars = Array.from(plain);
  const cut = chars.length > limit ? `${chars.slice(0, limit - 1).join("")}…` : plain;
  return cut === "" ? "\u{fffd}" : cut;
}

export interface Section {
  /** Markdown that is shown in any case: a heading, an alert. */
  readonly title: string;
  /** Header cells of the table; none: there is no table. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** `change`, for the count of what was cut. */
  readonly noun: string;
  /** HTML of the line to click on; left out, the table lies open. */
  readonly fold?: string;
}

const size = (text: string): number => Buffer.byteLength(text);
const cells = (row: readonly string[]): string => `| ${row.join(" | ")} |`;

/** At most `limit` bytes: `head` and `foot` are always there, then the sections' rows in order, while there is room. */
export function fitted(head: string, sections: readonly Section[], foot: string, limit: number): string {
  let room = limit - size(head) - size(foot) - 200;
  const texts: string[] = [];
  let unseen = 0;
  for (const section of sections) {
    const frame = size(framed(section, [])) + 100;
    if (room < frame) {
      unseen += section.rows.length;
      continue;
    }
    const rows = rowsWithin(section.rows, room - frame);
    const text = framed(section, rows);
    room -= size(text) + 2;
    texts.push(text);
  }
  const more = unseen === 0 ? [] : [`_${unseen} more rows are not shown: there is no room for them here._`];
  return `${[head, ...texts, ...more, foot].filter((part) => part !== "").join("\n\n")}\n`;
}

function rowsWithin(rows: Section["rows"], room: number): Section["rows"] {
  let left = room;
  const fit = rows.findIndex((row) => {
    left -= size(cells(row)) + 1;
    return left < 0;
  });
  return fit === -1 ? rows : rows.slice(0, fit);
}

function framed({ title, columns, rows: all, noun, fold }: Section, rows: Section["rows"]): string {
  const cut = all.length - rows.length;
  const parts = [
    title,
    ...(fold === undefined ? [] : [`<details><summary>${fold}</summary>`]),
    ...(columns.length === 0 ? [] : [[cells(columns), cells(columns.map(() => "---")), ...rows.map(cells)].join("\n")]),
    ...(cut === 0 ? [] : [`_… and ${cut} more ${cut === 1 ? noun : `${noun}s`}, not shown here._`]),
    ...(fold === undefined ? [] : ["</details>"]),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}
