// vrsky dlq show: one dead letter as a page that a person can read, as JSON, or as its very bytes.

import type { NatsConnection } from "@nats-io/transport-node";
import { type DeadLetterEntry, showDeadLetter } from "../../../control/dead-letters.ts";
import { chunksOf, referenceOf, withBody } from "../../../control/letters/content.ts";
import { isMeant, type LetterFilter } from "../../../control/letters/filter.ts";
import { placeText } from "../../../control/letters/groups.ts";
import { counted, visible } from "../../../control/units.ts";
import { type ContentReference, contentFaultOf } from "../../../schema/content.ts";
import type { JsonObject } from "../../../schema/json.ts";
import type { DeadLetter } from "../../../schema/outcome.ts";
import { fromControl } from "../../cluster.ts";
import { type ExitCode, exit, refuse } from "../../exit.ts";
import { indented } from "../../indented.ts";
import { type Io, say } from "../../io.ts";
import { type Paint, paint } from "../../paint.ts";
import { filterOf, type LetterOptions, withLetters } from "./open.ts";

export interface ShowOptions extends LetterOptions {
  readonly body: boolean;
  /** Nothing but the bytes beside the message. */
  readonly content?: boolean;
}

interface Found {
  readonly tenant: string;
  readonly connection: NatsConnection;
  readonly entry: DeadLetterEntry;
}

export function dlqShow(path: string, id: string, options: ShowOptions, io: Io): Promise<ExitCode> {
  return withLetters(path, options, io, async ({ tenants }) => {
    const filter = filterOf(options);
    const all: Found[] = [];
    for (const { tenant, connection } of tenants) {
      const found = await showDeadLetter(connection, id);
      if (!found.ok) return say(io, fromControl(found.failure).refusal);
      all.push(
        ...found.value.filter((entry) => isAsked(filter, entry)).map((entry) => ({ tenant, connection, entry })),
      );
    }
    if (all.length === 0) {
      return say(io, refuse(exit.findings, `No dead letter has the id ${id}.`, "`vrsky dlq list` shows them.").refusal);
    }
    if (options.body || options.content === true) return await writeBytes(all, id, options, io);
    const shown = await Promise.all(all.map(withShortBody));
    if (options.json) io.out(`${JSON.stringify({ letters: shown.map(asJson) }, null, 2)}\n`);
    else
      io.out(
        shown
          .map((found) => pageOf(found, paint(io.colorOut)).join("\n"))
          .join("\n\n")
          .concat("\n"),
      );
    return exit.ok;
  });
}

const isAsked = (filter: LetterFilter, entry: DeadLetterEntry): boolean =>
  (filter.integration ?? entry.integration) === entry.integration &&
  (filter.target ?? entry.target) === entry.target &&
  isMeant(filter, entry);

async function writeBytes(all: readonly Found[], id: string, options: ShowOptions, io: Io): Promise<ExitCode> {
  const [found, ...others] = all;
  if (found === undefined || others.length > 0) {
    const where = all.map(({ tenant, entry }) => `${tenant}/${entry.integration} → ${entry.target}`).join(", ");
    const help = `Choose by --tenant, --integration or --target: ${where}.`;
    return say(io, refuse(exit.usage, `${id} died ${all.length} times.`, help).refusal);
  }
  const { connection, entry } = found;
  const reference = referenceOf(entry);
  if (options.body && reference?.role !== "body") {
    io.out(entry.body);
    return exit.ok;
  }
  if (reference === undefined) {
    return say(io, refuse(exit.findings, `Nothing lies beside ${id}.`, "`--body` writes what it is.").refusal);
  }
  if (reference.at === "object") {
    const where = `its content is the object ${reference.name} in the store ${reference.store}`;
    return say(io, refuse(exit.findings, `${id} has no chunks: ${where}.`, "Fetch it from there.").refusal);
  }
  try {
    for await (const part of chunksOf(connection, entry)) io.out(part);
    return exit.ok;
  } catch (error) {
    if (contentFaultOf(error) === undefined || !(error instanceof Error)) throw error;
    return say(io, refuse(exit.findings, `${id} cannot be written: ${error.message}.`).refusal);
  }
}

/** As many bytes of a body as are put together to be read. */
const mostWhole = 4 * 1024 * 1024;

/** What cannot be had of a body, the page says in its place. */
async function withShortBody(found: Found): Promise<Found> {
  const reference = referenceOf(found.entry);
  if (reference?.role !== "body" || reference.size > mostWhole) return found;
  const entry = await withBody(found.connection, found.entry).catch((error: unknown) => {
    if (contentFaultOf(error) === undefined) throw error;
    return found.entry;
  });
  return { ...found, entry };
}

