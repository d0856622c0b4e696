// How the user calls this command, so that what is printed for the next step can be pasted: `vrsky`, `npx vrsky`, or
// `node` with the file.

import { realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Io } from "./io.ts";
import { shellWord } from "./shell-word.ts";

/** `script`: the file that Node was started with. */
export function calledAs({ env }: Pick<Io, "env">, script = process.argv[1] ?? ""): string {
  const real = realOf(script);
  const isOurs = (folder: string): boolean => folder !== "" && realOf(join(folder, "vrsky")) === real;
  const folders = (env.PATH ?? "").split(delimiter);
  // npm puts the binaries of a project on the PATH of what it starts, and of nothing else.
  const [lasting, lent] = [folders.filter((each) => !isBin(each)), folders.filter(isBin)];
  if (real === undefined || lasting.some(isOurs)) return "vrsky";
  return lent.some(isOurs) ? "npx vrsky" : `node ${shellWord(real)}`;
}

const isBin = (folder: string): boolean => /[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder);

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
