// The first of three walls around an expression: its tree may hold what is listed here and nothing else. (The others:
// types without a standard library, and the run time's guarded helpers.) Every construct has a case that lets it
// through; what has none is refused, also when the parser learns it later.

import type { AnyNode, ArrayExpression, Literal, MemberExpression, Property } from "acorn";
import { callbackParameters } from "../../schema/functions.ts";
import { refuseAmbiguous } from "./ambiguity.ts";
import { prototypeNames } from "./builtin-names.ts";
import { constructs, methods, operators } from "./instead.ts";
import { constantKey, escaped, propertyKey } from "./names.ts";
import { type Found, type Place, refuse } from "./refusal.ts";
import { restrictCall } from "./restrict-call.ts";
import { restrictName } from "./restrict-name.ts";
import { isConstantRoot } from "./roots.ts";
import type { Expression } from "./template.ts";

/** Everything in the expression that the language, or this place of the spec, does not have; in the order of the text. */
export function restrict(
  expression: Expression,
  allowed: { readonly roots: readonly string[]; readonly bound?: readonly string[] },
): Found {
  const place: Place = { expression, roots: allowed.roots, bound: new Set(allowed.bound), callbacks: 0 };
  return visit(expression.node, place).toSorted((a, b) => a.start - b.start);
}

function visit(node: AnyNode, place: Place): Found {
  switch (node.type) {
    case "ParenthesizedExpression":
    case "ChainExpression":
      return visit(node.expression, place);
    case "Identifier":
      return restrictName(node, place);
    case "Literal":
      return visitLiteral(node, place);
    case "TemplateLiteral":
      return visitAll(node.expressions, place);
    case "MemberExpression":
      return visitMember(node, place);
    case "CallExpression":
      return restrictCall(node, place, visit);
    case "ConditionalExpression":
      return visitAll([node.test, node.consequent, node.alternate], place);
    case "LogicalExpression":
      return visitAll([node.left, node.right], place);
    case "BinaryExpression":
      return [...visitOperator(node, place), ...visitAll([node.left, node.right], place)];
    case "UnaryExpression": {
      const known = node.operator === "!" || node.operator === "-";
      return [...(known ? [] : refuseOperator(node, place)), ...visit(node.argument, place)];
    }
    case "ArrayExpression":
      return visitList(node, place);
    case "ObjectExpression":
      return node.properties.flatMap((property) =>
        property.type === "SpreadElement" ? visit(property.argument, place) : visitProperty(property, place),
      );
    case "ArrowFunctionExpression": {
      const message = "A function may only be the argument of a method that takes one.";
      return refuse(place, "VRS3002", node, message, `Those are ${Object.keys(callbackParameters).join(", ")}.`);
    }
    default: {
      const { what, help } = constructs[node.type] ?? { what: `\`${node.type}\`` };
      return refuse(place, "VRS3002", node, `${what} does not exist in expressions.`, help);
    }
  }
}

const visitAll = (nodes: readonly AnyNode[], place: Place): Found => nodes.flatMap((node) => visit(node, place));

function visitLiteral(node: Literal, place: Place): Found {
  const { value } = node;
  if (node.regex !== undefined) {
    return refuse(place, "VRS3002", node, "Regular expressions do not exist here.", methods.match);
  }
  if (value === null || typeof value === "string" || typeof value === "boolean") return [];
  if (typeof value !== "number") {
    return refuse(place, "VRS3002", node, "Numbers that end in `n` do not exist here.", "Leave the `n` out.");
  }
  return Number.isFinite(value) ? [] : refuse(place, "VRS3002", node, "The number is too large.");
}

function visitMember(node: MemberExpression, place: Place): Found {
  const name = constantKey(node);
  const { object } = node;
  const fixed =
    name !== undefined && object.type === "Identifier" && isConstantRoot(object.name) && !place.bound.has(object.name);
  // `settings` and `secrets` are read name by name, so that a bundle knows what it needs.
  if (fixed && place.roots.includes(object.name) && !escaped(object)) return visitKey(node, name, place);
  return [...visit(object, place), ...visitKey(node, name, place)];
}

function visitKey({ property, computed }: MemberExpression, name: string | undefined, place: Place): Found {
  if (property.type === "PrivateIdentifier") {
    return refuse(place, "VRS3002", property, "Private names do not exist here.");
  }
  if (name === undefined) return visit(property, place);
  if (prototypeNames.has(name)) {
    return refuse(place, "VRS3002", property, `\`${name}\` leads to a prototype and cannot be read.`);
  }
  if (!computed && property.type === "Identifier" && escaped(property)) {
    return refuse(place, "VRS3002", property, "A name may not hold an escape.", `Write \`${name}\`.`);
  }
  return [];
}

function visitList(node: ArrayExpression, place: Place): Found {
  const items = node.elements.flatMap((element) => {
    if (element === null) return refuse(place, "VRS3002", node, "A list may not have holes.", "Write every item.");
    return visit(element.type === "SpreadElement" ? element.argument : element, place);
  });
  return [...refuseAmbiguous(node.elements, place), ...items];
}

function visitProperty(node: Property, place: Place): Found {
  if (node.kind !== "init" || node.method) {
    return refuse(place, "VRS3002", node, "An object holds values, not functions.", "Write `name: value`.");
  }
  if (node.computed) return refuse(place, "VRS3002", node.key, "A key is constant.", "Write the key out.");
  const key = propertyKey(node);
  if (key === undefined) return refuse(place, "VRS3002", node.key, "A key is a name, a text or a whole number.");
  if (key === "__proto__") return refuse(place, "VRS3002", node.key, "`__proto__` cannot be a key.");
  return visit(node.value, place);
}

const arithmetic = ["+", "-", "*", "/", "%", "**"];
const comparisons = ["<", "<=", ">", ">="];

function visitOperator(node: Extract<AnyNode, { type: "BinaryExpression" }>, place: Place): Found {
  const { operator, left } = node;
  if (comparisons.includes(operator)) {
    if (left.type !== "BinaryExpression" || !comparisons.includes(left.operator)) return [];
    return refuse(place, "VRS3002", node, "Comparisons do not chain.", "Write `a < b && b < c`.");
  }
  const known = arithmetic.includes(operator) || operator === "===" || operator === "!==";
  return known ? [] : refuseOperator(node, place);
}

function refuseOperator(node: Extract<AnyNode, { type: "BinaryExpression" | "UnaryExpression" }>, place: Place): Found {
  const { operator } = node;
  return refuse(place, "VRS3002", node, `The operator \`${operator}\` does not exist here.`, operators[operator]);
}
