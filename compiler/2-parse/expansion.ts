// How large a document becomes once its aliases are followed: nine lists of nine aliases each make a thousand million
// values out of ten lines. Counted in one pass, before anything is unfolded.

import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node } from "yaml";
import type { Aliases } from "./yaml.ts";

const most = 100_000;
const deepest = 100;

export interface Expansion {
  readonly node: Node;
  readonly message: string;
  readonly help: string;
}

/** What makes the document too large to be read; undefined when it is not. */
export function tooLarge(document: Document, aliases: Aliases): Expansion | undefined {
  const sizes = new Map<Node, number>();
  const open = new Set<Node>();

  const visit = (node: unknown, depth: number): number | Expansion => {
    if (!isNode(node) || isScalar(node)) return 1;
    const known = sizes.get(node);
    if (known !== undefined) return known;
    if (open.has(node)) return { node, message: "An alias holds itself.", help: "Write out what is meant." };
    if (depth > deepest) {
      return { node, message: `YAML nests deeper than ${deepest} levels here.`, help: "Nothing in the language does." };
    }
    open.add(node);
    let size = 1;
    for (const child of childrenOf(node, aliases)) {
      const inner = visit(child, depth + 1);
      if (typeof inner !== "number") return inner;
      size += inner;
      if (size > most) {
        const message = `This is more than ${most.toLocaleString("en")} values, with aliases followed.`;
        return { node, message, help: "Split the document, or write out what an alias stands for." };
      }
    }
    open.delete(node);
    sizes.set(node, size);
    return size;
  };
  const all = visit(document.contents, 0);
  return typeof all === "number" ? undefined : all;
}

function childrenOf(node: Node, aliases: Aliases): readonly unknown[] {
  if (isAlias(node)) return [aliases.get(node)];
  if (isSeq(node)) return node.items;
  return isMap(node) ? node.items.flatMap((pair) => [pair.key, pair.value]) : [];
}
