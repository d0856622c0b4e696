// What a contract says, after its JSON Schema has been read: the one model from which types, validator and projector
// are printed. A schema that has a shape without problems is inside the supported subset.

import type { JsonPrimitive } from "../../schema/json.ts";

export type Shape =
  | { readonly kind: "any" }
  | { readonly kind: "null" }
  | { readonly kind: "boolean" }
  | { readonly kind: "literals"; readonly values: readonly JsonPrimitive[] }
  /** Key into `Shapes.refs`. */
  | { readonly kind: "ref"; readonly to: string }
  | { readonly kind: "union"; readonly members: readonly Shape[] }
  | NumberShape
  | StringShape
  | ArrayShape
  | ObjectShape;

export interface NumberShape {
  readonly kind: "number";
  readonly integer: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  /** In decimals, as it is written: 19.99 is a multiple of 0.01. */
  readonly multipleOf?: number;
}

export interface StringShape {
  readonly kind: "string";
  /** In code points, as JSON Schema counts. */
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: Format;
  readonly pattern?: string;
}

export interface ArrayShape {
  readonly kind: "array";
  readonly prefix: readonly Shape[];
  /** Items after the prefix; undefined: there are none. */
  readonly rest: Shape | undefined;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly unique: boolean;
}

export interface Property {
  readonly name: string;
  readonly required: boolean;
  /** It has its type wherever it is read, but nobody asks whether it is there. */
  readonly trusted?: true;
  readonly shape: Shape;
}

export interface ObjectShape {
  readonly kind: "object";
  readonly properties: readonly Property[];
  /**
   * Fields beside `properties`: `dropped` may come in and do not exist afterwards · `refused` are an issue ·
   * `kept` as they are (nothing is declared) · a shape: a record, each value is so.
   */
  readonly others: "dropped" | "refused" | "kept" | Shape;
}

export const formats = ["date", "date-time", "email", "uuid", "uri"] as const;
export type Format = (typeof formats)[number];

export interface Shapes {
  readonly root: Shape;
  /** By the key of a `ref`: `#`, `#/$defs/line`, `contract:order@1`, `contract:order@1#/$defs/line`. */
  readonly refs: ReadonlyMap<string, Shape>;
}

/** A shape that is neither a reference nor a union. */
export type Leaf = Exclude<Shape, { kind: "ref" | "union" }>;

export interface Alternative<Kind extends Leaf = Leaf> {
  readonly leaf: Kind;
  /** The union's own reference that leads here; undefined when the leaf stands in the union itself. */
  readonly via: string | undefined;
}

/** The members that remain when references and nested unions are followed; a cycle of references ends quietly. */
export function alternativesOf(shape: Shape, refs: ReadonlyMap<string, Shape>): readonly Alternative[] {
  const found: Alternative[] = [];
  const seen = new Set<string>();
  const visit = (member: Shape, via: string | undefined): void => {
    if (member.kind === "union") for (const each of member.members) visit(each, via);
    else if (member.kind !== "ref") found.push({ leaf: member, via });
    else if (!seen.has(member.to)) {
      seen.add(member.to);
      const target = refs.get(member.to);
      if (target !== undefined) visit(target, via ?? member.to);
    }
  };
  visit(shape, undefined);
  return found;
}

export const alternatives = (shape: Shape, refs: ReadonlyMap<string, Shape>): readonly Leaf[] =>
  alternativesOf(shape, refs).map(({ leaf }) => leaf);

/** A required property whose constant values tell all these objects apart. */
export interface Tag {
  readonly name: string;
  /** One list of values for each object. */
  readonly values: readonly (readonly JsonPrimitive[])[];
}

export function tagOf(objects: readonly ObjectShape[], refs: ReadonlyMap<string, Shape>): Tag | undefined {
  for (const { name } of objects[0]?.properties ?? []) {
    const values = objects.map((object) => constants(object, name, refs));
    const all = values.flat();
    if (values.every((each) => each.length > 0) && new Set(all).size === all.length) return { name, values };
  }
  return undefined;
}

function constants(object: ObjectShape, name: string, refs: ReadonlyMap<string, Shape>): readonly JsonPrimitive[] {
  const property = object.properties.find((each) => each.name === name);
  if (property === undefined || !property.required) return [];
  const shapes = alternatives(property.shape, refs);
  return shapes.every((shape) => shape.kind === "literals") ? shapes.flatMap((shape) => shape.values) : [];
}
