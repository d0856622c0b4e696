// Where a context says that something secret is found: a file beside the workspace or in the home folder, or a variable.

import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import type { Reference } from "../schema/manifest.ts";
import { exit, ok, type Result, refuse } from "./exit.ts";
import type { Io } from "./io.ts";
import { paint } from "./paint.ts";

/** What it holds. `what`: "The credentials of context `prod`". A file that others can read is warned of. */
export function readReference(reference: Reference, what: string, folder: string, io: Io): Result<string> {
  if ("env" in reference) {
    const value = io.env[reference.env];
    if (value !== undefined && value !== "") return ok(value);
    return refuse(
      exit.usage,
      `${what} are in the variable ${reference.env}, which is not set.`,
      `Set ${reference.env}.`,
    );
  }
  const path = referredPath(reference.file, folder, io);
  try {
    const text = readFileSync(path, "utf8");
    warnIfOpen(path, io);
    return ok(text);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    return refuse(exit.usage, `${what} cannot be read: ${path} (${reason}).`, "The path is relative to the workspace.");
  }
}

/** Relative to the workspace; `~/` is the home folder. */
export function referredPath(file: string, folder: string, io: Pick<Io, "env">): string {
  return file.startsWith("~/") ? resolve(io.env.HOME ?? homedir(), file.slice(2)) : resolve(folder, file);
}

const othersRead = 0o044;

export function warnIfOpen(path: string, io: Io): void {
  const { mode } = statSync(path);
  // Windows has no such bits and says that everybody may read.
  if (process.platform === "win32" || (mode & othersRead) === 0) return;
  const color = paint(io.colorErr);
  io.err(`${color.yellow("warning:")} other users of this machine can read ${path}; \`chmod 600\` keeps it to you\n`);
}
