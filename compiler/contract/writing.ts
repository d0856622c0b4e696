// What validator and projector share while they write code: paths, access to fields, one function per reference.

import type { JsonPrimitive } from "../../schema/json.ts";
import { jsText } from "./js-text.ts";
import {
  type Alternative,
  type ArrayShape,
  alternativesOf,
  type Leaf,
  type ObjectShape,
  type Shape,
  type Shapes,
  tagOf,
} from "./shape.ts";

/** Fresh names, and constants that are made once when the code is loaded. */
export interface Writing {
  readonly shapes: Shapes;
  /** Name of the function for a reference; it is written when first asked for. */
  functionFor(key: string): string;
  fresh(prefix: string): string;
}

/**
 * `write(key, name)` gives the text of the function for a reference. References are written in the order in which
 * they are met, so that equal schemas give equal code.
 */
export function writeFunctions(
  shapes: Shapes,
  write: (shape: Shape, name: string, writing: Writing) => string,
): { readonly root: string; readonly functions: readonly string[] } {
  const names = new Map<string, string>();
  const waiting: string[] = [];
  let count = 0;
  const writing: Writing = {
    shapes,
    fresh: (prefix) => `${prefix}${count++}`,
    functionFor: (key) => {
      const known = names.get(key);
      if (known !== undefined) return known;
      const name = `f${names.size}`;
      names.set(key, name);
      waiting.push(key);
      return name;
    },
  };
  const root = writing.functionFor("#");
  const functions: string[] = [];
  for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
    functions.push(write(shapes.refs.get(key) ?? { kind: "any" }, writing.functionFor(key), writing));
  }
  return { root, functions };
}

/** Names that every object answers to although it has no such field. */
const inherited = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Reads a declared field; `own` is Object.hasOwn in the generated code. */
export function fieldOf(object: string, name: string): string {
  const read = `${object}[${jsText(name)}]`;
  return inherited.has(name) ? `(own(${object}, ${jsText(name)}) ? ${read} : undefined)` : read;
}

/**
 * A union by JavaScript's own distinctions; objects are told apart by their tag. What a reference leads to is left to
 * the reference's function: written in place, a union that contains itself would have no end.
 */
export interface Dispatch {
  readonly scalars: readonly Exclude<Leaf, { kind: "object" | "array" }>[];
  readonly array: Alternative<ArrayShape> | undefined;
  readonly objects: readonly Alternative<ObjectShape>[];
  readonly tag: { readonly name: string; readonly values: readonly (readonly JsonPrimitive[])[] } | undefined;
}

export function dispatchOf(shape: Shape, shapes: Shapes): Dispatch {
  const all = alternativesOf(shape, shapes.refs);
  const objects = all.filter((each): each is Alternative<ObjectShape> => each.leaf.kind === "object");
  const shapesOfObjects = objects.map(({ leaf }) => leaf);
  return {
    scalars: all.map(({ leaf }) => leaf).filter((leaf) => leaf.kind !== "object" && leaf.kind !== "array"),
    array: all.find((each): each is Alternative<ArrayShape> => each.leaf.kind === "array"),
    objects,
    tag: objects.length > 1 ? tagOf(shapesOfObjects, shapes.refs) : undefined,
  };
}
