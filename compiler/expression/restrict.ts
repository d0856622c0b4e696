// The first of three walls around an expression: its tree may hold what is listed here and nothing else. (The others:
// types without a standard library, and the run time's guarded helpers.) Every construct has a case that lets it
// through; what has none is refused, also when the parser learns it later.

import type { AnyNode, ArrowFunctionExpression, CallExpression, Literal, MemberExpression, Property } from "acorn";
import type { Code } from "../../schema/codes.ts";
import {
  callbackParameters,
  functions,
  isCallbackMethod,
  isFunctionName,
  isMethodName,
  listMethods,
  numberMethods,
  stringMethods,
} from "../../schema/functions.ts";
import { nearest } from "../nearest.ts";
import { genericCall } from "./ambiguity.ts";
import { prototypeNames } from "./builtin-names.ts";
import { constructs, globals, methods, operators } from "./instead.ts";
import { constantKey, escaped, parameters, propertyKey } from "./names.ts";
import { isConstantRoot, isRoot } from "./roots.ts";
import type { Expression, Problem } from "./template.ts";

export const maxNestedCallbacks = 3;

interface Scope {
  readonly bound: ReadonlySet<string>;
  readonly callbacks: number;
}

interface Restriction {
  readonly expression: Expression;
  readonly roots: readonly string[];
  refuse(code: Code, node: { readonly start: number; readonly end: number }, message: string, help?: string): void;
}

/** Everything in the expression that the language does not have, in the order of the text. */
export function restrict(expression: Expression, allowed: { readonly roots: readonly string[] }): readonly Problem[] {
  const problems: Problem[] = [];
  const at = (offset: number): number => expression.offset + offset;
  const restriction: Restriction = {
    expression,
    roots: allowed.roots,
    refuse: (code, { start, end }, message, help) =>
      problems.push({ code, message, start: at(start), end: at(end), ...(help === undefined ? {} : { help }) }),
  };
  visit(expression.node, { bound: new Set(), callbacks: 0 }, restriction);
  return problems.sort((a, b) => a.start - b.start);
}

function visit(node: AnyNode, scope: Scope, to: Restriction): void {
  const inside = (child: AnyNode): void => visit(child, scope, to);
  switch (node.type) {
    case "ParenthesizedExpression":
    case "ChainExpression":
      return inside(node.expression);
    case "Identifier":
      return visitName(node, scope, to);
    case "Literal":
      return visitLiteral(node, to);
    case "TemplateLiteral":
      return node.expressions.forEach(inside);
    case "MemberExpression":
      return visitMember(node, scope, to);
    case "CallExpression":
      return visitCall(node, scope, to);
    case "ConditionalExpression":
      return [node.test, node.consequent, node.alternate].forEach(inside);
    case "LogicalExpression":
      return [node.left, node.right].forEach(inside);
    case "BinaryExpression":
      visitOperator(node, to);
      return [node.left, node.right].forEach(inside);
    case "UnaryExpression":
      if (node.operator !== "!" && node.operator !== "-") refuseOperator(node, to);
      return inside(node.argument);
    case "ArrayExpression":
      refuseAmbiguous(node.elements, to);
      return node.elements.forEach((element) => {
        if (element === null) to.refuse("VRS3002", node, "A list may not have holes.", "Write every item.");
        else inside(element.type === "SpreadElement" ? element.argument : element);
      });
    case "ObjectExpression":
      return node.properties.forEach((property) => {
        if (property.type === "SpreadElement") inside(property.argument);
        else visitProperty(property, scope, to);
      });
    case "ArrowFunctionExpression":
      return to.refuse(
        "VRS3002",
        node,
        "A function may only be the argument of a method that takes one.",
        `Those are ${Object.keys(callbackParameters).join(", ")}.`,
      );
    default: {
      const told = constructs[node.type] ?? { what: `\`${node.type}\`` };
      return to.refuse("VRS3002", node, `${told.what} does not exist in expressions.`, told.help);
    }
  }
}

function visitName(node: Extract<AnyNode, { type: "Identifier" }>, { bound }: Scope, to: Restriction): void {
  const { name } = node;
  if (escaped(node)) return to.refuse("VRS3002", node, "A name may not hold an escape.", `Write \`${name}\`.`);
  if (name === "undefined" || bound.has(name)) return;
  if (isFunctionName(name)) {
    return to.refuse(
      "VRS3002",
      node,
      `\`${name}\` is a function, not a value.`,
      `Call it: \`${functions[name].example}\`.`,
    );
  }
  if (to.roots.includes(name)) {
    if (!isConstantRoot(name)) return;
    // Reached only when no constant name follows: which values a bundle reads must be known.
    return to.refuse("VRS3002", node, `\`${name}\` is not a value of its own.`, `Name one of them: \`${name}.name\`.`);
  }
  if (name === "secrets") {
    return to.refuse(
      "VRS3008",
      node,
      "A secret may not stand here.",
      "Secrets belong in connections and connector settings, never in a payload, a condition or an id.",
    );
  }
  if (isRoot(name)) return refuseRoot(node, name, to);
  const names = [...to.roots, ...bound, ...Object.keys(functions)];
  to.refuse(
    "VRS3003",
    node,
    `There is no \`${name}\` here.`,
    globals[name] ?? didYouMean(name, names) ?? here(to.roots),
  );
}

