// Where a value does not fit a shape. For samples of our own making: what comes from outside is judged by the printed
// validator.

import type { Json, JsonObject } from "../../schema/json.ts";
import { isJsonObject } from "../../schema/json.ts";
import { withinBounds } from "./includes.ts";
import {
  type ArrayShape,
  alternatives,
  type Format,
  type Leaf,
  type NumberShape,
  type ObjectShape,
  type Shape,
  type Shapes,
  type StringShape,
} from "./shape.ts";

/** Paths as differences have them: `lines[].qty`; "" is the whole. Empty: it fits. */
export function refusals({ root, refs }: Shapes, value: Json): readonly string[] {
  return [...new Set(refused(root, value, "", refs))];
}

type Refs = Shapes["refs"];

function refused(shape: Shape, value: Json, path: string, refs: Refs): readonly string[] {
  const tried = alternatives(shape, refs).map((leaf) => refusedBy(leaf, value, path, refs));
  // Said of the one that comes nearest, and where none is of its kind, of the place itself.
  const [nearest] = tried.filter((paths) => paths !== undefined).toSorted((a, b) => a.length - b.length);
  return nearest ?? [path];
}

/** Undefined: the value is of another kind. */
function refusedBy(leaf: Leaf, value: Json, path: string, refs: Refs): readonly string[] | undefined {
  const when = (holds: boolean): readonly string[] => (holds ? [] : [path]);
  switch (leaf.kind) {
    case "any":
      return [];
    case "null":
      return value === null ? [] : undefined;
    case "boolean":
      return typeof value === "boolean" ? [] : undefined;
    case "literals":
      return leaf.values.some((each) => each === value) ? [] : undefined;
    case "number":
      return typeof value === "number" ? when(admitsNumber(leaf, value)) : undefined;
    case "string":
      return typeof value === "string" ? when(admitsText(leaf, value)) : undefined;
    case "array":
      return Array.isArray(value) ? inList(leaf, value, path, refs) : undefined;
    case "object":
      return isJsonObject(value) ? inObject(leaf, value, path, refs) : undefined;
    default:
      return leaf satisfies never;
  }
}

export function admitsNumber(leaf: NumberShape, value: number): boolean {
  const { multipleOf } = leaf;
  const whole = multipleOf === undefined || Number.isInteger(Number((value / multipleOf).toPrecision(12)));
  return whole && withinBounds(leaf, value);
}

const looks: Readonly<Record<Format, RegExp>> = {
  date: /^\d{4}-\d\d-\d\d$/,
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i,
  email: /^[^\s@]+@[^\s@]+$/,
  uuid: /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i,
  uri: /^[a-z][a-z\d+.-]*:\S+$/i,
};

function admitsText({ minLength = 0, maxLength, format, pattern }: StringShape, value: string): boolean {
  const { length } = [...value];
  return (
    length >= minLength &&
    length <= (maxLength ?? Number.POSITIVE_INFINITY) &&
    (format === undefined || looks[format].test(value)) &&
    (pattern === undefined || new RegExp(pattern, "u").test(value))
  );
}

function inList(leaf: ArrayShape, items: readonly Json[], path: string, refs: Refs): readonly string[] {
  const { prefix, rest, minItems = 0, maxItems = Number.POSITIVE_INFINITY, unique } = leaf;
  const texts = items.map((item) => JSON.stringify(item));
  const own = items.length < minItems || items.length > maxItems || (unique && new Set(texts).size < texts.length);
  const inner = items.flatMap((item, index) => {
    const shape = prefix[index] ?? rest;
    const at = index < prefix.length ? `${path}[${index}]` : `${path}[]`;
    return shape === undefined ? [path] : refused(shape, item, at, refs);
  });
  return own ? [path, ...inner] : inner;
}

function inObject(leaf: ObjectShape, value: JsonObject, path: string, refs: Refs): readonly string[] {
  const { properties, others } = leaf;
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const declared = properties.flatMap(({ name, required, shape }) => {
    const inner = Object.hasOwn(value, name) ? value[name] : undefined;
    if (inner === undefined) return required ? [at(name)] : [];
    return refused(shape, inner, at(name), refs);
  });
  const known = new Set(properties.map(({ name }) => name));
  const rest = Object.entries(value).flatMap(([name, inner]) => {
    if (known.has(name) || inner === undefined || others === "dropped" || others === "kept") return [];
    return others === "refused" ? [at(name)] : refused(others, inner, at("*"), refs);
  });
  return [...declared, ...rest];
}
