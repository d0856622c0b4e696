// From a scalar's text to its parts: constant, one expression, or text with expressions in it. Where `${ … }` ends is
// decided with the language's own rules: strings, templates, braces and comments may hold a `}`.

import { type Expression as Node, parseExpressionAt } from "acorn";
import type { Code } from "../../schema/codes.ts";
import { closingBrace } from "./closing-brace.ts";
import { names } from "./names.ts";
import { maxCharacters, maxDepth, maxNodes, sizeOf } from "./size.ts";

export interface Expression {
  /** The text between `${` and `}`. */
  readonly source: string;
  /** Offset of `source` within the scalar's value. */
  readonly offset: number;
  /** Its tree; positions are offsets in `source`. At most 500 nodes, 32 deep. */
  readonly node: Node;
  /** Comments inside `source`. */
  readonly comments: readonly { readonly start: number; readonly end: number }[];
  /** Free names: `body`, `settings`, …; functions and parameters left out. */
  readonly roots: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
  readonly settings: ReadonlySet<string>;
}

export type Template =
  | { readonly kind: "constant"; readonly value: string }
  | { readonly kind: "expression"; readonly expression: Expression }
  | { readonly kind: "text"; readonly parts: readonly (string | Expression)[] };

/** Something wrong with an expression; `start` and `end` are offsets in the scalar's value. */
export interface Problem {
  readonly code: Code;
  readonly message: string;
  readonly start: number;
  readonly end: number;
  readonly help?: string;
}

export interface Parsed {
  readonly template: Template;
  readonly problems: readonly Problem[];
}

/** Never throws; what does not parse is a problem and left out of the template. */
export function parseTemplate(text: string): Parsed {
  const problems: Problem[] = [];
  const parts: (string | Expression)[] = [];
  let literal = "";
  let at = 0;
  for (let next = text.indexOf("${"); next !== -1; next = text.indexOf("${", at)) {
    if (next > at && text[next - 1] === "$") {
      literal += `${text.slice(at, next - 1)}\${`;
      at = next + 2;
      continue;
    }
    literal += text.slice(at, next);
    const read = readExpression(text, next + 2);
    if ("problem" in read) problems.push(read.problem);
    else {
      if (literal !== "") parts.push(literal);
      literal = "";
      parts.push(read.expression);
    }
    at = read.end;
  }
  literal += text.slice(at);
  return { template: toTemplate(parts, literal), problems };
}

function toTemplate(parts: readonly (string | Expression)[], tail: string): Template {
  const [only] = parts;
  if (only === undefined) return { kind: "constant", value: tail };
  // A block's last newline does not count: `|` must not turn an expression into text.
  if (parts.length === 1 && typeof only === "object" && (tail === "" || tail === "\n")) {
    return { kind: "expression", expression: only };
  }
  return { kind: "text", parts: tail === "" ? parts : [...parts, tail] };
}

type Read = { readonly end: number } & ({ readonly expression: Expression } | { readonly problem: Problem });

function readExpression(text: string, start: number): Read {
  const close = closingBrace(text, start);
  if (close === undefined) return { end: text.length, problem: unclosed(text, start) };
  const source = text.slice(start, close);
  const result = parse(source, start);
  return "node" in result ? { end: close + 1, expression: result } : { end: close + 1, problem: result };
}

function parse(source: string, offset: number): Expression | Problem {
  const bad = (code: Code, message: string, from = 0, to = source.length, help?: string): Problem => ({
    code,
    message,
    start: offset + from,
    end: offset + to,
    ...(help === undefined ? {} : { help }),
  });
  if (source.length > maxCharacters) {
    const message = `The expression has ${source.length} characters; ${maxCharacters} are allowed.`;
    return bad("VRS3005", message, 0, source.length, "Split it over several `map` steps.");
  }
  if (source.trim() === "") return bad("VRS3001", "The expression is empty.");
  const comments: { readonly start: number; readonly end: number }[] = [];
  try {
    const node = parseExpressionAt(source, 0, {
      ecmaVersion: 2023,
      sourceType: "module",
      preserveParens: true,
      onComment: (_block, _text, start, end) => comments.push({ start, end }),
    });
    const rest = afterTrivia(source, node.end);
    if (rest < source.length) {
      const next = source.slice(rest, rest + 20);
      return bad("VRS3001", `The expression is over before \`${next}\`.`, rest, source.length, "Write one expression.");
    }
    const { nodes, depth } = sizeOf(node);
    if (nodes > maxNodes) return bad("VRS3005", `The expression has ${nodes} nodes; ${maxNodes} are allowed.`);
    if (depth > maxDepth) return bad("VRS3005", `The expression is nested ${depth} deep; ${maxDepth} is allowed.`);
    return { source, offset, node, comments, ...names(node) };
  } catch (error) {
    // The parser recurses: thousands of brackets or operators in a row exhaust its stack, which it may notice itself.
    if (error instanceof RangeError || /stack space/.test(String(error)))
      return bad("VRS3005", `The expression is nested more than ${maxDepth} deep.`);
    const where = Math.min(positionOf(error), source.length - 1);
    const reason = reasonOf(error);
    if (/regular expression/.test(reason)) {
      return bad(
        "VRS3002",
        "Regular expressions do not exist here.",
        where,
        where + 1,
        'Write `matches(text, "^…$")`.',
      );
    }
    return bad("VRS3001", `The expression does not parse: ${reason}.`, where, where + 1);
  }
}

function unclosed(text: string, start: number): Problem {
  const commented = text.slice(text.lastIndexOf("\n") + 1).includes("//");
  return {
    code: "VRS3006",
    message: "This `${` is never closed.",
    start: start - 2,
    end: text.length,
    help: commented
      ? "A `//` comment reaches to the end of its line; put the expression in a `|-` block to keep the lines apart."
      : "Add the missing `}`; over several lines, write it in a `|-` block; a literal `${` is written `$${`.",
  };
}

function afterTrivia(source: string, from: number): number {
  const rest = /^(?:\s+|\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?\*\/)*/.exec(source.slice(from));
  return from + (rest?.[0].length ?? 0);
}

function positionOf(error: unknown): number {
  const pos = error instanceof SyntaxError && "pos" in error ? error.pos : 0;
  return typeof pos === "number" ? pos : 0;
}

/** acorn's words without its position: we have a better one. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const plain = message.replace(/\s*\(\d+:\d+\)$/, "");
  return plain.charAt(0).toLowerCase() + plain.slice(1);
}