function refuseRoot(node: AnyNode, name: string, to: Restriction): void {
  const constant = to.roots.every(isConstantRoot);
  const message = constant
    ? `\`${name}\` is not known here: the value is fixed before any message.`
    : `There is no \`${name}\` at this place.`;
  to.refuse("VRS3007", node, message, here(to.roots));
}

const here = (roots: readonly string[]): string =>
  roots.length === 0 ? "Write a constant." : `Here are ${roots.map((root) => `\`${root}\``).join(", ")}.`;

function didYouMean(name: string, known: readonly string[]): string | undefined {
  const guess = nearest(name, known);
  return guess === undefined ? undefined : `Did you mean \`${guess}\`?`;
}

function visitLiteral(node: Literal, to: Restriction): void {
  const { value } = node;
  if (node.regex !== undefined) {
    return to.refuse("VRS3002", node, "Regular expressions do not exist here.", methods.match);
  }
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value !== "number") {
    return to.refuse("VRS3002", node, "Whole numbers with `n` do not exist here.", "Leave the `n` out.");
  }
  if (!Number.isFinite(value)) to.refuse("VRS3002", node, "The number is too large.");
}

function visitMember(node: MemberExpression, scope: Scope, to: Restriction): void {
  const name = constantKey(node);
  if (node.property.type === "PrivateIdentifier") {
    to.refuse("VRS3002", node.property, "Private names do not exist here.");
  } else if (name === undefined) visit(node.property, scope, to);
  else if (prototypeNames.has(name)) {
    to.refuse("VRS3002", node.property, `\`${name}\` leads to a prototype and cannot be read.`);
  } else if (!node.computed && node.property.type === "Identifier" && escaped(node.property)) {
    to.refuse("VRS3002", node.property, "A name may not hold an escape.", `Write \`${name}\`.`);
  }
  const { object } = node;
  const named = object.type === "Identifier" && !escaped(object) && to.roots.includes(object.name);
  if (named && isConstantRoot(object.name) && name !== undefined) return;
  visit(object, scope, to);
}

function visitCall(node: CallExpression, scope: Scope, to: Restriction): void {
  const { callee } = node;
  const method = callee.type === "MemberExpression" ? visitMethod(node, callee, scope, to) : undefined;
  if (callee.type !== "MemberExpression") visitFunction(node, scope, to);
  refuseAmbiguous(node.arguments, to);
  node.arguments.forEach((argument, index) => {
    if (argument.type === "SpreadElement") {
      to.refuse(
        "VRS3002",
        argument,
        "`...` may stand in a list or an object, not in a call.",
        "Write the arguments out.",
      );
    } else if (method !== undefined && isCallbackMethod(method) && index === 0) {
      visitCallback(argument, callbackParameters[method], method, scope, to);
    } else visit(argument, scope, to);
  });
  if (method !== undefined && isCallbackMethod(method) && node.arguments.length === 0) {
    to.refuse("VRS3002", node, `\`${method}\` takes a callback.`, `For example \`${listMethods[method].example}\`.`);
  }
}

function visitFunction(node: CallExpression, scope: Scope, to: Restriction): void {
  const { callee } = node;
  if (callee.type !== "Identifier") {
    return to.refuse("VRS3002", callee, "Only functions and methods can be called, by their names.");
  }
  if (node.optional) to.refuse("VRS3002", node, "`?.(` does not exist: functions are always there.", "Write `(`.");
  if (escaped(callee)) return visitName(callee, scope, to);
  if (isFunctionName(callee.name) && !scope.bound.has(callee.name)) return;
  const known = Object.keys(functions);
  const help = globals[callee.name] ?? didYouMean(callee.name, known) ?? `There are ${known.join(", ")}.`;
  to.refuse("VRS3004", callee, `There is no function \`${callee.name}\`.`, help);
}

