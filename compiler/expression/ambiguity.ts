// `[a < b, c > (d)]` is two comparisons to JavaScript and one generic call `a<b, c>(d)` to TypeScript. What the two
// read differently would be checked as one thing and run as another.

import type { AnyNode } from "acorn";
import { type Found, type Place, refuse } from "./refusal.ts";

export function refuseAmbiguous(items: readonly (AnyNode | null)[], place: Place): Found {
  const found = genericCall(items, place.expression.source);
  if (found === undefined) return [];
  const message = "These comparisons can be read in two ways.";
  return refuse(place, "VRS3002", found, message, "Put each comparison in parentheses.");
}

/** The first item whose `>` TypeScript could take as the end of type arguments begun in an earlier item. */
function genericCall(items: readonly (AnyNode | null)[], source: string): AnyNode | undefined {
  let begun = false;
  for (const item of items) {
    if (item === null) continue;
    if (begun && compares(item, ">", source)) return item;
    begun ||= compares(item, "<", source);
  }
  return undefined;
}

/** Whether the operator stands in the item outside all brackets, for `>` before something that could be called. */
function compares(node: AnyNode, operator: "<" | ">", source: string): boolean {
  switch (node.type) {
    case "BinaryExpression":
      if (node.operator === operator && (operator === "<" || closesTypes(node, source))) return true;
      return compares(node.left, operator, source) || compares(node.right, operator, source);
    case "LogicalExpression":
      return compares(node.left, operator, source) || compares(node.right, operator, source);
    case "ConditionalExpression":
      return [node.test, node.consequent, node.alternate].some((part) => compares(part, operator, source));
    case "ArrowFunctionExpression":
      return compares(node.body, operator, source);
    case "UnaryExpression":
    case "SpreadElement":
      return compares(node.argument, operator, source);
    default:
      return false;
  }
}

/** TypeScript takes a `>` as the end of type arguments before a bracket, a template and the end of a line. */
function closesTypes({ left, right }: Extract<AnyNode, { type: "BinaryExpression" }>, source: string): boolean {
  return /[(`]/.test(source.charAt(right.start)) || source.slice(left.end, right.start).includes("\n");
}
