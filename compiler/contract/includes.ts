// Does a reader take whatever a writer may send? Both are shapes of contracts; what the reader may not take is said, a
// line for each place. Silence is proof: where it cannot be told the answer is no. A writer sends the fields that its
// contract declares and no others, as the compiler sees to on the way out.

import type { JsonPrimitive } from "../../schema/json.ts";
import {
  type ArrayShape,
  alternatives,
  type Leaf,
  type NumberShape,
  type ObjectShape,
  type Property,
  type Shape,
  type Shapes,
  type StringShape,
} from "./shape.ts";

/** What kind of difference a line is about. */
export type Difference =
  | "type-changed"
  | "value-added"
  | "value-removed"
  | "field-removed"
  | "field-optional"
  | "field-required"
  | "field-refused"
  | "limit-changed"
  | "text-changed";

export interface Comparing {
  readonly reader: Shapes;
  readonly writer: Shapes;
  /** Which of the two is the newer one: lines say what was and what is now. */
  readonly now: "reader" | "writer";
  /** The writer is not ours, and may send fields that nobody declared. */
  readonly foreign?: boolean;
  say(path: string, text: string, kind: Difference): void;
}

interface Walk extends Comparing {
  /** Pairs that were looked at, or are being: what is wrong with them is said once. */
  readonly seen: Map<Shape, Set<Shape>>;
}

export const compareShapes = (comparing: Comparing): void =>
  include(comparing.reader.root, comparing.writer.root, "", { ...comparing, seen: new Map() });

function include(reader: Shape, writer: Shape, path: string, walk: Walk): void {
  const before = walk.seen.get(reader) ?? new Set();
  walk.seen.set(reader, before);
  if (before.has(writer)) return;
  before.add(writer);
  const takes = alternatives(reader, walk.reader.refs);
  if (takes.some(({ kind }) => kind === "any")) return;
  const sends = alternatives(writer, walk.writer.refs);
  const unlike = sends.filter((leaf) => !includeLeaf(takes, leaf, path, walk));
  if (unlike.length > 0) walk.say(path, change(kinds(takes), kinds(sends), walk), "type-changed");
}

/** `before is now after`, whichever of the two reads. */
const change = (reader: string, writer: string, { now }: Walk): string =>
  now === "writer" ? `${reader} is now ${writer}` : `${writer} is now ${reader}`;

/** False when the reader has nothing of its kind; anything else is said here. */
function includeLeaf(takes: readonly Leaf[], leaf: Leaf, path: string, walk: Walk): boolean {
  switch (leaf.kind) {
    case "any":
      return false;
    case "null":
      return takes.some((each) => admits(each, null));
    case "boolean":
      return [true, false].every((value) => takes.some((each) => admits(each, value)));
    case "literals":
      return includeValues(takes, leaf.values, path, walk);
    case "number": {
      const one = takes.find((each): each is NumberShape => each.kind === "number");
      if (one === undefined || (one.integer && !leaf.integer)) return false;
      compareBounds(one, leaf, path, walk);
      return true;
    }
    case "string": {
      const one = takes.find((each): each is StringShape => each.kind === "string");
      if (one !== undefined) compareText(one, leaf, path, walk);
      return one !== undefined;
    }
    case "array": {
      const one = takes.find((each): each is ArrayShape => each.kind === "array");
      if (one !== undefined) includeArray(one, leaf, path, walk);
      return one !== undefined;
    }
    case "object":
      return includeOneOf(
        takes.filter((each): each is ObjectShape => each.kind === "object"),
        leaf,
        path,
        walk,
      );
    default:
      return leaf satisfies never;
  }
}

function includeValues(
  takes: readonly Leaf[],
  values: readonly JsonPrimitive[],
  path: string,
  { now, say }: Walk,
): boolean {
  const lost = values.filter((value) => !takes.some((each) => admits(each, value)));
  if (lost.length === values.length) return false;
  for (const value of lost) {
    if (now === "writer") say(path, `${JSON.stringify(value)} is a new value`, "value-added");
    else say(path, `${JSON.stringify(value)} is gone`, "value-removed");
  }
  return true;
}

