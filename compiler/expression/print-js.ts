// An expression as guarded JavaScript, printed from its tree: no character of the author's text is copied. Names are
// the known roots, parameters become `$p0`, `$p1`, …, texts are quoted anew. `$` is the run time's library; whatever
// could grow, coerce, loop or reach a prototype goes through it.

import type { AnyNode, ArrowFunctionExpression, CallExpression, MemberExpression, SpreadElement } from "acorn";
import { isFunctionName, isMethodName } from "../../schema/functions.ts";
import { builtinNames, prototypeNames } from "./builtin-names.ts";
import { constantKey, propertyKey } from "./names.ts";
import { isRoot } from "./roots.ts";
import { sizeOf } from "./size.ts";
import type { Expression } from "./template.ts";

/** Parameters by the author's name; the numbers given out so far. */
interface Scope {
  readonly bound: ReadonlyMap<string, string>;
  readonly next: () => number;
}

/**
 * One JavaScript expression, safe as an operand of anything. Evaluating it may throw what `$.failed` explains.
 * The expression must have passed `restrict`; throws on what it would have refused.
 */
export function printJs(expression: Expression): string {
  let count = 0;
  return print(expression.node, { bound: new Map(), next: () => count++ });
}

/** A text as a literal that is safe in any JavaScript and HTML. */
export function quote(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u2028\u2029<]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
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
      return printChain(node, scope);
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

/** A bug of ours: restrict lets nothing through that is not printed here. */
function unknown(what: string): never {
  throw new Error(`an expression with \`${what}\` reached the printer`);
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

/** One link of `a.b?.c.map(f)`. */
interface Link {
  readonly optional: boolean;
  /** JavaScript's own access, to be put behind the object. */
  readonly own?: (optional: boolean) => string;
  readonly apply: (object: string) => string;
}

function printChain(node: MemberExpression | CallExpression, scope: Scope): string {
  const links: Link[] = [];
  let base: AnyNode = node;
  while (base.type === "MemberExpression" || base.type === "CallExpression") {
    if (base.type === "CallExpression") {
      const { callee }: CallExpression = base;
      if (callee.type === "Identifier") break;
      if (callee.type !== "MemberExpression") return unknown("call");
      links.unshift(printMethod(base, callee, scope));
      base = callee.object;
    } else {
      links.unshift(printMember(base, scope));
      base = base.object;
    }
  }
  const start = base.type === "CallExpression" ? printFunction(base, scope) : print(base, scope);
  // `1.n` would be a broken number.
  return follow(base.type === "Literal" ? `(${start})` : start, links, scope);
}

/** Helpers cannot be skipped by `?.`; then the rest of the chain becomes a function of the object. */
function follow(start: string, links: readonly Link[], scope: Scope): string {
  let code = start;
  for (const [index, link] of links.entries()) {
    const rest = links.slice(index);
    if (!link.optional || rest.every(({ own }) => own !== undefined)) {
      code = link.own === undefined ? link.apply(code) : code + link.own(link.optional);
      continue;
    }
    const [, ...others] = rest;
    const name = `$t${scope.next()}`;
    const inner = follow(name, [{ ...link, optional: false }, ...others], scope);
    return `((${name}) => (${name} === undefined || ${name} === null ? undefined : ${inner}))(${code})`;
  }
  return code;
}

function printMember(node: MemberExpression, scope: Scope): Link {
  const { optional } = node;
  const name = constantKey(node);
  if (name !== undefined) {
    if (prototypeNames.has(name)) return unknown(name);
    const key = quote(name);
    if (builtinNames.has(name)) return { optional, apply: (object) => `$.own(${object}, ${key})` };
    const plain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
    return ownLink(optional, plain ? name : `[${key}]`, plain);
  }
  const { property } = node;
  if (property.type === "Literal" && typeof property.value === "number" && Number.isSafeInteger(property.value)) {
    return ownLink(optional, `[${property.value}]`, false);
  }
  const index = print(property, scope);
  return { optional, apply: (object) => `$.index(${object}, ${index})` };
}

function ownLink(optional: boolean, access: string, plain: boolean): Link {
  const own = (asks: boolean): string => (asks ? `?.${access}` : plain ? `.${access}` : access);
  return { optional, own, apply: (object) => object + own(false) };
}

function printMethod(node: CallExpression, callee: MemberExpression, scope: Scope): Link {
  const name = callee.property.type === "Identifier" && !callee.computed ? callee.property.name : unknown("call");
  if (!isMethodName(name)) return unknown(name);
  const rest = node.arguments.map((argument) => printArgument(argument, scope));
  return { optional: callee.optional, apply: (object) => `$.${name}(${[object, ...rest].join(", ")})` };
}

function printFunction(node: CallExpression, scope: Scope): string {
  const name = node.callee.type === "Identifier" ? node.callee.name : unknown("call");
  if (!isFunctionName(name) || scope.bound.has(name)) return unknown(name);
  return `$.${name}(${node.arguments.map((argument) => printArgument(argument, scope)).join(", ")})`;
}

function printArgument(node: AnyNode | SpreadElement, scope: Scope): string {
  return node.type === "ArrowFunctionExpression" ? printCallback(node, scope) : print(node, scope);
}

/** Items are counted by the methods; what is done for each of them counts here, by its size. */
const nodesPerTick = 16;

function printCallback(node: ArrowFunctionExpression, scope: Scope): string {
  const bound = new Map(scope.bound);
  const names = node.params.map((parameter) => {
    if (parameter.type !== "Identifier") return unknown("parameter");
    const name = `$p${scope.next()}`;
    bound.set(parameter.name, name);
    return name;
  });
  if (node.body.type === "BlockStatement") return unknown("block");
  const body = print(node.body, { ...scope, bound });
  const ticks = Math.floor(sizeOf(node.body).nodes / nodesPerTick);
  return `(${names.join(", ")}) => ${ticks === 0 ? body : `($.tick(${ticks}), ${body})`}`;
}
