// `allOf` of objects: one object with the fields of all.

import { canonical } from "../../schema/canonical.ts";
import { alternatives, type ObjectShape, type Property, type Shape } from "./shape.ts";

type Merged = { readonly shape: Shape } | { readonly problem: string };

/** Alternatives among the members are multiplied out: (A or B) and C is (A and C) or (B and C). */
export function mergeObjects(members: readonly Shape[], refs: ReadonlyMap<string, Shape>): Merged {
  let rows: readonly (readonly ObjectShape[])[] = [[]];
  // What admits everything takes nothing away.
  for (const member of members.filter(({ kind }) => kind !== "any")) {
    const leaves = alternatives(member, refs);
    const objects = leaves.filter((leaf): leaf is ObjectShape => leaf.kind === "object");
    if (objects.length < leaves.length || objects.length === 0)
      return { problem: "`allOf` is supported for objects only." };
    rows = rows.flatMap((row) => objects.map((object) => [...row, object]));
    if (rows.length > 1000) return { problem: "`allOf` has more than 1,000 combinations of alternatives." };
  }
  if (rows.every((row) => row.length === 0)) return { shape: { kind: "any" } };
  const shapes: Shape[] = [];
  for (const row of rows) {
    const merged = mergeRow(row);
    if ("problem" in merged) return merged;
    shapes.push(merged.shape);
  }
  const [only] = shapes;
  return { shape: shapes.length === 1 && only !== undefined ? only : { kind: "union", members: shapes } };
}

function mergeRow(objects: readonly ObjectShape[]): Merged {
  const properties = new Map<string, Property>();
  for (const property of objects.flatMap((object) => object.properties)) {
    const known = properties.get(property.name);
    const shape = known === undefined ? property.shape : narrower(known.shape, property.shape);
    if (shape === undefined) return { problem: `\`allOf\` describes \`${property.name}\` twice, in different ways.` };
    const required = property.required || known?.required === true;
    properties.set(property.name, { name: property.name, required, shape });
  }
  const names = [...properties.keys()];
  for (const { others, properties: own } of objects) {
    if (typeof others === "object") return { problem: "`allOf` with a record has no TypeScript type." };
    if (others !== "refused") continue;
    const forbidden = names.find((name) => own.every((property) => property.name !== name));
    if (forbidden !== undefined)
      return {
        problem: `\`additionalProperties: false\` in one part of \`allOf\` forbids \`${forbidden}\` of another.`,
      };
  }
  const refused = objects.some((object) => object.others === "refused");
  const kept = objects.every((object) => object.others === "kept");
  return {
    shape: {
      kind: "object",
      properties: [...properties.values()],
      others: refused ? "refused" : kept ? "kept" : "dropped",
    },
  };
}

/** What fits both, where one of them plainly says less. */
function narrower(a: Shape, b: Shape): Shape | undefined {
  if (a.kind === "any" || canonical(a) === canonical(b)) return b;
  if (b.kind === "any") return a;
  if (b.kind === "literals" && a.kind !== "literals") return narrower(b, a);
  if (a.kind !== "literals") return undefined;
  const values = a.values.filter((value) =>
    b.kind === "literals" ? b.values.includes(value) : Object.keys(b).length === 1 && typeof value === b.kind,
  );
  return values.length === 0 ? undefined : { kind: "literals", values };
}
