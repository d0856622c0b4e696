// A contract from sample messages: the narrowest that holds for all of them and still claims nothing by chance. What
// is in every sample is required, what is missing or null in some is optional; where samples contradict each other the
// contract says only what is true of all.

import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "../../schema/json.ts";

/** Everything that was seen at one place. */
interface Seen {
  count: number;
  nulls: number;
  booleans: number;
  integers: number;
  numbers: number;
  texts: number;
  objects: number;
  lists: number;
  /** Formats that every text so far had. */
  formats: readonly Format[];
  readonly members: Map<string, Seen>;
  items?: Seen;
}

type Format = keyof typeof formats;

const formats = {
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/,
  date: /^\d{4}-\d\d-\d\d$/,
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
} as const;

const allFormats = Object.keys(formats) as Format[];

/** An object with more different keys than this, none of which is in most samples, is a map and not a record. */
const mostKeys = 20;
const deepest = 60;

export interface Inference {
  add(sample: Json): void;
  /** Throws nothing; without a sample it is a contract for anything. */
  schema(): JsonSchema;
}

/** Takes one sample after the other and keeps none of them. */
export function createInference(): Inference {
  const root = nothingSeen();
  return {
    add: (sample) => see(root, sample, 0),
    schema: () => describe(root),
  };
}

const nothingSeen = (): Seen => ({
  count: 0,
  nulls: 0,
  booleans: 0,
  integers: 0,
  numbers: 0,
  texts: 0,
  objects: 0,
  lists: 0,
  formats: allFormats,
  members: new Map(),
});

function see(seen: Seen, value: Json, depth: number): void {
  seen.count += 1;
  if (value === null) seen.nulls += 1;
  else if (typeof value === "boolean") seen.booleans += 1;
  else if (typeof value === "number") {
    if (Number.isSafeInteger(value)) seen.integers += 1;
    else seen.numbers += 1;
  } else if (typeof value === "string") {
    seen.texts += 1;
    seen.formats = seen.formats.filter((format) => formats[format].test(value));
  } else if (Array.isArray(value)) {
    seen.lists += 1;
    if (depth < deepest) {
      seen.items ??= nothingSeen();
      for (const item of value) see(seen.items, item, depth + 1);
    }
  } else if (isJsonObject(value)) {
    seen.objects += 1;
    if (depth < deepest) seeMembers(seen, value, depth);
  }
}

function seeMembers({ members }: Seen, value: JsonObject, depth: number): void {
  for (const [key, member] of Object.entries(value)) {
    const known = members.get(key) ?? nothingSeen();
    members.set(key, known);
    see(known, member, depth + 1);
  }
}

function describe(seen: Seen): JsonSchema {
  const kinds = kindsOf(seen);
  // Of nulls alone nothing is known but that there may be nothing.
  if (kinds.length === 0) return {};
  if (kinds.length > 1) return leaves(seen, kinds);
  const [kind] = kinds;
  if (kind === "object") return nullable(describeObject(seen), seen);
  if (kind === "array") return nullable(describeList(seen), seen);
  return leaves(seen, kinds);
}

type Kind = "boolean" | "integer" | "number" | "string" | "array" | "object";

function kindsOf(seen: Seen): readonly Kind[] {
  return [
    ...(seen.booleans > 0 ? (["boolean"] as const) : []),
    ...(seen.numbers > 0 ? (["number"] as const) : seen.integers > 0 ? (["integer"] as const) : []),
    ...(seen.texts > 0 ? (["string"] as const) : []),
    ...(seen.lists > 0 ? (["array"] as const) : []),
    ...(seen.objects > 0 ? (["object"] as const) : []),
  ];
}

/** Several kinds at one place: those of simple values can be named, with anything else nothing can be said. */
function leaves(seen: Seen, kinds: readonly Kind[]): JsonSchema {
  if (kinds.includes("array") || kinds.includes("object")) return {};
  const types = [...kinds, ...(seen.nulls > 0 ? ["null"] : [])];
  const [format] = kinds.length === 1 && seen.texts > 1 ? seen.formats : [];
  return { type: types.length === 1 ? (types[0] ?? "null") : types, ...(format === undefined ? {} : { format }) };
}

function describeObject({ objects, members }: Seen): JsonObject {
  if (isMap(objects, members)) {
    const all = nothingSeen();
    for (const member of members.values()) merge(all, member);
    return { type: "object", additionalProperties: describe(all) };
  }
  const named = [...members].filter(([key]) => key !== "__proto__");
  const required = named.filter(([, { count, nulls }]) => count === objects && nulls === 0).map(([key]) => key);
  const properties = named.map(([key, member]): [string, Json] => {
    // A field that may be missing may be null as well: senders do not tell the two apart.
    const optional = member.count < objects || member.nulls > 0;
    return [key, optional ? orNull(describe(member)) : describe(member)];
  });
  return { type: "object", properties: Object.fromEntries(properties), required };
}

function isMap(objects: number, members: ReadonlyMap<string, Seen>): boolean {
  if (members.size <= mostKeys) return false;
  const common = [...members.values()].some(({ count }) => count > objects / 2 && objects > 1);
  const kinds = new Set([...members.values()].map((member) => kindsOf(member).join()));
  return !common && objects > 1 && kinds.size === 1;
}

function describeList({ items }: Seen): JsonObject {
  return { type: "array", items: items === undefined || items.count === 0 ? {} : describe(items) };
}

const nullable = (schema: JsonObject, { nulls }: Seen): JsonObject => (nulls > 0 ? orNull(schema) : schema);

function orNull(schema: JsonObject): JsonObject {
  const { type } = schema;
  if (typeof type === "string" && type !== "null") return { ...schema, type: [type, "null"] };
  return Array.isArray(type) && !type.includes("null") ? { ...schema, type: [...type, "null"] } : schema;
}

/** All that was seen at `from` as if it had been seen at `to`. */
function merge(to: Seen, from: Seen): void {
  to.count += from.count;
  to.nulls += from.nulls;
  to.booleans += from.booleans;
  to.integers += from.integers;
  to.numbers += from.numbers;
  to.texts += from.texts;
  to.objects += from.objects;
  to.lists += from.lists;
  to.formats = to.formats.filter((format) => from.formats.includes(format));
  for (const [key, member] of from.members) {
    const known = to.members.get(key) ?? nothingSeen();
    to.members.set(key, known);
    merge(known, member);
  }
  if (from.items !== undefined) {
    to.items ??= nothingSeen();
    merge(to.items, from.items);
  }
}
