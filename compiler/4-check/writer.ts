// Generated text that remembers where each stretch of it came from, so that a finding in the typed module lands on
// the author's YAML.

import { printTs } from "../expression/print-ts.ts";
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
  /** What the surrounding construct asks for; decides how a type error is told. */
  readonly role: Role;
}

export type Role = "value" | "condition" | "text" | "closed" | "payload" | "setting";

export interface Writer {
  /** Appends text of our own. */
  add(text: string): void;
  /** Appends an expression's text in parentheses, mapped unit by unit. */
  expression(expression: Expression, site: Site, role: Role): void;
  /** Appends what `write` writes; findings inside it that nothing narrower explains belong to the site. */
  mapped(kind: "value" | "key", site: Site, role: Role, write: () => void): void;
  text(): string;
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
      add("(");
      const start = length;
      add(printTs(expression));
      // A line comment was blanked, so the parenthesis may stand on the same line.
      spans.push({ start, end: length, role, origin: { kind: "expression", site, offset: expression.offset } });
      add(")");
    },
    mapped: (kind, site, role, write) => {
      const start = length;
      write();
      spans.push({ start, end: length, role, origin: { kind, site } });
    },
    text: () => chunks.join(""),
    spans: () => spans,
  };
}
