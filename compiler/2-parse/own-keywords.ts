// What the language's schemas ask beyond JSON Schema: by their own keywords, `x-vrsky-format` and `x-vrsky-one-of`.

import { isJsonObject } from "../../schema/json.ts";
import { parseDuration, parseSize, parseTime } from "../../schema/units.ts";

/** An expression's value is looked at when it is there. */
export const fitsUnit = (format: string, value: unknown): boolean =>
  typeof value !== "string" || value.includes("${") || fits(format, value);

function fits(format: string, value: string): boolean {
  if (format === "duration") return parseDuration(value) !== undefined;
  if (format === "time") return parseTime(value) !== undefined;
  return format !== "size" || parseSize(value) !== undefined;
}

export const hasOneConnector = (names: readonly string[], value: unknown): boolean =>
  !isJsonObject(value) || Object.keys(value).filter((key) => names.includes(key)).length === 1;
