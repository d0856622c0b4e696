// One file: its records are stored one after the other, what cannot be taken is set aside, and only then the file is
// deleted, moved or remembered. A record's id is made of path, time, size and line, so that a file which is read again
// after a crash gives the same ids, and the intake knows them.

import { posix } from "node:path";
import type { SourceContext } from "../../schema/connector.ts";
import { isJsonObject, type Json } from "../../schema/json.ts";
import { jsonBytes } from "../json-text.ts";
import { type Found, type Place, placeError, placeFailureOf } from "./place.ts";
import { type FileRecord, type Format, type RecordOptions, readRecords } from "./records.ts";

export interface Reading {
  readonly context: SourceContext;
  readonly place: Place;
  readonly format: Format;
  readonly options: RecordOptions;
  readonly stopped: () => boolean;
}

const inFlight = 64;

/** Throws when the file cannot be read or a record cannot be set aside: it is tried again at the next look. */
export async function takeFile(file: Found, reading: Reading): Promise<void> {
  const { context } = reading;
  if ((await context.state.get(file.path)) === file.version) return;
  const end = await storeAll(file, reading);
  if (end === "whole") await finish(file, reading);
  if (end === "stuck") await context.state.put(file.path, file.version);
}

type End = "whole" | "stopped" | "stuck";

async function storeAll(file: Found, reading: Reading): Promise<End> {
  const { format, options, stopped, context, place } = reading;
  const waiting = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let stuck = false;
  const bytes = await place.read(file.path).catch((error: unknown) => {
    const failure = placeFailureOf(error);
    if (failure?.kind !== "rejected") throw error;
    context.refuse(failure.message, "invalid");
    return undefined;
  });
  if (bytes === undefined) return "stuck";
  for await (const record of readRecords(bytes, format, options)) {
    if (stopped() || failures.length > 0) break;
    if (record.kind === "stuck") {
      stuck = true;
      const what = `${file.path} line ${record.line}: ${record.message}; the file stays where it is`;
      context.refuse(what, "invalid");
      context.log.warn({ file: file.path, line: record.line }, "a file could not be taken whole and stays where it is");
      continue;
    }
    const task: Promise<void> = storeOne(record, file, reading)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => waiting.delete(task));
    waiting.add(task);
    if (waiting.size >= inFlight) await Promise.race(waiting);
  }
  await Promise.all(waiting);
  if (failures.length > 0) throw failures[0];
  if (stopped()) return "stopped";
  return stuck ? "stuck" : "whole";
}

type Storable = Exclude<FileRecord, { readonly kind: "stuck" }>;

async function storeOne(record: Storable, file: Found, reading: Reading): Promise<void> {
  const { context, stopped } = reading;
  const { line } = record;
  if (record.kind === "malformed") {
    context.refuse(`${file.path} line ${line}: ${record.message}`, "invalid");
    return await setAside(file, line, record.message, record.text, reading);
  }
  const incoming = {
    body: jsonBytes(record.value),
    value: record.value,
    id: `${file.path}:${file.version}:${line}`,
    headers: {},
    meta: { file: { name: posix.basename(file.path), path: file.path, line } },
  };
  while (!stopped()) {
    const accepted = await context.accept(incoming);
    if (accepted.kind === "stored") return;
    if (accepted.kind === "invalid") {
      const why = accepted.issues.map((issue) => `${issue.path || "the record"} ${issue.message}`).join("; ");
      return await setAside(file, line, why, record.value, reading);
    }
    await new Promise<void>((resume) => context.clock.after(accepted.retryAfterSeconds * 1000, resume));
  }
}

/** A record that cannot be accepted is kept beside the file, with its line and the reason; the others go on. */
async function setAside(file: Found, line: number, why: string, record: Json, { place }: Reading): Promise<void> {
  const aside = posix.join(posix.dirname(file.path), ".rejected", posix.basename(file.path));
  const lines = Buffer.from(`${JSON.stringify({ line, why, record })}\n`);
  if (place.append !== undefined) await place.append(`${aside}.jsonl`, { lines, header: Buffer.alloc(0) });
  else await place.create(`${aside}/${line}.json`, lines, { replace: true });
}

async function finish(file: Found, { context, place }: Reading): Promise<void> {
  // Whoever has written on in the meantime is read again.
  if ((await place.find(file.path))?.version !== file.version) return;
  const after = context.settings.after ?? "keep";
  if (after === "delete") await place.remove(file.path);
  else if (isJsonObject(after) && typeof after.move === "string") await move(file.path, after.move, place);
  else await context.state.put(file.path, file.version);
}

/** Nothing is overwritten: a name that is taken gets a number. */
async function move(path: string, folder: string, place: Place): Promise<void> {
  const extension = posix.extname(path);
  const stem = posix.basename(path, extension);
  for (let number = 0; number < 10_000; number += 1) {
    const name = number === 0 ? posix.basename(path) : `${stem}.${number}${extension}`;
    if (await place.move(path, posix.join(folder, name))) return;
  }
  throw placeError("unavailable", "every name for the moved file is taken");
}