/** The one that takes it, when there is one; what is said is said of the nearest. */
function includeOneOf(takes: readonly ObjectShape[], leaf: ObjectShape, path: string, walk: Walk): boolean {
  const tried = takes.map((each) => {
    const said: Parameters<Comparing["say"]>[] = [];
    const seen = new Map([...walk.seen].map(([shape, others]) => [shape, new Set(others)]));
    includeObject(each, leaf, path, { ...walk, seen, say: (...line) => said.push(line) });
    return said;
  });
  const [nearest] = tried.toSorted((a, b) => a.length - b.length);
  for (const line of nearest ?? []) walk.say(...line);
  return nearest !== undefined;
}

function includeObject(reader: ObjectShape, writer: ObjectShape, path: string, walk: Walk): void {
  const sent = new Map(writer.properties.map((property) => [property.name, property]));
  const others = writer.others === "kept" ? anything : typeof writer.others === "object" ? writer.others : undefined;
  for (const property of reader.properties) {
    const at = below(path, property.name);
    const from = sent.get(property.name);
    includeField(property, from, others, at, walk);
  }
  if (reader.others === "dropped" || reader.others === "kept") return;
  if (walk.foreign === true && reader.others === "refused" && writer.others === "dropped")
    walk.say(path, "nothing undeclared is taken any more", "field-refused");
  const known = new Set(reader.properties.map(({ name }) => name));
  for (const { name, shape } of writer.properties.filter((property) => !known.has(property.name))) {
    if (reader.others !== "refused") include(reader.others, shape, below(path, name), walk);
    else if (walk.now === "writer")
      walk.say(below(path, name), "is new, and nothing undeclared was taken", "field-refused");
    else walk.say(below(path, name), "is gone, and nothing undeclared is taken", "field-refused");
  }
  if (others === undefined) return;
  if (reader.others === "refused")
    walk.say(path, change("an object without further fields", "one with them", walk), "field-refused");
  else include(reader.others, others, below(path, "*"), walk);
}

const anything: Shape = { kind: "any" };

function includeField(
  { required, shape }: Property,
  from: Property | undefined,
  others: Shape | undefined,
  at: string,
  walk: Walk,
): void {
  const { now, say } = walk;
  if (required && from === undefined) {
    if (now === "writer") say(at, "is gone", "field-removed");
    else say(at, "is new and required", "field-required");
  }
  if (required && from?.required === false) {
    if (now === "writer") say(at, "may be missing now", "field-optional");
    else say(at, "is required now", "field-required");
  }
  const sent = from?.shape ?? others;
  if (sent !== undefined) include(shape, sent, at, walk);
}

function includeArray(reader: ArrayShape, writer: ArrayShape, path: string, walk: Walk): void {
  const most = longest(writer);
  limit("minItems", atLeast(reader.minItems, writer.minItems), reader.minItems, writer.minItems, path, walk);
  limit("maxItems", most <= longest(reader), finite(longest(reader)), finite(most), path, walk);
  limit("uniqueItems", !reader.unique || writer.unique, reader.unique, writer.unique, path, walk);
  const places = Math.max(reader.prefix.length, writer.prefix.length);
  for (let index = 0; index <= places; index++) {
    const taken = reader.prefix[index] ?? reader.rest;
    const sent = writer.prefix[index] ?? writer.rest;
    // What can never stand there needs no place; how long lists may be was asked above.
    if (index >= most || taken === undefined || sent === undefined) continue;
    include(taken, sent, index < places ? `${path}[${index}]` : `${path}[]`, walk);
  }
}

function longest({ prefix, rest, maxItems = Number.POSITIVE_INFINITY }: ArrayShape): number {
  return rest === undefined ? Math.min(maxItems, prefix.length) : maxItems;
}

const finite = (count: number): number | undefined => (Number.isFinite(count) ? count : undefined);

function compareText(reader: StringShape, writer: StringShape, path: string, walk: Walk): void {
  limit("minLength", atLeast(reader.minLength, writer.minLength), reader.minLength, writer.minLength, path, walk);
  limit("maxLength", atMost(reader.maxLength, writer.maxLength), reader.maxLength, writer.maxLength, path, walk);
  for (const key of ["format", "pattern"] as const)
    limit(key, reader[key] === undefined || reader[key] === writer[key], reader[key], writer[key], path, walk);
}

const atLeast = (reader = 0, writer = 0): boolean => writer >= reader;
const atMost = (reader = Number.POSITIVE_INFINITY, writer = Number.POSITIVE_INFINITY): boolean => writer <= reader;

