// What expressions read of a message, as paths: `body.lines[0].sku` is ["body", "lines", 0, "sku"]. When one fails, the
// run time shows the values that stood there. Secrets are no such values.

import type { AnyNode } from "acorn";
import { childrenOf } from "../expression/children.ts";
import { constantKey, parameters } from "../expression/names.ts";
import { isRoot } from "../expression/roots.ts";
import { expressionsIn, type Value } from "../value.ts";

export type ReadPath = readonly (string | number)[];
export type Reads = readonly ReadPath[];

/** More are not shown. */
const mostPaths = 20;

/** Each path once, in the order of the text. */
export function readsOf(values: readonly Value[]): Reads {
  const found = new Map<string, ReadPath>();
  const add = (path: ReadPath): void => void found.set(JSON.stringify(path), path);
  for (const { node } of values.flatMap(expressionsIn)) visit(node, new Set(), add);
  return [...found.values()].slice(0, mostPaths);
}

function visit(node: AnyNode, bound: ReadonlySet<string>, add: (path: ReadPath) => void): void {
  const path = pathOf(node, bound);
  if (path !== undefined) {
    if (path[0] !== "secrets") add(path);
    return;
  }
  // Of `body.lines.map(…)` the list is read; `map` is no member of it.
  if (node.type === "CallExpression" && node.callee.type === "MemberExpression") {
    for (const child of [node.callee.object, ...node.arguments]) visit(child, bound, add);
    return;
  }
  const inner = node.type === "ArrowFunctionExpression" ? new Set([...bound, ...parameters(node)]) : bound;
  for (const child of childrenOf(node)) visit(child, inner, add);
}

/** Of a name, or of members of it whose keys are constants. */
function pathOf(node: AnyNode, bound: ReadonlySet<string>): ReadPath | undefined {
  switch (node.type) {
    case "Identifier":
      return bound.has(node.name) || !isRoot(node.name) ? undefined : [node.name];
    case "ParenthesizedExpression":
    case "ChainExpression":
      return pathOf(node.expression, bound);
    case "MemberExpression": {
      const { property } = node;
      const index = node.computed && property.type === "Literal" ? property.value : undefined;
      const key = constantKey(node) ?? (typeof index === "number" ? index : undefined);
      const object = key === undefined ? undefined : pathOf(node.object, bound);
      return key === undefined || object === undefined ? undefined : [...object, key];
    }
    default:
      return undefined;
  }
}
