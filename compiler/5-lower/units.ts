// Durations and sizes leave the language here: connectors get milliseconds and bytes.

import { isJsonObject, type JsonSchema } from "../../schema/json.ts";
import { parseDuration, parseSize } from "../../schema/units.ts";
import type { Value } from "../value.ts";

/** `2s` → 2000, `1MiB` → 1048576, at any depth that the schema marks. Text that does not parse was reported before. */
export function convertUnits(value: Value, schema: JsonSchema): Value {
  if (value.kind === "map") {
    const properties = isJsonObject(schema.properties) ? schema.properties : {};
    const entries = value.entries.map((entry) => {
      const property = properties[entry.key];
      return isJsonObject(property) ? { key: entry.key, value: convertUnits(entry.value, property) } : entry;
    });
    return { ...value, entries };
  }
  if (value.kind !== "constant" || typeof value.value !== "string") return value;
  const format = schema["x-vrsky-format"];
  const number =
    format === "duration" ? parseDuration(value.value) : format === "size" ? parseSize(value.value) : undefined;
  return number === undefined ? value : { ...value, value: number };
}
