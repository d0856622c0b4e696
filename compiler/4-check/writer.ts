// Generated text that remembers where each stretch of it came from, so that a finding in the typed module lands on
// the author's YAML.

import { printTs, textParts } from "../expression/print-ts.ts";
import type { Expression } from "../expression/template.ts";
import type { Site } from "../value.ts";

/** Where a stretch came from: an expression's own text, or the key or value at a site. */
export type Origin =
  | { readonly kind: "expression"; readonly site: Site; readonly offset: number }
  | { readonly kind: "value" | "key"; readonly site: Site };

export interface Span {
  readonly start: number;
  readonly end: number;
  readonly origin: Origin;
  /** Text of our own inside an expression: all of it stands for the place that `origin` names. */
  readonly inserted?: true;
  /** What the surrounding construct asks for; decides how a type error is told. */
  readonly role: Role;
}

export type Role = "value" | "condition" | "text" | "closed" | "payload" | "setting" | "list" | "given";

export interface Writer {
  /** Appends text of our own. */
  add(text: string): void;
  /** Appends an expression's text in parentheses, mapped unit by unit. */
  expression(expression: Expression, site: Site, role: Role): void;
  /** Appends what `write` writes; findings inside it that nothing narrower explains belong to the site. */
  mapped(kind: "value" | "key", site: Site, role: Role, write: () => void): void;
  text(): string;
  length(): number;
  /** In the order in which they end: the innermost of two nested spans comes first. */
  spans(): readonly Span[];
}

export function createWriter(): Writer {
  const chunks: string[] = [];
  const spans: Span[] = [];
  let length = 0;
  const add = (text: string): void => {
    chunks.push(text);
    length += text.length;
  };
  return {
    add,
    expression: (expression, site, role) => {
      const text = printTs(expression);
      let at = 0;
      const origin = (): Origin => ({ kind: "expression", site, offset: expression.offset + at });
      const insert = (own: string): void => {
        spans.push({ start: length, end: length + own.length, role, origin: origin(), inserted: true });
        add(own);
      };
      const copy = (to: number): void => {
        spans.push({ start: length, end: length + to - at, role, origin: origin() });
        add(text.slice(at, to));
        at = to;
      };
      add("(");
      for (const mark of marks(expression)) {
        copy(mark.at);
        insert(mark.opens ? (role === "setting" ? "$settingPart(" : "$part(") : ")");
      }
      copy(text.length);
      // Line comments were blanked, so the parenthesis may stand on the same line.
      add(")");
    },
    mapped: (kind, site, role, write) => {
      const start = length;
      write();
      spans.push({ start, end: length, role, origin: { kind, site } });
    },
    text: () => chunks.join(""),
    length: () => length,
    spans: () => spans,
  };
}

interface Mark {
  readonly at: number;
  readonly opens: boolean;
}

/** Where the checker's questions about parts of a text begin and end. */
function marks(expression: Expression): readonly Mark[] {
  const parts = textParts(expression);
  const ends = parts.map(({ end }) => ({ at: end, opens: false }));
  const starts = parts.map(({ start }) => ({ at: start, opens: true }));
  return [...ends, ...starts].sort((a, b) => a.at - b.at);
}
