// vrsky contract infer: a contract from sample messages. Samples are other people's messages: an error names file, line
// and column and shows nothing of them.

import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { createInference } from "../../compiler/contract/infer.ts";
import { printShort } from "../../compiler/contract/print-short.ts";
import type { Json } from "../../schema/json.ts";
import { type ExitCode, exit, type Refusal, refuse } from "../exit.ts";
import { type Io, say } from "../io.ts";

export interface InferOptions {
  /** The short form instead of JSON Schema. */
  readonly short: boolean;
  /** A sample is an item of the list that was given. */
  readonly each: boolean;
  readonly out?: string;
  readonly force: boolean;
}

const largest = 256 * 1024 * 1024;

/** Without files: standard input. */
export function inferVerb(files: readonly string[], options: InferOptions, io: Io): ExitCode {
  const out = options.out === undefined ? undefined : resolve(io.cwd, options.out);
  if (out !== undefined && existsSync(out) && !options.force) {
    const help = "Choose another name, or replace it with --force.";
    return say(io, refuse(exit.refused, `${options.out} is there already.`, help).refusal);
  }
  const inference = createInference();
  let count = 0;
  const take = (sample: Json): void => {
    count += 1;
    inference.add(sample);
  };
  for (const file of files.length === 0 ? ["-"] : files) {
    const refusal = readSamples(file, options.each, take, io);
    if (refusal !== undefined) return say(io, refusal);
  }
  if (count === 0)
    return say(io, refuse(exit.findings, "There is no sample.", "Give JSON, or one JSON per line.").refusal);
  const schema = inference.schema();
  const text = options.short
    ? `${printShort(schema)}\n`
    : `${JSON.stringify({ $schema: "https://json-schema.org/draft/2020-12/schema", ...schema }, null, 2)}\n`;
  if (out === undefined) io.out(text);
  else {
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, text);
  }
  io.err(`From ${count} ${count === 1 ? "sample" : "samples"}${out === undefined ? "" : `: ${options.out}`}.\n`);
  return exit.ok;
}

function readSamples(file: string, each: boolean, take: (sample: Json) => void, io: Io): Refusal | undefined {
  const name = file === "-" ? "standard input" : file;
  let text: string;
  try {
    const path = file === "-" ? 0 : resolve(io.cwd, file);
    if (typeof path === "string" && statSync(path).size > largest) {
      return refuse(exit.findings, `${name} is larger than ${largest} bytes.`, "Give a part of it.").refusal;
    }
    text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    const why = error instanceof TypeError ? "is not UTF-8 text" : "cannot be read";
    return refuse(exit.findings, `${name} ${why}.`).refusal;
  }
  return takeAll(text, name, each, take);
}

/** One document, or one per line. */
function takeAll(text: string, name: string, each: boolean, take: (sample: Json) => void): Refusal | undefined {
  const whole = parse(text);
  if (whole.ok) {
    const list = each && Array.isArray(whole.value) ? whole.value : [whole.value];
    for (const sample of list) take(sample);
    return undefined;
  }
  const lines = text.split("\n");
  const filled = lines.flatMap((line, index) => (line.trim() === "" ? [] : [{ line, number: index + 1 }]));
  if (filled.length === 0) return undefined;
  const first = filled[0]?.line ?? "";
  // A document over several lines is no list of documents: its own mistake is told.
  if (!parse(first).ok) return notJson(name, text, whole.at);
  for (const { line, number } of filled) {
    const read = parse(line);
    if (!read.ok) return notJson(`${name}:${number}`, line, read.at, true);
    take(read.value);
  }
  return undefined;
}

type Parsed = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly at: number };

function parse(text: string): Parsed {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    const at = error instanceof Error ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
    return { ok: false, at: at === undefined ? text.trimEnd().length : Number(at) };
  }
}

function notJson(name: string, text: string, at: number, oneLine = false): Refusal {
  const before = text.slice(0, at).split("\n");
  const column = (before.at(-1) ?? "").length + 1;
  const place = oneLine ? `${name}:${column}` : `${name}:${before.length}:${column}`;
  return refuse(exit.findings, `${place} is not JSON.`, "Give one JSON document, or one per line.").refusal;
}