function asJson({ tenant, entry: whole }: Found): object {
  const { body, stored: _, ...entry } = whole;
  const content = referenceOf(whole);
  const text = textOf(body);
  const bytes = text === undefined ? { bodyBase64: Buffer.from(body).toString("base64") } : { body: text };
  return { tenant, ...entry, ...(content === undefined ? {} : { content }), ...bytes };
}

function pageOf({ tenant, entry }: Found, color: Paint): readonly string[] {
  const { letter, integration, target, idHash, sequence, storedAt, body, headers, meta } = entry;
  const title = `${color.bold(visible(letter?.id ?? idHash))}  ${tenant}/${integration} → ${target}`;
  return [
    title,
    ...(letter === undefined
      ? [color.red("  its record is damaged: only its bytes are known")]
      : aboutIt(letter, color)),
    field("entry", `${sequence}, stored ${storedAt}, hash ${idHash}`),
    ...section("headers", Object.entries(headers).map(pair)),
    ...section("meta", Object.entries(meta).map(pair)),
    ...contentPart(referenceOf(entry), body, color),
    ...bodyPart(body, color),
  ];
}

function aboutIt(letter: DeadLetter, color: Paint): readonly string[] {
  const { failure, attempts, firstFailureAt, diedAt, possiblyDelivered, bundle, sequence, redriven = [] } = letter;
  const place = placeText(failure.place);
  const redrives = redriven.map(
    ({ number, at, by, patched, attempts: tried, failure: { class: kind, message } }) =>
      `${number}. ${at} by ${visible(by)}${patched === true ? ", with another body" : ""}, after ${counted(tried, "attempt")}: ${kind}: ${visible(message)}`,
  );
  return [
    `  ${color.red(failure.class)}: ${visible(failure.message)}`,
    ...(place === undefined
      ? []
      : [`    at ${color.cyan(visible(place))}  ${color.dim(visible(failure.place?.path ?? ""))}`]),
    ...Object.entries(failure.read ?? {}).map(([name, value]) => `    ${visible(name)} = ${visible(value)}`),
    ...(possiblyDelivered
      ? [`  ${color.yellow("possibly delivered:")} an attempt before had no known outcome, the target may have it`]
      : []),
    ...partOf(letter),
    field("attempts", `${attempts}, first failure ${firstFailureAt}, died ${diedAt}`),
    ...section("redriven", redrives),
    field("bundle", visible(bundle)),
    field("intake", `sequence ${sequence}`),
  ];
}

/** Of a split message: the body is that of the whole. */
function partOf({ item, ended = [] }: DeadLetter): readonly string[] {
  if (item !== undefined)
    return [field("item", `${item} of what the steps split it into; the others are not concerned`)];
  return ended.length === 0 ? [] : [field("items", `all but ${ended.join(", ")}, which have their end`)];
}

function contentPart(reference: ContentReference | undefined, body: Uint8Array, color: Paint): readonly string[] {
  if (reference === undefined) return [];
  const { role, size, sha256 } = reference;
  const where =
    reference.at === "chunks"
      ? `in ${counted(reference.count, "chunk")}`
      : `the object ${reference.name} in ${reference.store}`;
  const how = role === "blob" ? "--content writes it" : body.length > 0 ? "shown below" : "--body writes it";
  const name = role === "blob" ? "content" : "body";
  return [
    field(name, `${counted(size, "byte")}, ${where}  ${color.dim(how)}`),
    field("", color.dim(`sha256 ${sha256}`)),
  ];
}

/** As much of a body as one reads on a terminal. */
const mostShown = 32 * 1024;

function bodyPart(body: Uint8Array, color: Paint): readonly string[] {
  if (body.length === 0) return [];
  const text = textOf(body);
  const head = `  body  ${color.dim(counted(body.length, "byte"))}`;
  if (text === undefined) return [`${head}, which are not text: --body writes them`];
  const shown = indented(text.slice(0, mostShown)) ?? text.slice(0, mostShown);
  const rest = text.length > mostShown ? [color.dim("    … and more: --body writes all of it")] : [];
  return [head, ...shown.split("\n").map((line) => `    ${visible(line)}`), ...rest];
}

function textOf(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
}

const field = (name: string, value: string): string => `  ${name.padEnd(9)} ${value}`;

function section(name: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`  ${name}`, ...lines.map((line) => `    ${line}`)];
}

const pair = ([name, value]: readonly [string, JsonObject[string]]): string =>
  `${visible(name)}: ${visible(typeof value === "string" ? value : JSON.stringify(value))}`;
