// Property access, calls and callbacks as guarded JavaScript: `a.b?.c.map(x => x.d)`. What JavaScript does itself for own
// properties stays as it is; the rest goes through the library.

import type { AnyNode, ArrowFunctionExpression, CallExpression, MemberExpression } from "acorn";
import type { FunctionEntry } from "../../schema/functions/entry.ts";
import { functions, isFunctionName, isMethodName } from "../../schema/functions.ts";
import { automatonText } from "../contract/pattern.ts";
import { builtinNames, prototypeNames } from "./builtin-names.ts";
import { constantKey } from "./names.ts";
import { type Print, quote, type Scope, unknown } from "./printed.ts";
import { literalText } from "./restrict-literal.ts";
import { sizeOf } from "./size.ts";

/** One link of `a.b?.c.map(f)`. */
interface Link {
  readonly optional: boolean;
  /** JavaScript's own access, to be put behind the object. */
  readonly own?: (optional: boolean) => string;
  readonly apply: (object: string) => string;
}

export function printChain(node: MemberExpression | CallExpression, scope: Scope, print: Print): string {
  const links: Link[] = [];
  let base: AnyNode = node;
  while (base.type === "MemberExpression" || base.type === "CallExpression") {
    if (base.type === "CallExpression") {
      const { callee }: CallExpression = base;
      if (callee.type === "Identifier") break;
      if (callee.type !== "MemberExpression") return unknown("call");
      links.unshift(printMethod(base, callee, scope, print));
      base = callee.object;
    } else {
      links.unshift(printMember(base, scope, print));
      base = base.object;
    }
  }
  const start = base.type === "CallExpression" ? printFunction(base, scope, print) : print(base, scope);
  // `1.n` would be a broken number, in parentheses or not.
  return follow(/^\d/.test(start) ? `(${start})` : start, links, scope);
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

function printMember(node: MemberExpression, scope: Scope, print: Print): Link {
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

function printMethod(node: CallExpression, callee: MemberExpression, scope: Scope, print: Print): Link {
  const name = callee.property.type === "Identifier" && !callee.computed ? callee.property.name : unknown("call");
  if (!isMethodName(name)) return unknown(name);
  const rest = node.arguments.map((argument) => printArgument(argument, scope, print));
  return { optional: callee.optional, apply: (object) => `$.${name}(${[object, ...rest].join(", ")})` };
}

function printFunction(node: CallExpression, scope: Scope, print: Print): string {
  const name = node.callee.type === "Identifier" ? node.callee.name : unknown("call");
  if (!isFunctionName(name) || scope.bound.has(name)) return unknown(name);
  const { literals = {} }: FunctionEntry = functions[name];
  const printed = node.arguments.map((argument, index) =>
    literals[index] === "pattern" ? printPattern(argument) : printArgument(argument, scope, print),
  );
  return `$.${name}(${printed.join(", ")})`;
}

/** As a text, which costs nothing until the run time asks for its table. */
function printPattern(node: AnyNode): string {
  return quote(automatonText(literalText(node) ?? unknown("pattern")));
}

function printArgument(node: AnyNode, scope: Scope, print: Print): string {
  return node.type === "ArrowFunctionExpression" ? printCallback(node, scope, print) : print(node, scope);
}

/** Items are counted by the methods; what is done for each of them counts here, by its size. */
const nodesPerTick = 16;

function printCallback(node: ArrowFunctionExpression, scope: Scope, print: Print): string {
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
