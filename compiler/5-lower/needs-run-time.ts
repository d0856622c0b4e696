// What a schema says beyond its types: only that is asked of values whose types were proven.

import { isJsonObject, type JsonSchema } from "../../schema/json.ts";

const typeKeywords = new Set([
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "pattern",
  "format",
  "minItems",
  "maxItems",
  "uniqueItems",
  "$ref",
]);

export function needsRunTime(schema: JsonSchema): boolean {
  return Object.entries(schema).some(([keyword, value]) => {
    if (typeKeywords.has(keyword)) return true;
    if (keyword === "type") return value === "integer" || (Array.isArray(value) && value.includes("integer"));
    if (keyword === "properties" && isJsonObject(value))
      return Object.values(value).some((member) => isJsonObject(member) && needsRunTime(member));
    if (Array.isArray(value)) return value.some((member) => isJsonObject(member) && needsRunTime(member));
    return isJsonObject(value) && keyword !== "const" && keyword !== "default" && needsRunTime(value);
  });
}
