// A document against the language's JSON Schema, told in the author's words: at most one finding per place.

import type { ErrorObject } from "ajv/dist/2020.js";
import { namePattern } from "../../schema/address.ts";
import type { Code } from "../../schema/codes.ts";
import { isJsonObject } from "../../schema/json.ts";
import { nearest } from "../nearest.ts";
import type { Kind } from "./kinds.ts";
import type { Path } from "./spec.ts";
import type { Validators } from "./validators.ts";

export interface Complaint {
  readonly code: Code;
  readonly path: Path;
  readonly part: "key" | "value";
  readonly message: string;
  readonly help?: string;
}

export function validate(validators: Validators, kind: Kind, value: unknown): readonly Complaint[] {
  const check = validators(kind);
  if (check(value)) return [];
  const seen = new Set<string>();
  const complaints = (check.errors ?? []).flatMap((error) => toComplaint(error) ?? []);
  // A misspelt key is both unknown and missing: one mistake, one finding.
  const misspelt = new Set(
    complaints
      .filter(({ code }) => code === "VRS2002" || code === "VRS2006")
      .map(({ path }) => path.slice(0, -1).join("\n")),
  );
  return complaints.flatMap((complaint) => {
    if (complaint.code === "VRS2003" && misspelt.has(complaint.path.join("\n"))) return [];
    const place = `${complaint.path.join("\n")}\n${complaint.part}`;
    if (seen.has(place)) return [];
    seen.add(place);
    return [complaint];
  });
}

/** Errors that only repeat what another one says at its place. */
const echoes = new Set(["anyOf", "oneOf", "if", "not", "allOf", "dependentSchemas"]);

function toComplaint(error: ErrorObject): Complaint | undefined {
  if (echoes.has(error.keyword) || error.schemaPath.includes("/anyOf/1/")) return undefined;
  const path = pathOf(error.instancePath);
  const { params } = error as { params: Record<string, unknown> };
  if (error.keyword === "additionalProperties" || error.keyword === "unevaluatedProperties") {
    return unknownKey(path, String(params.additionalProperty ?? params.unevaluatedProperty), error);
  }
  if (error.keyword === "required") {
    const key = String(params.missingProperty);
    return { code: "VRS2003", path, part: "key", message: `\`${key}\` is missing.`, help: `Add \`${key}:\` here.` };
  }
  if (error.keyword === "x-vrsky-format") return wrongUnit(path, error.schema, error.data);
  if (error.keyword === "type" && typeof error.data === "number") {
    // A number that lacks its unit: `within: 10`, `rate: 20`.
    const schema: unknown = error.parentSchema;
    const { pattern, "x-vrsky-format": format } = isJsonObject(schema) ? schema : {};
    if (format !== undefined) return wrongUnit(path, format, error.data);
    if (pattern !== undefined) return wrongForm(path, error);
  }
  if (error.keyword === "x-vrsky-one-of") return connectorWanted(path, error);
  if (error.keyword === "pattern") return wrongForm(path, error);
  return { code: "VRS2004", path, part: "value", message: wrongValue(path, error) };
}

/** Patterns are for machines; people get the examples. */
function wrongForm(path: Path, error: ErrorObject): Complaint | undefined {
  // What an expression may do there is told elsewhere.
  if (typeof error.data === "string" && error.data.includes("${")) return undefined;
  const at = { code: "VRS2004", path, part: "value" } as const;
  if (error.schema === namePattern) return { ...at, ...noName(String(error.data)) };
  const schema: unknown = error.parentSchema;
  const examples = isJsonObject(schema) && Array.isArray(schema.examples) ? schema.examples : [];
  const message = `\`${String(error.data)}\` has not the form that ${path.at(-1) === undefined ? "is needed" : `\`${path.at(-1)}\` needs`}.`;
  if (examples.length === 0) return { ...at, message };
  return { ...at, message, help: `Such as ${examples.map((example) => `\`${String(example)}\``).join(" or ")}.` };
}

export const noName = (name: string) => ({
  message: `\`${name}\` is not a name.`,
  help: "Names are lower case letters, digits and dashes, and start with a letter.",
});

function unknownKey(path: Path, key: string, error: ErrorObject): Complaint {
  const at = [...path, key];
  const schema: unknown = error.parentSchema;
  const known = isJsonObject(schema) && isJsonObject(schema.properties) ? Object.keys(schema.properties) : [];
  const guess = nearest(key, known);
  const connectors = isJsonObject(schema) ? schema["x-vrsky-one-of"] : undefined;
  if (guess === undefined && Array.isArray(connectors) && !hasOne(error.data, connectors)) {
    return {
      code: "VRS2006",
      path: at,
      part: "key",
      message: `There is no connector \`${key}\` here.`,
      help: `There are ${connectors.join(", ")}.`,
    };
  }
  return {
    code: "VRS2002",
    path: at,
    part: "key",
    message: `Unknown key \`${key}\`.`,
    help: guess === undefined ? `Known here: ${known.join(", ")}.` : `Did you mean \`${guess}\`?`,
  };
}

const hasOne = (value: unknown, names: readonly unknown[]): boolean =>
  isJsonObject(value) && Object.keys(value).some((key) => names.includes(key));

function connectorWanted(path: Path, error: ErrorObject): Complaint {
  const names = Array.isArray(error.schema) ? error.schema.map(String) : [];
  return {
    code: "VRS2003",
    path,
    part: "key",
    message: "This needs exactly one connector.",
    help: `Give it one of ${names.map((name) => `\`${name}:\``).join(" ")}.`,
  };
}

const wanted: Readonly<Record<string, string>> = {
  duration: "Write `250ms`, `1s`, `5m`, `24h` or `7d`.",
  size: "Write `64KiB`, `1MiB` or `10GiB`.",
  time: "Write `2026-03-29T01:59:00Z` or `2026-03-29T03:59:00+02:00`.",
};

function wrongUnit(path: Path, format: unknown, given: unknown): Complaint {
  const what = String(format);
  const message = `\`${String(given)}\` is not a ${what}.`;
  return { code: "VRS2005", path, part: "value", message, help: wanted[what] ?? "" };
}

function wrongValue(path: Path, error: ErrorObject): string {
  const key = path.at(-1);
  const what = key === undefined ? "The document" : typeof key === "number" ? `Item ${key + 1}` : `\`${key}\``;
  const { params } = error as { params: Record<string, unknown> };
  if (error.keyword === "enum" && Array.isArray(params.allowedValues))
    return `${what} must be one of ${params.allowedValues.join(", ")}.`;
  if (error.keyword === "type") return `${what} must be of type ${String(params.type).replaceAll(",", " or ")}.`;
  if (error.keyword === "const") return `${what} must be ${JSON.stringify(params.allowedValue)}.`;
  if (error.keyword === "minimum") return `${what} must be ${String(params.limit)} or more.`;
  if (error.keyword === "maximum") return `${what} must be ${String(params.limit)} or less.`;
  if (error.keyword === "false schema") return `${what} does not go with what stands beside it.`;
  if (error.keyword === "minItems" && params.limit === 1) return `${what} must not be empty.`;
  return `${what} ${error.message ?? "is wrong"}.`;
}

function pathOf(pointer: string): Path {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
