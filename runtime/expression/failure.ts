// How an expression gives up. Failures are thrown inside a walk and caught at its end; their messages go to people and
// dead letters, so they speak of kinds, limits and names that the author wrote, never of what a payload holds.

import type { Walked } from "../../schema/worker.ts";

const own = new WeakSet<Error>();

export function fail(message: string): never {
  const error = new Error(message);
  own.add(error);
  throw error;
}

/** Whatever was thrown at the place, as a result. */
export function failed(place: number, error: unknown): Extract<Walked, { kind: "failed" }> {
  return { kind: "failed", place, message: explain(error) };
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return "the expression failed";
  if (own.has(error)) return error.message;
  if (error instanceof RangeError) return "the value is too large or too deeply nested";
  // The one message of the engine that is told: the name in it stands in the author's text.
  const access = /^Cannot read properties of (undefined|null) \(reading '([^']{1,100})'\)$/.exec(error.message);
  if (access !== null) return `cannot read \`${access[2]}\` of ${access[1]}`;
  return `the expression failed (${error.name})`;
}

/** What a value is, for a message. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "undefined":
      return "undefined";
    case "string":
      return "text";
    case "number":
      return Number.isFinite(value) ? "a number" : "not a finite number";
    case "boolean":
      return "a boolean";
    case "object":
      return "an object";
    default:
      return `a ${typeof value}`;
  }
}
