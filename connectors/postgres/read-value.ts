// A value's text as PostgreSQL writes it → JSON. The column's type says what it is by itself, the contract has the last
// word; a number that JSON's numbers do not hold exactly stays text, and so does what JSON has no form for.

import { isJsonObject, type Json, type JsonSchema } from "../../schema/json.ts";
import { convertCell, solidSchema } from "../../schema/text-convert.ts";

/** What a type's text is read as. */
export type Form =
  | { readonly kind: "boolean" | "number" | "float" | "json" | "timestamp" | "timestamptz" | "text" }
  | { readonly kind: "array"; readonly item: Form; readonly delimiter: string };

/** The place of a value in the contract; undefined: the contract does not say. */
export interface PlaceInContract {
  readonly schema: JsonSchema;
  readonly root: JsonSchema;
}

export function columnPlace(contract: JsonSchema | undefined, column: string): PlaceInContract | undefined {
  if (contract === undefined) return undefined;
  const { properties } = solidSchema(contract, contract);
  const schema = isJsonObject(properties) && Object.hasOwn(properties, column) ? properties[column] : undefined;
  return isJsonObject(schema) ? { schema: solidSchema(schema, contract), root: contract } : undefined;
}

export function readValue(text: string, form: Form, place: PlaceInContract | undefined): Json {
  if (form.kind === "array") return readArray(text, form, itemPlace(place)) ?? text;
  const value = natural(text, form.kind);
  if (place === undefined) return value;
  if (typeof value === "string") return convertCell(value, place.schema);
  if (!wantsText(value, place.schema)) return value;
  return typeof value === "boolean" ? String(value) : text;
}

function natural(text: string, kind: Exclude<Form["kind"], "array">): Json {
  switch (kind) {
    case "boolean":
      return text === "t";
    case "number":
      return exactNumber(text) ?? text;
    case "float":
      // The server writes as many digits as the number needs to come back.
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case "json":
      return parsed(text) ?? text;
    case "timestamp":
    case "timestamptz":
      return isoText(text);
    default:
      return text;
  }
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The contract has texts there, and nothing of the value's own kind. */
function wantsText(value: Json, schema: JsonSchema): boolean {
  const types: readonly Json[] = Array.isArray(schema.type) ? schema.type : [schema.type ?? null];
  if (!types.includes("string")) return false;
  const own = value === null ? ["null"] : Array.isArray(value) ? ["array"] : kinds[typeof value];
  return own?.some((kind) => types.includes(kind)) !== true;
}

const kinds: Readonly<Record<string, readonly string[]>> = {
  boolean: ["boolean"],
  number: ["number", "integer"],
  object: ["object"],
};

/** Undefined where the number would be another one, or none. */
function exactNumber(text: string): number | undefined {
  const value = Number(text);
  if (!Number.isFinite(value)) return undefined;
  const [, digits = ""] = /^-?0*\.?0*([0-9.]*)(?:e[+-]?\d+)?$/i.exec(text) ?? [];
  // As small as that, a double has fewer digits, or none.
  if (digits !== "" && Math.abs(value) < smallest) return undefined;
  // 15 digits survive the way to a number and back.
  if (digits.replace(".", "").replace(/0+$/, "").length <= 15) return value;
  return plain(text) === plain(String(value)) ? value : undefined;
}

const smallest = 2 ** -1022;

/** Without zeros that mean nothing. */
function plain(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = ""] = /^(-?)0*(\d*)\.?(\d*?)0*(e.*)?$/i.exec(text) ?? [];
  return `${sign}${whole}.${fraction}${exponent}`;
}

/** `2024-05-01 10:00:00.5+00` → `2024-05-01T10:00:00.5Z`; `infinity` and years before our era stay as they are. */
function isoText(text: string): string {
  const [, date, time, zone] = /^(\d{4,}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d+)?)(\+00)?$/.exec(text) ?? [];
  return date === undefined ? text : `${date}T${time}${zone === undefined ? "" : "Z"}`;
}

function itemPlace(place: PlaceInContract | undefined): PlaceInContract | undefined {
  const items = place?.schema.items;
  return place === undefined || !isJsonObject(items)
    ? undefined
    : { schema: solidSchema(items, place.root), root: place.root };
}

/** `{1,NULL,"a b"}` and arrays in it; undefined for what is none. Bounds other than 1 are left out. */
function readArray(
  text: string,
  { item, delimiter }: Extract<Form, { kind: "array" }>,
  place: PlaceInContract | undefined,
): Json | undefined {
  let at = text.startsWith("[") ? text.indexOf("=") + 1 : 0;
  const list = (within: PlaceInContract | undefined): Json[] | undefined => {
    const items: Json[] = [];
    at += 1;
    while (text[at] !== "}") {
      const value = text[at] === "{" ? list(itemPlace(within)) : cell(within);
      if (value === undefined) return undefined;
      items.push(value);
      if (text[at] === delimiter) at += 1;
      else if (text[at] !== "}") return undefined;
    }
    at += 1;
    return items;
  };
  const cell = (within: PlaceInContract | undefined): Json | undefined => {
    if (text[at] === '"') {
      const quoted = /"((?:[^"\\]|\\[\s\S])*)"/y;
      quoted.lastIndex = at;
      const [whole = "", inside = ""] = quoted.exec(text) ?? [];
      if (whole === "") return undefined;
      at += whole.length;
      return readValue(inside.replace(/\\([\s\S])/g, "$1"), item, within);
    }
    const from = at;
    while (at < text.length && text[at] !== delimiter && text[at] !== "}") at += 1;
    if (at === text.length) return undefined;
    const raw = text.slice(from, at);
    return raw === "NULL" ? null : readValue(raw, item, within);
  };
  return text[at] === "{" ? list(place) : undefined;
}
