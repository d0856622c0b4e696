// A scalar as the formatter writes it: quoted where it must be, plain where it is an expression that may be.

import { CST } from "yaml";
import { spaced } from "./spacing.ts";

export type FlowScalar = CST.FlowScalar;
/** `block`: a value below a key or a dash; `flow`: inside braces or brackets. */
export type Where = "block" | "flow" | "key";

/** Its lines; those after the first without their indentation. */
export function scalarLines(token: FlowScalar, where: Where): readonly string[] {
  const { source } = token;
  if (/[\r\n]/.test(source)) return source.split(/\r?\n/).map((line) => line.trim());
  return [where === "key" ? requoted(token, source) : oneLine(token, where)];
}

function oneLine(token: FlowScalar, where: Where): string {
  if (token.type === "alias") return token.source;
  if (token.type === "scalar") return spaced(token.source);
  const value = resolved(token);
  if (where === "block" && value.includes("${") && mayBePlain(spaced(value))) return spaced(value);
  const inner = token.source.slice(1, -1);
  const quote = token.source.charAt(0);
  // In single quotes a backslash is one; in double quotes it may hold what braces close.
  return requoted(token, `${quote}${spaced(inner, quote === '"')}${quote}`);
}

/** What a text with expressions that is too long for its line is as a `|-` block of one line. */
export function valueForBlock(token: FlowScalar): string | undefined {
  if (token.type === "alias") return undefined;
  const value = token.type === "scalar" ? token.source : resolved(token);
  return value.includes("${") && /^\S(?:.*\S)?$/.test(value) && !/[^\P{C}\u200d]/u.test(value)
    ? spaced(value)
    : undefined;
}

/** The value of a quoted scalar on one line. */
function resolved(token: FlowScalar): string {
  return String(CST.resolveAsScalar(token, true, () => undefined)?.value ?? "");
}

/** Double quotes, unless there are some inside; nothing is escaped that need not be. */
function requoted(token: FlowScalar, source: string): string {
  if (token.type !== "single-quoted-scalar" && token.type !== "double-quoted-scalar") return source;
  const double = token.type === "double-quoted-scalar";
  const raw = source.slice(1, -1);
  if (double ? /\\[^"]/.test(raw) : raw.includes("\\")) return source;
  const value = double ? raw.replaceAll('\\"', '"') : raw.replaceAll("''", "'");
  return value.includes('"') ? `'${value.replaceAll("'", "''")}'` : `"${value}"`;
}

/** The rule of the language: on one line, without `: ` and ` #`, and nothing in front that means something to YAML. */
function mayBePlain(value: string): boolean {
  return /^[\p{L}\p{N}$/(.+_~<=;^]/u.test(value) && !/: |:$| #|\s$|[^\P{C}\u200d]|^\.\.\.|\t/u.test(value);
}
