// Files that an import writes: each carries the hash of what was written, so that an edited one is told from one that
// nobody touched, and is never replaced unasked.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Io } from "./io.ts";
import { paint } from "./paint.ts";

export interface ImportedFile {
  /** Below the workspace. */
  readonly path: string;
  /** Without the mark. */
  readonly text: string;
}

export interface ImportOptions {
  readonly force: boolean;
  /** Nothing is written. */
  readonly check: boolean;
}

export interface Imported {
  readonly changed: number;
  /** Edited since they were imported: left as they are. */
  readonly kept: number;
}

export function writeImported(
  folder: string,
  files: readonly ImportedFile[],
  options: ImportOptions,
  io: Io,
): Imported {
  let changed = 0;
  let kept = 0;
  const { green, yellow, dim } = paint(io.colorErr);
  for (const { path, text } of files) {
    const place = join(folder, path);
    const whole = marked(text);
    const before = existsSync(place) ? readFileSync(place, "utf8") : undefined;
    if (before === whole) {
      io.err(`  ${dim("=")} ${path}\n`);
      continue;
    }
    if (before !== undefined) io.out(difference(path, before, whole));
    if (before !== undefined && !untouched(before) && !options.force) {
      kept += 1;
      io.err(`  ${yellow("!")} ${path} was edited by hand and is left as it is; --force replaces it\n`);
      continue;
    }
    changed += 1;
    io.err(`  ${green(before === undefined ? "+" : "~")} ${path}\n`);
    if (options.check) continue;
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, whole);
  }
  return { changed, kept };
}

const mark = /^# Written by vrsky import, ([0-9a-f]{16})\. [^\n]*\n/;

const marked = (text: string): string =>
  `# Written by vrsky import, ${hashOf(text)}. Import again to bring it up to date; edited, it is left alone.\n${text}`;

const untouched = (whole: string): boolean => {
  const [line = "", hash] = mark.exec(whole) ?? [];
  return hash !== undefined && hashOf(whole.slice(line.length)) === hash;
};

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

/** Lines that went and lines that came, in order; lines that both have are found by their longest common run. */
function difference(path: string, before: string, after: string): string {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const common = table(old, now);
  const lines = [`--- ${path}`, `+++ ${path}`];
  for (let i = 0, j = 0; i < old.length || j < now.length; ) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      i += 1;
      j += 1;
    } else if (j >= now.length || (i < old.length && (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0))) {
      lines.push(`-${old[i++]}`);
    } else lines.push(`+${now[j++]}`);
  }
  return `${lines.join("\n")}\n`;
}

/** How many lines the rests from i and j have in common. */
function table(old: readonly string[], now: readonly string[]): readonly (readonly number[])[] {
  const all: number[][] = Array.from({ length: old.length + 1 }, () => new Array<number>(now.length + 1).fill(0));
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      const here = all[i];
      if (here === undefined) continue;
      here[j] = old[i] === now[j] ? (all[i + 1]?.[j + 1] ?? 0) + 1 : Math.max(all[i + 1]?.[j] ?? 0, here[j + 1] ?? 0);
    }
  }
  return all;
}
