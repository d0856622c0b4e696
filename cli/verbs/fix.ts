// vrsky validate --fix: what can be mended with certainty is, round after round, since one mend may show the next.

import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Compiled } from "../../compiler/compile.ts";
import { mend } from "../../compiler/fix.ts";
import type { CacheOption } from "../compile-workspace.ts";
import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { paint } from "../paint.ts";
import { compileAt } from "./validate.ts";

const mostRounds = 10;

interface FixOptions extends CacheOption {
  /** Shows what it would change and changes nothing. */
  readonly diff?: boolean;
}

export function fixAll(path: string, options: FixOptions, io: Io): Compiled | ExitCode {
  const folder = resolve(io.cwd, path);
  const diff = options.diff === true;
  let total = 0;
  for (let round = 0; ; round += 1) {
    const compiled = compileAt(path, options, io);
    if (typeof compiled === "number") return compiled;
    const changed = round < mostRounds ? fixFiles(folder, compiled, diff, io) : 0;
    total += changed;
    if (changed > 0 && !diff) continue;
    if (total > 0) io.err(`${diff ? "Would mend" : "Mended"} ${total} ${total === 1 ? "place" : "places"}.\n`);
    return compiled;
  }
}

function fixFiles(folder: string, { diagnostics }: Compiled, diff: boolean, io: Io): number {
  const { dim, red, green } = paint(io.colorErr);
  let count = 0;
  for (const file of new Set(diagnostics.map((diagnostic) => diagnostic.file))) {
    const path = join(folder, file);
    const text = readFileSync(path, "utf8");
    const { text: mended, fixes } = mend(
      text,
      diagnostics.filter((diagnostic) => diagnostic.file === file),
    );
    count += fixes.length;
    for (const { edit } of fixes) {
      const line = text.slice(0, edit.start).split("\n").length;
      const [before, after] = [text, mended].map((one) => one.split("\n")[line - 1] ?? "");
      io.err(`${dim(`${file}:${line}`)}\n${red(`- ${before}`)}\n${green(`+ ${after}`)}\n`);
    }
    if (fixes.length > 0 && !diff) writeFileSync(path, mended);
  }
  return count;
}