/** The method's name, when it may be called. */
function visitMethod(
  node: CallExpression,
  callee: MemberExpression,
  scope: Scope,
  to: Restriction,
): string | undefined {
  visit(callee.object, scope, to);
  const { property } = callee;
  if (callee.computed || property.type !== "Identifier") {
    to.refuse("VRS3002", property, "A method is called by its plain name.", "Write `x.name(…)`.");
    return undefined;
  }
  if (node.optional) to.refuse("VRS3002", node, "`?.(` does not exist: methods are always there.", "Write `(`.");
  const { name } = property;
  if (isMethodName(name) && !escaped(property)) return name;
  const { object } = callee;
  const global = object.type === "Identifier" && !scope.bound.has(object.name) ? globals[object.name] : undefined;
  // `Math.round(x)`: the unknown name has been reported, and its help says it all.
  if (global !== undefined && object.type === "Identifier" && !to.roots.includes(object.name)) return undefined;
  const known = [...Object.keys(stringMethods), ...Object.keys(numberMethods), ...Object.keys(listMethods)];
  to.refuse(
    "VRS3004",
    property,
    `There is no method \`${name}\`.`,
    (Object.hasOwn(methods, name) ? methods[name] : undefined) ?? didYouMean(name, known),
  );
  return undefined;
}

function visitCallback(node: AnyNode, most: number, method: string, scope: Scope, to: Restriction): void {
  if (node.type !== "ArrowFunctionExpression") {
    return to.refuse("VRS3002", node, `\`${method}\` takes a callback written in place.`, "Write `x => …`.");
  }
  if (scope.callbacks === maxNestedCallbacks) {
    return to.refuse("VRS3005", node, `Callbacks are nested more than ${maxNestedCallbacks} deep.`, "Use two steps.");
  }
  if (node.async) to.refuse("VRS3002", node, "`async` does not exist in expressions.");
  if (!node.expression) {
    return to.refuse(
      "VRS3002",
      node.body,
      "A callback is one expression.",
      "An object needs parentheses: `x => ({ … })`.",
    );
  }
  visitParameters(node, most, method, scope, to);
  visit(node.body, { bound: new Set([...scope.bound, ...parameters(node)]), callbacks: scope.callbacks + 1 }, to);
}

function visitParameters(
  node: ArrowFunctionExpression,
  most: number,
  method: string,
  scope: Scope,
  to: Restriction,
): void {
  const extra = node.params[most];
  if (extra !== undefined)
    to.refuse("VRS3002", extra, `The callback of \`${method}\` takes at most ${most} parameters.`);
  const seen = new Set<string>();
  for (const parameter of node.params) {
    if (parameter.type !== "Identifier") {
      to.refuse(
        "VRS3002",
        parameter,
        "A parameter is a plain name.",
        "Write `x => x.name` instead of `({ name }) => name`.",
      );
      continue;
    }
    const { name } = parameter;
    if (escaped(parameter) || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      to.refuse("VRS3002", parameter, "A parameter's name is made of letters, digits and `_`.");
    } else if (
      isRoot(name) ||
      isFunctionName(name) ||
      name === "undefined" ||
      scope.bound.has(name) ||
      seen.has(name)
    ) {
      to.refuse(
        "VRS3002",
        parameter,
        `The parameter \`${name}\` would hide another \`${name}\`.`,
        "Choose another name.",
      );
    }
    seen.add(name);
  }
}

function visitProperty(node: Property, scope: Scope, to: Restriction): void {
  if (node.kind !== "init" || node.method) {
    return to.refuse("VRS3002", node, "An object holds values, not functions.", "Write `name: value`.");
  }
  if (node.computed) return to.refuse("VRS3002", node.key, "Keys are constant.", "Write the key out.");
  const key = propertyKey(node);
  if (key === undefined) return to.refuse("VRS3002", node.key, "A key is a name, a text or a whole number.");
  if (key === "__proto__") return to.refuse("VRS3002", node.key, "`__proto__` cannot be a key.");
  visit(node.value, scope, to);
}

const arithmetic = ["+", "-", "*", "/", "%", "**"];
const comparisons = ["<", "<=", ">", ">="];

function visitOperator(node: Extract<AnyNode, { type: "BinaryExpression" }>, to: Restriction): void {
  const { operator, left } = node;
  if (comparisons.includes(operator)) {
    if (left.type === "BinaryExpression" && comparisons.includes(left.operator)) {
      to.refuse("VRS3002", node, "Comparisons do not chain.", "Write `a < b && b < c`.");
    }
    return;
  }
  if (!arithmetic.includes(operator) && operator !== "===" && operator !== "!==") refuseOperator(node, to);
}

function refuseOperator(
  node: Extract<AnyNode, { type: "BinaryExpression" | "UnaryExpression" }>,
  to: Restriction,
): void {
  to.refuse("VRS3002", node, `The operator \`${node.operator}\` does not exist here.`, operators[node.operator]);
}

function refuseAmbiguous(items: readonly (AnyNode | null)[], to: Restriction): void {
  const found = genericCall(items, to.expression.source);
  if (found === undefined) return;
  to.refuse("VRS3002", found, "These comparisons can be read in two ways.", "Put each comparison in parentheses.");
}
