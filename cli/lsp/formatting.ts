// Formatting: what `vrsky fmt` would write, as an edit of the lines that differ.

import type { TextEdit } from "vscode-languageserver";
import { format } from "../../compiler/format/format.ts";
import type { OpenFile } from "./session.ts";
import { rangeOf } from "./text-places.ts";

/** No edit for what YAML cannot read. */
export function formatting({ text, file }: OpenFile): TextEdit[] {
  if (!/\.ya?ml$/.test(file)) return [];
  const formatted = format(text, file);
  if (!("text" in formatted) || formatted.text === text) return [];
  const now = formatted.text;
  const lines = (of: string): readonly string[] => of.split(/(?<=\n)/);
  const [before, after] = [lines(text), lines(now)];
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const start = length(before.slice(0, head));
  const end = text.length - length(before.slice(before.length - tail));
  const newText = now.slice(start, now.length - length(after.slice(after.length - tail)));
  return [{ range: rangeOf(text, start, end), newText }];
}

const length = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length, 0);
