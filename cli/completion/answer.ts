// The answer to a shell that asks what may stand where the cursor is: a candidate a line, its meaning behind a tab, and
// in the end whether it shall list files or folders as well.

import type { Io } from "../io.ts";
import { vrskyProgram } from "../program.ts";
import { complete } from "./complete.ts";
import { namesBelow } from "./names.ts";

/** `words`: as `complete` takes them. Says nothing that is no candidate: it would stand in somebody's command line. */
export async function answer(words: readonly string[], io: Io): Promise<void> {
  const program = vrskyProgram({ io, done: () => undefined });
  const { candidates, places } = await complete(program, words, namesBelow(io.cwd)).catch(() => ({
    candidates: [],
    places: undefined,
  }));
  const lines = candidates.map(({ value, about }) => (about === undefined ? value : `${value}\t${oneLine(about)}`));
  io.out([...lines, ...(places === undefined ? [] : [`:${places}`])].map((line) => `${line}\n`).join(""));
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ");
