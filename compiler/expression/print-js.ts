// An expression as guarded JavaScript, printed from its tree: no character of the author's text is copied. Names are
// the known roots, parameters become `$p0`, `$p1`, …, texts are quoted anew. `$` is the run time's library; whatever
// could grow, coerce, loop or reach a prototype goes through it.

import type { AnyNode } from "acorn";
import { propertyKey } from "./names.ts";
import { printChain } from "./print-chain.ts";
import { quote, type Scope, unknown } from "./printed.ts";
import { isRoot } from "./roots.ts";
import type { Expression } from "./template.ts";

/**
 * One JavaScript expression, safe as an operand of anything. Evaluating it may throw what `$.failed` explains.
 * The expression must have passed `restrict`; throws on what it would have refused. `bound`: names of the surroundings
 * (items of a template's loops) and what they are called in the code.
 */
export function printJs(expression: Expression, bound: ReadonlyMap<string, string> = new Map()): string {
  let count = 0;
  return print(expression.node, { bound, next: () => count++ });
}

function print(node: AnyNode, scope: Scope): string {
  switch (node.type) {
    case "ParenthesizedExpression":
    case "ChainExpression":
      return print(node.expression, scope);
    case "Identifier":
      return printName(node.name, scope);
    case "Literal":
      return printLiteral(node.value);
    case "TemplateLiteral":
      return printTemplate(node, scope);
    case "MemberExpression":
    case "CallExpression":
      return printChain(node, scope, print);
    case "ConditionalExpression":
      return `(${print(node.test, scope)} ? ${print(node.consequent, scope)} : ${print(node.alternate, scope)})`;
    case "LogicalExpression":
      return `(${print(node.left, scope)} ${node.operator} ${print(node.right, scope)})`;
    case "BinaryExpression":
      return printOperator(node, scope);
    case "UnaryExpression":
      if (node.operator === "!") return `(!${print(node.argument, scope)})`;
      if (node.operator === "-") return printNegative(node.argument, scope);
      return unknown(node.operator);
    case "ArrayExpression":
      return printList(node.elements, scope);
    case "ObjectExpression":
      return printObject(node, scope);
    default:
      return unknown(node.type);
  }
}

function printNegative(node: AnyNode, scope: Scope): string {
  if (node.type === "Literal" && typeof node.value === "number") return `(-${printLiteral(node.value)})`;
  return `$.negate(${print(node, scope)})`;
}

function printName(name: string, { bound }: Scope): string {
  if (name === "undefined") return "undefined";
  return bound.get(name) ?? (isRoot(name) ? name : unknown(name));
}

function printLiteral(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return value === null || typeof value === "boolean" ? String(value) : unknown("Literal");
}

function printTemplate({ quasis, expressions }: Extract<AnyNode, { type: "TemplateLiteral" }>, scope: Scope): string {
  const parts = quasis.flatMap((quasi, index) => {
    const text = quasi.value.cooked ?? "";
    const next = expressions[index];
    return [...(text === "" ? [] : [quote(text)]), ...(next === undefined ? [] : [`$.text(${print(next, scope)})`])];
  });
  if (expressions.length === 0) return parts[0] ?? '""';
  return `$.bounded(${parts.join(" + ")})`;
}

const helpers: Readonly<Record<string, string>> = {
  "+": "add",
  "-": "subtract",
  "*": "multiply",
  "/": "divide",
  "%": "remainder",
  "**": "power",
  "<": "less",
  "<=": "lessOrEqual",
  ">": "greater",
  ">=": "greaterOrEqual",
};

function printOperator(node: Extract<AnyNode, { type: "BinaryExpression" }>, scope: Scope): string {
  const left = print(node.left, scope);
  const right = print(node.right, scope);
  if (node.operator === "===" || node.operator === "!==") {
    // Only two long texts take time to compare.
    if (isShort(node.left) || isShort(node.right)) return `(${left} ${node.operator} ${right})`;
    return node.operator === "===" ? `$.same(${left}, ${right})` : `(!$.same(${left}, ${right}))`;
  }
  return `$.${helpers[node.operator] ?? unknown(node.operator)}(${left}, ${right})`;
}

function isShort(node: AnyNode): boolean {
  if (node.type === "Literal") return typeof node.value !== "string" || node.value.length <= 64;
  return node.type === "Identifier" && node.name === "undefined";
}

function printList(elements: readonly (AnyNode | null)[], scope: Scope): string {
  const printed: { readonly spread: boolean; readonly code: string }[] = elements.map((element) => {
    if (element === null) return unknown("hole");
    if (element.type !== "SpreadElement") return { spread: false, code: print(element, scope) };
    return { spread: true, code: print(element.argument, scope) };
  });
  if (!printed.some(({ spread }) => spread)) return `[${printed.map(({ code }) => code).join(", ")}]`;
  const chunks: string[] = [];
  let plain: string[] = [];
  for (const { spread, code } of printed) {
    if (!spread) {
      plain.push(code);
      continue;
    }
    if (plain.length > 0) chunks.push(`[${plain.join(", ")}]`);
    plain = [];
    chunks.push(code);
  }
  if (plain.length > 0) chunks.push(`[${plain.join(", ")}]`);
  return `$.list(${chunks.join(", ")})`;
}

function printObject(node: Extract<AnyNode, { type: "ObjectExpression" }>, scope: Scope): string {
  const members = node.properties.map((property) => {
    if (property.type === "SpreadElement") return `...$.fields(${print(property.argument, scope)})`;
    const key = propertyKey(property);
    if (key === undefined || key === "__proto__") return unknown("key");
    return `${quote(key)}: ${print(property.value, scope)}`;
  });
  return `({ ${members.join(", ")} })`;
}
