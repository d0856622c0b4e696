// What a message must hold as bytes for its first filter to let it pass. `body.status === "paid"` cannot be true where
// the text `"paid"` does not occur: such a message is dropped without being parsed. Needles are JSON text, written as
// everybody writes it; the run time parses whatever holds an escape.

import type { Expression as Node, PrivateIdentifier, Super } from "acorn";
import type { Integration } from "../integration.ts";
import type { Site } from "../value.ts";

export interface Prefilter {
  /** The filter. */
  readonly site: Site;
  /** One needle at least of each group must occur. */
  readonly groups: readonly (readonly string[])[];
}

/** Undefined: the message must be looked into. Only where a filter is the first that happens to every message. */
export function prefilterOf({ sources, steps }: Integration): Prefilter | undefined {
  const [only, another] = sources;
  const [first] = [...(only?.steps ?? []), ...steps];
  if (another !== undefined || first?.kind !== "filter" || first.condition.kind !== "expression") return undefined;
  const groups = groupsOf(first.condition.expression.node);
  return groups.length === 0 ? undefined : { site: first.condition.site, groups };
}

type Any = Node | PrivateIdentifier | Super;
type Groups = readonly (readonly string[])[];

/** If no needle of some group occurs, the expression is false, and nothing on the way there can fail. */
function groupsOf(node: Any): Groups {
  switch (node.type) {
    case "ParenthesizedExpression":
      return groupsOf(node.expression);
    case "LogicalExpression": {
      const left = groupsOf(node.left);
      if (node.operator === "&&") return isSafe(node.left) ? [...left, ...groupsOf(node.right)] : left;
      const [one, other] = [left[0], groupsOf(node.right)[0]];
      return node.operator === "||" && one !== undefined && other !== undefined ? [[...one, ...other]] : [];
    }
    case "BinaryExpression": {
      if (node.operator !== "===") return [];
      const text = isPath(node.left) ? textOf(node.right) : isPath(node.right) ? textOf(node.left) : undefined;
      return groupOf(text === undefined ? [] : [text], true);
    }
    case "CallExpression":
      return groupsOfCall(node);
    default:
      return [];
  }
}

/** `["a", "b"].includes(body.x)`, `body.x.startsWith("a")` and its like. */
function groupsOfCall({ callee, arguments: given }: Extract<Node, { type: "CallExpression" }>): Groups {
  const [argument, another] = given;
  if (callee.type !== "MemberExpression" || callee.computed || callee.property.type !== "Identifier") return [];
  if (argument === undefined || another !== undefined || argument.type === "SpreadElement") return [];
  const { object, property } = callee;
  if (object.type === "ArrayExpression" && property.name === "includes" && isPath(argument)) {
    const texts = object.elements.map((element) =>
      element === null || element.type === "SpreadElement" ? undefined : textOf(element),
    );
    return texts.every((text) => text !== undefined) ? groupOf(texts, true) : [];
  }
  const text = textOf(argument);
  const within = ["includes", "startsWith", "endsWith"].includes(property.name) && isPath(object);
  // A few characters occur in every message.
  return within && text !== undefined && text.length >= 3 ? groupOf([text], false) : [];
}

/** Texts that JSON writes with an escape are left to those who read it. */
function groupOf(texts: readonly string[], whole: boolean): Groups {
  const written = texts.map((text) => JSON.stringify(text));
  if (texts.length === 0 || written.some((text) => text.includes("\\"))) return [];
  return [written.map((text) => (whole ? text : text.slice(1, -1)))];
}

const textOf = (node: Any): string | undefined =>
  node.type === "Literal" && typeof node.value === "string" ? node.value : undefined;

/** `body.a.b`, with or without `?.`: the types say that it is there. */
function isPath(node: Any): boolean {
  if (node.type === "ChainExpression") return isPath(node.expression);
  if (node.type !== "MemberExpression") return false;
  const plain = node.computed ? textOf(node.property) !== undefined : node.property.type === "Identifier";
  return plain && ((node.object.type === "Identifier" && node.object.name === "body") || isPath(node.object));
}

/** It has a value whatever the message holds. */
function isSafe(node: Any): boolean {
  switch (node.type) {
    case "Literal":
      return true;
    case "ParenthesizedExpression":
      return isSafe(node.expression);
    case "LogicalExpression":
      return isSafe(node.left) && isSafe(node.right);
    case "UnaryExpression":
      return node.operator === "!" && isSafe(node.argument);
    case "BinaryExpression":
      return ["===", "!==", "<", ">", "<=", ">="].includes(node.operator) && isSafe(node.left) && isSafe(node.right);
    case "CallExpression":
      return groupsOfCall(node).length > 0;
    default:
      return isPath(node);
  }
}
