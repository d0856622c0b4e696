// One file: its records are stored one after the other, what cannot be taken is set aside, and only then the file is
// deleted, moved or remembered. A record's id is made of path, time, size and line, so that a file which is read again
// after a crash gives the same ids, and the intake knows them.

import { appendFile, mkdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import type { SourceContext } from "../../schema/connector.ts";
import { isJsonObject, type Json } from "../../schema/json.ts";
import { jsonBytes } from "../json-text.ts";
import { type FileRecord, type Format, type RecordOptions, readRecords } from "./records.ts";
import { inside } from "./root.ts";

export interface Reading {
  readonly context: SourceContext;
  readonly root: string;
  readonly format: Format;
  readonly options: RecordOptions;
  readonly stopped: () => boolean;
}

interface File {
  /** Below the root: what people call it. */
  readonly path: string;
  readonly place: string;
  /** Changes with time and size. */
  readonly version: string;
}

const inFlight = 64;

/** Throws when the file cannot be read or a record cannot be set aside: it is tried again at the next look. */
export async function takeFile(path: string, version: string, reading: Reading): Promise<void> {
  const { context, root } = reading;
  const found = await inside(root, path, false);
  if (!found.ok) {
    context.refuse(found.message, "invalid");
    return await context.state.put(path, version);
  }
  if ((await context.state.get(path)) === version) return;
  const file = { path, place: found.path, version };
  const end = await storeAll(file, reading);
  if (end === "whole") await finish(file, reading);
  if (end === "stuck") await context.state.put(path, version);
}

type End = "whole" | "stopped" | "stuck";

async function storeAll(file: File, reading: Reading): Promise<End> {
  const { format, options, stopped, context } = reading;
  const waiting = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let stuck = false;
  for await (const record of readRecords(file.place, format, options)) {
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

async function storeOne(record: Storable, file: File, { context, stopped }: Reading): Promise<void> {
  const { line } = record;
  if (record.kind === "malformed") {
    context.refuse(`${file.path} line ${line}: ${record.message}`, "invalid");
    return await setAside(file, line, record.message, record.text);
  }
  const incoming = {
    body: jsonBytes(record.value),
    value: record.value,
    id: `${file.path}:${file.version}:${line}`,
    headers: {},
    meta: { file: { name: basename(file.path), path: file.path, line } },
  };
  while (!stopped()) {
    const accepted = await context.accept(incoming);
    if (accepted.kind === "stored") return;
    if (accepted.kind === "invalid") {
      const why = accepted.issues.map((issue) => `${issue.path || "the record"} ${issue.message}`).join("; ");
      return await setAside(file, line, why, record.value);
    }
    await new Promise<void>((resume) => context.clock.after(accepted.retryAfterSeconds * 1000, resume));
  }
}

/** A record that cannot be accepted is kept beside the file, with its line and the reason; the others go on. */
async function setAside({ place }: File, line: number, why: string, record: Json): Promise<void> {
  const folder = join(dirname(place), ".rejected");
  await mkdir(folder, { recursive: true });
  await appendFile(join(folder, `${basename(place)}.jsonl`), `${JSON.stringify({ line, why, record })}\n`);
}

async function finish({ path, place, version }: File, { context, root }: Reading): Promise<void> {
  const after = context.settings.after ?? "keep";
  if (after === "delete") await rm(place, { force: true });
  else if (isJsonObject(after) && typeof after.move === "string") await move(place, after.move, root);
  else await context.state.put(path, version);
}

/** Nothing is overwritten: a name that is taken gets a number. */
async function move(place: string, folder: string, root: string): Promise<void> {
  const extension = extname(place);
  const stem = basename(place, extension);
  for (let number = 0; ; number += 1) {
    const name = number === 0 ? basename(place) : `${stem}.${number}${extension}`;
    const found = await inside(root, join(folder, name), true);
    if (!found.ok) throw new Error(found.message);
    if ((await stat(found.path).catch(() => undefined)) === undefined) return await rename(place, found.path);
  }
}
