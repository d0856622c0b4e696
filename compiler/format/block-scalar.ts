// A block (`|`, `>`) moved to its place: its lines keep what is theirs, only what indents them changes.

import type { CST } from "yaml";
import { spaced } from "./spacing.ts";

/** The sign first, then how the end is taken, as people write it; an indentation that is told is two. */
export function blockHeader(source: string): string {
  const chomping = /[-+]/.exec(source)?.[0] ?? "";
  return `${source.charAt(0)}${/\d/.test(source) ? "2" : ""}${chomping}`;
}

export interface Body {
  readonly lines: readonly string[];
  /** An empty line stood behind it. */
  readonly blank: boolean;
}

export function blockBody({ source, indent: parent }: CST.BlockScalar, header: string, indent: number): Body {
  const all = source.split("\n").map((line) => line.replace(/\r$/, ""));
  if (all.at(-1) === "") all.pop();
  const told = /\d/.exec(header)?.[0];
  const first = all.find((line) => line.trim() !== "") ?? "";
  const was = told === undefined ? first.length - first.trimStart().length : Math.max(0, parent) + Number(told);
  const keeps = header.includes("+");
  const end = keeps ? all.length : all.findLastIndex((line) => line.trim() !== "") + 1;
  const inner = all.slice(0, end).map((line) => (/^ *$/.test(line.slice(0, was)) ? line.slice(was) : line.trimStart()));
  const lines = spaced(inner.join("\n"))
    .split("\n")
    .map((line) => (line === "" ? "" : " ".repeat(indent) + line));
  return { lines: inner.length === 0 ? [] : lines, blank: end < all.length };
}
