// vrsky dlq show: one dead letter as a page that a person can read, as JSON, or as its very bytes.

import { type DeadLetterEntry, showDeadLetter } from "../../../control/dead-letters.ts";
import { isMeant, type LetterFilter } from "../../../control/letters/filter.ts";
import { placeText } from "../../../control/letters/groups.ts";
import { counted, visible } from "../../../control/units.ts";
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
}

interface Found {
  readonly tenant: string;
  readonly entry: DeadLetterEntry;
}

export function dlqShow(path: string, id: string, options: ShowOptions, io: Io): Promise<ExitCode> {
  return withLetters(path, options, io, async ({ tenants }) => {
    const filter = filterOf(options);
    const all: Found[] = [];
    for (const { tenant, connection } of tenants) {
      const found = await showDeadLetter(connection, id);
      if (!found.ok) return say(io, fromControl(found.failure).refusal);
      all.push(...found.value.filter((entry) => isAsked(filter, entry)).map((entry) => ({ tenant, entry })));
    }
    if (all.length === 0) {
      return say(io, refuse(exit.findings, `No dead letter has the id ${id}.`, "`vrsky dlq list` shows them.").refusal);
    }
    if (options.body) return writeBody(all, id, io);
    if (options.json) io.out(`${JSON.stringify({ letters: all.map(asJson) }, null, 2)}\n`);
    else
      io.out(
        all
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

function writeBody(all: readonly Found[], id: string, io: Io): ExitCode {
  const [found, ...others] = all;
  if (found === undefined || others.length > 0) {
    const where = all.map(({ tenant, entry }) => `${tenant}/${entry.integration} → ${entry.target}`).join(", ");
    const help = `Choose by --tenant, --integration or --target: ${where}.`;
    return say(io, refuse(exit.usage, `${id} died ${all.length} times.`, help).refusal);
  }
  io.out(found.entry.body);
  return exit.ok;
}

function asJson({ tenant, entry: { body, stored: _, ...entry } }: Found): object {
  const text = textOf(body);
  const bytes = text === undefined ? { bodyBase64: Buffer.from(body).toString("base64") } : { body: text };
  return { tenant, ...entry, ...bytes };
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

/** As much of a body as one reads on a terminal. */
const mostShown = 32 * 1024;

function bodyPart(body: Uint8Array, color: Paint): readonly string[] {
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
