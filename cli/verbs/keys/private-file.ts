// Files with a secret: their owner's alone, and never where git would take them.

import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { insideGit } from "../../../control/keys/guard.ts";
import { writePrivate } from "../../../control/keys/store.ts";
import { exit, ok, type Result, refuse } from "../../exit.ts";
import type { Io } from "../../io.ts";

/** Where it will be written: its folder is there, and git takes nothing from it. */
export function privatePlace(file: string, io: Io): Result<string> {
  const path = resolve(io.cwd, file);
  const why = insideGit(path);
  if (why !== undefined) return refuse(exit.refused, `Not written: ${why}.`);
  return attempt(file, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return path;
  });
}

export function writeSecret(path: string, text: string): Result<string> {
  return attempt(path, () => {
    writePrivate(path, text);
    return path;
  });
}

export function attempt<T>(file: string, work: () => T): Result<T> {
  try {
    return ok(work());
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    return refuse(exit.usage, `${file} cannot be written (${code}).`);
  }
}
