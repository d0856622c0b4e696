// The other body that a redrive is given: from a file or standard input, JSON in any case.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Edit } from "../../../control/letters/patch.ts";
import { exit, ok, type Result, refuse } from "../../exit.ts";
import type { Io } from "../../io.ts";

export interface EditOptions {
  readonly patch?: string;
  readonly body?: string;
}

export function readEdit({ patch, body }: EditOptions, io: Io): Result<Edit | undefined> {
  if (patch !== undefined && body !== undefined) {
    return refuse(exit.usage, "`--patch` and `--body` are one or the other.");
  }
  const file = patch ?? body;
  if (file === undefined) return ok(undefined);
  const name = file === "-" ? "standard input" : file;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file === "-" ? 0 : resolve(io.cwd, file));
  } catch {
    return refuse(exit.usage, `${name} cannot be read.`);
  }
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return ok(patch === undefined ? { kind: "replace", body: bytes } : { kind: "merge", patch: value });
  } catch {
    return refuse(exit.findings, `${name} is not JSON.`, "A patch is JSON as RFC 7386 has it; a body is one document.");
  }
}
