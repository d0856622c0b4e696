// An expression for the type checker: the author's own text, so that every offset stays what it was, without its
// comments. A `@ts-ignore` among them would otherwise switch the checker off.

import type { AnyNode } from "acorn";
import { childrenOf } from "./children.ts";
import type { Expression } from "./template.ts";

export function printTs(expression: Expression): string {
  const { source, comments } = expression;
  let text = "";
  let at = 0;
  for (const { start, end } of comments) {
    // The parser reads ahead and back again at some places, and then tells of a comment twice.
    if (start < at) continue;
    text += source.slice(at, start) + source.slice(start, end).replaceAll(/[^\n\r\u2028\u2029]/g, " ");
    at = end;
  }
  return text + source.slice(at);
}

/** A stretch of the expression's text. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/**
 * What becomes part of a text: pieces of templates and operands of `+`. TypeScript lets `"a" + undefined` pass, so the
 * checker has to ask for each of them; those that cannot be missing are left out. In the order in which they start.
 */
export function textParts(expression: Expression): readonly Stretch[] {
  const found: Stretch[] = [];
  const visit = (node: AnyNode): void => {
    for (const part of partsOf(node)) if (!isPart(part)) found.push({ start: part.start, end: part.end });
    for (const child of childrenOf(node)) visit(child);
  };
  visit(expression.node);
  return found.sort((a, b) => a.start - b.start || b.end - a.end);
}

function partsOf(node: AnyNode): readonly AnyNode[] {
  if (node.type === "TemplateLiteral") return node.expressions;
  return node.type === "BinaryExpression" && node.operator === "+" ? [node.left, node.right] : [];
}

/** Text, number or boolean by its form alone. */
function isPart(node: AnyNode): boolean {
  switch (node.type) {
    case "ParenthesizedExpression":
      return isPart(node.expression);
    case "Literal":
      return node.value !== null;
    case "TemplateLiteral":
    case "BinaryExpression":
    case "UnaryExpression":
      return true;
    default:
      return false;
  }
}
