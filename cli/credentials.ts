// Credentials as people name them: a file, a folder with one file per tenant, or a variable.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Credentials } from "../control/credentials.ts";
import type { Reference } from "../schema/manifest.ts";
import { exit, ok, type Result, refuse } from "./exit.ts";
import type { Io } from "./io.ts";
import { readReference, referredPath, warnIfOpen } from "./reference.ts";

/** `what`: "The credentials of context `prod`". */
export function referredCredentials(
  reference: Reference | undefined,
  what: string,
  folder: string,
  io: Io,
): Result<Credentials | undefined> {
  if (reference === undefined) return ok(undefined);
  if ("env" in reference) return readReference(reference, what, folder, io);
  return credentialsAt(referredPath(reference.file, folder, io), io, what);
}

/** Read now, to tell at once when it cannot be, and again at every reconnect. */
export function credentialsAt(path: string, io: Io, what = "The credentials file"): Result<Credentials> {
  try {
    if (statSync(path).isDirectory()) {
      const files = readdirSync(path).filter((name) => name.endsWith(".creds"));
      for (const name of files) warnIfOpen(join(path, name), io);
      return ok({ kind: "folder", path, read: (tenant) => textOf(join(path, `${tenant}.creds`)) });
    }
    readFileSync(path);
    warnIfOpen(path, io);
    return ok({ kind: "file", read: () => textOf(path) });
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    const help = "In operator mode `vrsky keys creds … --tenant NAME --out FOLDER/NAME.creds` writes them.";
    return refuse(exit.usage, `${what} cannot be read: ${path} (${reason}).`, help);
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
