// The free names of an expression, and which secrets and settings it reads.

import type { AnyNode, Expression as Node, Property } from "acorn";
import { isFunctionName } from "../../schema/functions.ts";
import { childrenOf } from "./children.ts";

export interface Names {
  readonly roots: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
  readonly settings: ReadonlySet<string>;
}

export function names(root: Node): Names {
  const roots = new Set<string>();
  const secrets = new Set<string>();
  const settings = new Set<string>();
  const visit = (node: AnyNode, bound: ReadonlySet<string>): void => {
    if (node.type === "Identifier") {
      if (!bound.has(node.name) && !isFunctionName(node.name) && node.name !== "undefined") roots.add(node.name);
      return;
    }
    if (node.type === "MemberExpression" && node.object.type === "Identifier") {
      const name = constantKey(node);
      if (name !== undefined && node.object.name === "secrets") secrets.add(name);
      if (name !== undefined && node.object.name === "settings") settings.add(name);
    }
    const inner = node.type === "ArrowFunctionExpression" ? new Set([...bound, ...parameters(node)]) : bound;
    for (const child of childrenOf(node)) visit(child, inner);
  };
  visit(root, new Set());
  return { roots, secrets, settings };
}

/** The name in `a.b` and `a["b"]`. */
export function constantKey(node: Extract<AnyNode, { type: "MemberExpression" }>): string | undefined {
  const { property } = node;
  if (!node.computed) return property.type === "Identifier" ? property.name : undefined;
  return property.type === "Literal" && typeof property.value === "string" ? property.value : undefined;
}

export function parameters(node: Extract<AnyNode, { type: "ArrowFunctionExpression" }>): readonly string[] {
  return node.params.flatMap((parameter) => (parameter.type === "Identifier" ? [parameter.name] : []));
}

/** The key of a property as text. */
export function propertyKey({ key }: Property): string | undefined {
  if (key.type === "Identifier") return escaped(key) ? undefined : key.name;
  if (key.type !== "Literal") return undefined;
  const { value } = key;
  if (typeof value === "string") return value;
  return typeof value === "number" && Number.isSafeInteger(value) ? String(value) : undefined;
}

/** Whether a name is written with `\u…`: then its text is not its name. */
export function escaped(node: { readonly name: string; readonly start: number; readonly end: number }): boolean {
  return node.end - node.start !== node.name.length;
}
