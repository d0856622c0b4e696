// Pieces of a spec as text for people: values and expressions on one line, what a connector is pointed at, what
// happens to errors. Expressions are shown as they were written, so a secret is its name and never what it holds.

import type { Setting, Source, Use } from "../../compiler/integration.ts";
import type { Site, Value } from "../../compiler/value.ts";
import { withoutUrlSecrets } from "../../control/watch/redact.ts";
import type { OnError, RetryPolicy } from "../../schema/bundle.ts";
import { durationText } from "../../schema/units.ts";
import type { Line } from "./graph.ts";

type Expression = Extract<Value, { kind: "expression" }>["expression"];

/** On one line, without comments. */
export function expressionText({ source, comments }: Expression): string {
  const bare = comments.reduceRight((text, { start, end }) => `${text.slice(0, start)} ${text.slice(end)}`, source);
  return withoutUrlSecrets(oneLine(bare));
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

/** As a spec writes it, but on one line; what is one expression stands without `${ … }`. */
export function valueText(value: Value): string {
  switch (value.kind) {
    case "constant":
      return typeof value.value === "string"
        ? JSON.stringify(withoutUrlSecrets(oneLine(value.value)))
        : String(value.value);
    case "expression":
      return expressionText(value.expression);
    case "text":
      return JSON.stringify(oneLine(partsText(value))).replaceAll('\\"', '"');
    case "list":
      return `[${value.items.map(valueText).join(", ")}]`;
    case "template":
      return "a template";
    case "map": {
      const spread = value.spread === undefined ? [] : [`...: ${valueText(value.spread)}`];
      const members = [...spread, ...value.entries.map(({ key, value: each }) => `${key}: ${valueText(each)}`)];
      return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
    }
  }
}

/** What a setting holds, as text: `/customers/${ body.id }`, without quotes around it. */
export function plainText(value: Value): string {
  if (value.kind === "constant") return withoutUrlSecrets(oneLine(String(value.value)));
  if (value.kind === "expression") return `\${ ${expressionText(value.expression)} }`;
  if (value.kind === "text") return oneLine(partsText(value));
  if (value.kind === "list") return value.items.map(plainText).join(", ");
  return valueText(value);
}

const partsText = ({ parts }: Extract<Value, { kind: "text" }>): string =>
  withoutUrlSecrets(parts.map((part) => (typeof part === "string" ? part : `\${ ${expressionText(part)} }`)).join(""));

export const settingOf = ({ settings }: Pick<Use, "settings">, key: string): Setting | undefined =>
  settings.find((setting) => setting.key === key);

const pointing = [
  "url",
  "path",
  "to",
  "subject",
  "stream",
  "bucket",
  "tables",
  "table",
  "query",
  "cron",
  "every",
  "name",
];

/** What a source, a target or a question is pointed at: `POST /orders`, `orders/*.csv`, `every 5m`. */
export function addressText(use: Use, side: "source" | "target" | "call"): string {
  const key = pointing.find((name) => settingOf(use, name) !== undefined);
  const setting = key === undefined ? undefined : settingOf(use, key);
  if (key === undefined || setting === undefined) return use.connection?.name ?? use.manifest.name;
  const text = plainText(setting.value);
  if (use.manifest.name === "http") return `${methodOf(use, side)} ${text}`;
  if (key === "every") return `every ${text}`;
  if (key === "cron") return `at ${text}`;
  return key === "name" ? text : key === "to" ? `to ${text}` : text;
}

function methodOf(use: Use, side: "source" | "target" | "call"): string {
  const named = settingOf(use, "methods") ?? settingOf(use, "method");
  if (named === undefined) return side === "call" ? "GET" : "POST";
  const text = plainText(named.value);
  return text.includes("${") ? methodsIn(text) : text;
}

/** A method that depends on the message: those that its expression names. */
function methodsIn(text: string): string {
  const methods = [...new Set(text.match(/\b(?:GET|POST|PUT|PATCH|DELETE)\b/g) ?? [])];
  return methods.length === 0 ? "request" : methods.sort().join("/");
}

/** `http`, or `http crm` where a connection is named. */
export const connectorText = ({ manifest, connection }: Use): string =>
  connection === undefined ? manifest.name : `${manifest.name} ${connection.name}`;

/** Where messages come from: whom a poll asks, where there is one. */
export const arriving = ({ use, poll }: Source): { readonly connector: string; readonly address: string } =>
  poll === undefined
    ? { connector: connectorText(use), address: addressText(use, "source") }
    : { connector: connectorText(poll.use), address: addressText(poll.use, "call") };

/** `github`, `bearer`: how a sender proves itself, not with what. */
export function guardText(value: Value): string {
  if (value.kind !== "map") return plainText(value);
  const scheme = value.entries.find(({ key }) => key === "scheme");
  return scheme === undefined ? value.entries.map(({ key }) => key).join(", ") : plainText(scheme.value);
}

/** What becomes of errors, where that is not the dead-letter queue; classes with the same fate together. */
export function errorWords(onError: OnError): readonly { readonly classes: string; readonly fate: string }[] {
  const fates = new Map<string, string[]>();
  for (const [name, reaction] of Object.entries(onError)) {
    if (reaction === undefined || reaction === "dead") continue;
    const fate = typeof reaction === "object" ? `to ${reaction.to.join(", ")}` : reaction;
    fates.set(fate, [...(fates.get(fate) ?? []), name]);
  }
  return [...fates].map(([fate, classes]) => ({
    fate,
    classes: classes.length === 4 ? "any error" : classes.join(", "),
  }));
}

export function errorLines(onError: OnError): readonly Line[] {
  return errorWords(onError).map(({ classes, fate }) => ({ name: classes, text: fate }));
}

/** `24h`, `5 times in 1h`. */
export function retryText({ for: horizon, attempts }: RetryPolicy): string {
  const time = durationText(horizon);
  return attempts === undefined ? time : `${attempts} ${attempts === 1 ? "attempt" : "attempts"} in ${time}`;
}

export function placeOf({ spec, path }: Site): {
  readonly file: string;
  readonly line: number;
  readonly column: number;
} {
  const { line, column } = spec.locate(path, "key").start;
  return { file: spec.file, line, column };
}
