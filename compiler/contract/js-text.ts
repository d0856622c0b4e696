// User text in generated JavaScript and TypeScript: as a literal, never as it is.

import type { JsonPrimitive } from "../../schema/json.ts";

/** A JSON literal that is one line of ASCII-safe source: U+2028 and U+2029 are escaped, `</` and `-->` do no harm. */
export function jsText(value: JsonPrimitive): string {
  return JSON.stringify(value).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}
