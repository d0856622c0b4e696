// How large an expression is. Asked right after parsing, without recursion, so that every later pass may recurse.

import type { AnyNode, Expression as Node } from "acorn";
import { childrenOf } from "./children.ts";

export const maxCharacters = 4000;
export const maxNodes = 500;
export const maxDepth = 32;

export interface Size {
  readonly nodes: number;
  readonly depth: number;
}

export function sizeOf(root: Node): Size {
  const open: { readonly node: AnyNode; readonly depth: number }[] = [{ node: root, depth: 1 }];
  let nodes = 0;
  let deepest = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    nodes += 1;
    deepest = Math.max(deepest, depth);
    for (const child of childrenOf(node)) open.push({ node: child, depth: depth + (continues(node, child) ? 0 : 1) });
  }
  return { nodes, depth: deepest };
}

/** `a + b + c` is a row to its reader, though a tree to the parser. */
function continues(node: AnyNode, child: AnyNode): boolean {
  if (node.type !== "BinaryExpression" && node.type !== "LogicalExpression") return false;
  return child === node.left && child.type === node.type;
}
