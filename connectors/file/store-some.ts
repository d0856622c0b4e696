// Some records of a file into the intake, in their order. What cannot be accepted is kept beside the file, with its line
// and the reason, and the others go on; while the intake is away they wait.

import { posix } from "node:path";
import type { Incoming } from "../../schema/connector.ts";
import type { Json } from "../../schema/json.ts";
import { jsonBytes } from "../json-text.ts";
import type { Found } from "./place.ts";
import type { Progress } from "./progress.ts";
import type { FileRecord } from "./records.ts";
import type { Reading, ReadingRecords } from "./take.ts";

type Value = Extract<FileRecord, { readonly kind: "value" }>;

export async function storeSome(
  records: readonly FileRecord[],
  file: Found,
  reading: ReadingRecords,
  progress: Progress,
): Promise<"settled" | "stopped"> {
  const { context, stopped } = reading;
  const aside: Aside[] = [];
  let next = 0;
  while (next < records.length && !stopped()) {
    const values = valuesFrom(records, next);
    const answers = await context.acceptAll(values.map((record) => incoming(record, file, reading)));
    const refused = answers.findIndex(({ kind }) => kind !== "stored");
    const answer = answers[refused];
    next += refused < 0 ? values.length : refused;
    const record = records[next];
    if (record === undefined) break;
    if (record.kind !== "value") {
      if (record.kind === "malformed") aside.push({ line: record.line, why: record.message, record: record.text });
      else progress.leave();
      tell(record, file, reading);
      next += 1;
    } else if (answer?.kind === "invalid") {
      const why = answer.issues.map((issue) => `${issue.path || "the record"} ${issue.message}`).join("; ");
      aside.push({ line: record.line, why, record: record.value });
      next += 1;
    } else if (answer?.kind === "unavailable") await pause(answer.retryAfterSeconds * 1000, reading);
  }
  if (aside.length > 0) await setAside(file, aside, reading);
  const end = records.slice(0, next).findLast((record) => record.end !== undefined)?.end;
  if (end !== undefined) progress.settled(end);
  return next < records.length ? "stopped" : "settled";
}

function valuesFrom(records: readonly FileRecord[], from: number): readonly Value[] {
  const values: Value[] = [];
  for (let at = from; at < records.length; at += 1) {
    const record = records[at];
    if (record?.kind !== "value") break;
    values.push(record);
  }
  return values;
}

function incoming({ line, value, end }: Value, file: Found, { options }: ReadingRecords): Incoming {
  // Many elements may stand on one line.
  const which = options.items === undefined ? line : `#${end.records}`;
  return {
    body: jsonBytes(value),
    value,
    id: `${file.path}:${file.version}:${which}`,
    headers: {},
    meta: { file: { name: posix.basename(file.path), path: file.path, line } },
  };
}

function tell({ kind, line, message }: Exclude<FileRecord, Value>, { path }: Found, { context }: Reading): void {
  context.refuse(
    `${path} line ${line}: ${message}${kind === "stuck" ? "; the file stays where it is" : ""}`,
    "invalid",
  );
  if (kind === "stuck") {
    context.log.warn({ file: path, line }, "a file could not be taken whole and stays where it is");
  }
}

/** Ends early when the source stops. */
export async function pause(ms: number, { context: { clock, signal } }: Reading): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = clock.after(ms, done);
    function done(): void {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}

interface Aside {
  readonly line: number;
  readonly why: string;
  readonly record: Json;
}

/** Written before the reading goes on. */
async function setAside(file: Found, aside: readonly Aside[], { place }: Reading): Promise<void> {
  const path = posix.join(posix.dirname(file.path), ".rejected", posix.basename(file.path));
  const lines = Buffer.from(aside.map((each) => `${JSON.stringify(each)}\n`).join(""));
  if (place.append !== undefined) await place.append(`${path}.jsonl`, { lines, header: Buffer.alloc(0) });
  else await place.create(`${path}/${aside[0]?.line}.jsonl`, lines, { replace: true });
}
