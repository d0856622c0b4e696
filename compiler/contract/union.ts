// Can a value's alternative be told without trying them all? Only then do type and validator agree, and only then can
// a message name the one thing that is wrong.

import { alternatives, type Leaf, type ObjectShape, type Shape, tagOf } from "./shape.ts";

interface Problem {
  readonly message: string;
  readonly help?: string;
}

/** Also asks whether the items of a unique list can be compared. */
export function unionProblem(shape: Shape, refs: ReadonlyMap<string, Shape>): Problem | undefined {
  if (shape.kind === "array") return uniqueProblem(shape.rest, shape.prefix, refs);
  const leaves = alternatives(shape, refs);
  if (leaves.some((leaf) => leaf.kind === "any"))
    return { message: "An alternative admits everything.", help: "Then leave the others out." };
  const objects = leaves.filter((leaf): leaf is ObjectShape => leaf.kind === "object");
  if (objects.length > 1 && tagOf(objects, refs) === undefined) {
    return {
      message: "The objects cannot be told apart.",
      help: "Give each a required field with a constant of its own, such as `type: { const: paid }`.",
    };
  }
  const claimed = new Set<unknown>();
  for (const leaf of leaves) {
    for (const claim of claims(leaf)) {
      if (claimed.has(claim)) return { message: `Two alternatives admit ${said(claim)}.`, help: "Make one of them." };
      claimed.add(claim);
    }
  }
  return literalOverlap(leaves);
}

/** A whole type by its symbol, a constant by its value. */
function claims(leaf: Leaf): readonly unknown[] {
  switch (leaf.kind) {
    case "literals":
      return leaf.values;
    case "null":
      return [null];
    case "any":
    case "object":
      return [];
    case "boolean":
    case "number":
    case "string":
    case "array":
      return [Symbol.for(leaf.kind)];
  }
}

const said = (claim: unknown): string =>
  typeof claim === "symbol" ? `every ${Symbol.keyFor(claim) ?? ""}` : JSON.stringify(claim);

function literalOverlap(leaves: readonly Leaf[]): Problem | undefined {
  const kinds = new Set<string>(leaves.map((leaf) => leaf.kind));
  for (const leaf of leaves) {
    if (leaf.kind !== "literals") continue;
    const covered = leaf.values.find((value) => kinds.has(typeof value));
    if (covered !== undefined)
      return { message: `Two alternatives admit ${said(covered)}.`, help: "Leave the constant out." };
  }
  return undefined;
}

function uniqueProblem(
  rest: Shape | undefined,
  prefix: readonly Shape[],
  refs: ReadonlyMap<string, Shape>,
): Problem | undefined {
  const items = [...prefix, ...(rest === undefined ? [] : [rest])].flatMap((item) => alternatives(item, refs));
  const scalar = items.every((item) => item.kind !== "any" && item.kind !== "object" && item.kind !== "array");
  if (scalar) return undefined;
  return { message: "`uniqueItems` is checked for lists of text, numbers, booleans and null only." };
}
