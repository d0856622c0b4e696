// What a hand may get wrong in an expression: a field for another, a constant, a comparison, a default that is not
// there, a condition turned round. Each is a few edits of the expression's text.

import type { AnyNode, BinaryOperator, Expression as Node } from "acorn";

interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Edit extends Span {
  readonly text: string;
}

export interface Change {
  /** `body.id → body.name`. */
  readonly what: string;
  /** Offsets in the expression's source; none touches another. */
  readonly edits: readonly Edit[];
}

/** Names that may be written instead of one, of which some are of another type. */
export type Siblings = (name: string) => readonly string[];

export interface Around {
  readonly siblings: Siblings;
  /** It decides whether something happens. */
  readonly condition: boolean;
}

export function changesOf(source: string, node: Node, { siblings, condition }: Around): readonly Change[] {
  const changes: Change[] = [];
  const change = (at: Span, ...edits: readonly Edit[]): void => {
    const seen = around(source, at, edits);
    const before = source.slice(seen.start, seen.end);
    changes.push({ what: `${short(before)} → ${short(applied(source, edits, seen.start, seen.end))}`, edits });
  };
  // What is one comparison is turned round below.
  if (condition && node.type !== "BinaryExpression") change(node, insert(node.start, "!("), insert(node.end, ")"));
  visit(node, (each) => {
    switch (each.type) {
      case "MemberExpression":
        return fieldChanges(each, siblings, change);
      case "Literal":
        return literalChange(each, change);
      case "TemplateElement":
        if (each.value.raw.trim() !== "") change(each, insert(each.end, "~"));
        return;
      case "BinaryExpression": {
        const other = otherOperator[each.operator];
        if (other !== undefined) change(each, operator(source, each, other));
        return;
      }
      case "LogicalExpression":
        if (each.operator === "??") change(each, { start: each.left.end, end: each.right.end, text: "" });
        else change(each, operator(source, each, each.operator === "&&" ? "||" : "&&"));
        return;
      case "ConditionalExpression": {
        const [yes, no] = [textOf(source, each.consequent), textOf(source, each.alternate)];
        change(each, { ...range(each.consequent), text: no }, { ...range(each.alternate), text: yes });
        return;
      }
      case "UnaryExpression":
        if (each.operator === "!" || each.operator === "-") {
          change(each, { start: each.start, end: each.argument.start, text: "" });
        }
        return;
      case "CallExpression":
        // `x.trim()` → `x`
        if (each.callee.type === "MemberExpression" && each.arguments.length === 0) {
          change(each, { start: each.callee.object.end, end: each.end, text: "" });
        }
        return;
    }
  });
  return changes;
}

type Member = Extract<AnyNode, { readonly type: "MemberExpression" }>;
type Literal = Extract<AnyNode, { readonly type: "Literal" }>;
type Told = (at: Span, ...edits: readonly Edit[]) => void;

function fieldChanges({ property, computed, start, end }: Member, siblings: Siblings, change: Told): void {
  const at = { start, end };
  if (!computed && property.type === "Identifier") {
    for (const other of siblings(property.name)) change(at, { ...range(property), text: other });
  }
  if (computed && property.type === "Literal" && typeof property.value === "string") {
    for (const other of siblings(property.value)) change(at, { ...range(property), text: quoted(property, other) });
  }
}

function literalChange(literal: Literal, change: Told): void {
  const { value } = literal;
  if (typeof value === "string") change(literal, { ...range(literal), text: quoted(literal, `${value}~`) });
  else if (typeof value === "number") change(literal, { ...range(literal), text: String(value + 1) });
  else if (typeof value === "boolean") change(literal, { ...range(literal), text: String(!value) });
}

/** In the quotes that the author used, which YAML's own may not allow to change. */
const quoted = ({ raw = '"' }: Literal, text: string): string => `${raw[0]}${text}${raw[0]}`;

const otherOperator: Partial<Record<BinaryOperator, BinaryOperator>> = {
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "===": "!==",
  "!==": "===",
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
};

type Infix = Extract<AnyNode, { readonly type: "BinaryExpression" | "LogicalExpression" }>;

function operator(source: string, { left, right, operator: own }: Infix, other: string): Edit {
  const start = source.indexOf(own, left.end);
  if (start < 0 || start >= right.start) throw new Error(`no ${own} in ${source}`);
  return { start, end: start + own.length, text: other };
}

const range = ({ start, end }: Span) => ({ start, end });
const insert = (at: number, text: string): Edit => ({ start: at, end: at, text });
const textOf = (source: string, node: AnyNode): string => source.slice(node.start, node.end);

/** The text from `from` to `to` with the edits in it. */
export function applied(text: string, edits: readonly Edit[], from = 0, to = text.length): string {
  let result = "";
  let at = from;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at, to);
}

const longest = 60;
const beside = 20;

/** As much of a long expression as shows the change. */
function around(source: string, { start, end }: Span, edits: readonly Edit[]): Span {
  if (end - start <= longest) return { start, end };
  const first = Math.min(...edits.map((edit) => edit.start));
  const last = Math.max(...edits.map((edit) => edit.end));
  if (last - first > longest - beside) return { start, end };
  const from = Math.max(start, first - beside);
  const to = Math.min(end, last + beside);
  return { start: source.slice(from, first).search(/\b/) + from, end: to };
}

export function short(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}

function visit(node: AnyNode, see: (node: AnyNode) => void): void {
  see(node);
  for (const child of Object.values(node).flat()) if (isNode(child)) visit(child, see);
}

const isNode = (value: unknown): value is AnyNode =>
  typeof value === "object" && value !== null && "type" in value && "start" in value && typeof value.type === "string";