function compareBounds(reader: NumberShape, writer: NumberShape, path: string, walk: Walk): void {
  for (const [low, high, sign] of [
    ["minimum", "exclusiveMinimum", 1],
    ["maximum", "exclusiveMaximum", -1],
  ] as const) {
    // Turned round, an upper bound is a lower one.
    const [open, closed] = [scaled(writer[high], sign), scaled(writer[low], sign)];
    const wanted = scaled(reader[low], sign);
    const beyond = scaled(reader[high], sign);
    limit(
      low,
      wanted === undefined || [open, closed].some((is) => is !== undefined && is >= wanted),
      reader[low],
      writer[low],
      path,
      walk,
    );
    const past =
      beyond === undefined || (open !== undefined && open >= beyond) || (closed !== undefined && closed > beyond);
    limit(high, past, reader[high], writer[high], path, walk);
  }
  const { multipleOf } = reader;
  const whole =
    multipleOf === undefined || multipleOf === writer.multipleOf || isMultiple(writer.multipleOf, multipleOf);
  limit("multipleOf", whole || (writer.integer && multipleOf === 1), multipleOf, writer.multipleOf, path, walk);
}

const scaled = (bound: number | undefined, sign: 1 | -1): number | undefined =>
  bound === undefined ? undefined : bound * sign;

/** Of whole numbers only: of the others a computer cannot tell. */
const isMultiple = (value: number | undefined, of: number): boolean =>
  Number.isSafeInteger(value) && Number.isSafeInteger(of) && Number(value) % of === 0;

type Limit = string | number | boolean | undefined;

function limit(key: string, holds: boolean, reader: Limit, writer: Limit, path: string, walk: Walk): void {
  if (holds) return;
  const text = (value: Limit): string => (value === undefined || value === false ? "none" : String(value));
  const kind = key === "format" || key === "pattern" ? "text-changed" : "limit-changed";
  walk.say(path, `${key} ${change(text(reader), text(writer), walk)}`, kind);
}

function admits(leaf: Leaf, value: JsonPrimitive): boolean {
  switch (leaf.kind) {
    case "any":
      return true;
    case "null":
      return value === null;
    case "boolean":
      return typeof value === "boolean";
    case "literals":
      return leaf.values.includes(value);
    case "number":
      return typeof value === "number" && admitsNumber(leaf, value);
    case "string":
      return typeof value === "string" && admitsText(leaf, value);
    case "array":
    case "object":
      return false;
    default:
      return leaf satisfies never;
  }
}

function admitsNumber(leaf: NumberShape, value: number): boolean {
  return withinBounds(leaf, value) && (leaf.multipleOf === undefined || isMultiple(value, leaf.multipleOf));
}

/** All but its multiples: of those that are not whole a computer cannot tell. */
export function withinBounds(leaf: NumberShape, value: number): boolean {
  const { integer, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = leaf;
  return (
    (!integer || Number.isSafeInteger(value)) &&
    value >= (minimum ?? Number.NEGATIVE_INFINITY) &&
    value <= (maximum ?? Number.POSITIVE_INFINITY) &&
    value > (exclusiveMinimum ?? Number.NEGATIVE_INFINITY) &&
    value < (exclusiveMaximum ?? Number.POSITIVE_INFINITY)
  );
}

function admitsText(
  { minLength = 0, maxLength = Number.POSITIVE_INFINITY, format, pattern }: StringShape,
  value: string,
): boolean {
  // JSON Schema counts code points.
  const length = [...value].length;
  return format === undefined && pattern === undefined && length >= minLength && length <= maxLength;
}

const below = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

/** `string or null`; constants by their values. */
function kinds(leaves: readonly Leaf[]): string {
  const names = leaves.flatMap((leaf) => {
    if (leaf.kind === "any") return ["anything"];
    if (leaf.kind === "number" && leaf.integer) return ["integer"];
    if (leaf.kind === "array") return ["list"];
    return leaf.kind === "literals" ? leaf.values.map((value) => JSON.stringify(value)) : [leaf.kind];
  });
  const distinct = [...new Set(names)];
  return distinct.length > 6 ? `one of ${distinct.length} values` : distinct.join(" or ") || "nothing";
}
