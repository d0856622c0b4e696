// JSON read as what it is. YAML's reader gives every value a position and takes ten times as long; positions are only
// wanted where something is wrong.

import type { Json } from "../../schema/json.ts";

const most = 100_000;
const deepest = 90;

/** The value; undefined when the text is no JSON, gives a key twice, or is so large or deep that it must be looked into. */
export function plainJson(text: string): Json | undefined {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  const found = { keys: 0, values: 0, depth: 0 };
  count(value, 1, found);
  // A key that is given twice is one key less than was written.
  return found.depth > deepest || found.values > most || found.keys !== writtenKeys(text) ? undefined : value;
}

function count(value: Json, depth: number, found: { keys: number; values: number; depth: number }): void {
  found.values += 1;
  found.depth = Math.max(found.depth, depth);
  if (typeof value !== "object" || value === null || depth > deepest) return;
  if (!Array.isArray(value)) found.keys += Object.keys(value).length;
  for (const member of Object.values(value)) count(member, depth + 1, found);
}

function writtenKeys(text: string): number {
  let keys = 0;
  for (const [, colon] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g)) if (colon !== undefined) keys += 1;
  return keys;
}
