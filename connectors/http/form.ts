// HTML forms (`application/x-www-form-urlencoded`) as objects. A field that comes several times is a list; what is a
// number, a boolean or a list of one says the contract.

import { isJsonObject, type Json, type JsonSchema } from "../../schema/json.ts";
import { convertCell, solidSchema } from "../../schema/text-convert.ts";
import { decodeText, jsonBytes, type ReadJson } from "../json-text.ts";

const mostFields = 1_000;

export function readForm(bytes: Uint8Array, contract: JsonSchema | undefined): ReadJson {
  const text = decodeText(bytes);
  if (text === undefined) return { kind: "malformed", message: "it is not UTF-8" };
  if (!wellEncoded(text))
    return { kind: "malformed", message: "it is no form: a `%` or a character that is not encoded" };
  const fields = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const values = fields.get(name);
    if (values === undefined) fields.set(name, [value]);
    else values.push(value);
    if (fields.size > mostFields || (values?.length ?? 0) > mostFields) {
      return { kind: "malformed", message: `it has more than ${mostFields} fields` };
    }
  }
  const root = contract ?? {};
  const schema = solidSchema(root, root);
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const value: Json = Object.fromEntries(
    [...fields].map(([name, values]) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return [name, fieldOf(values, isJsonObject(property) ? solidSchema(property, root) : {}, root)];
    }),
  );
  return { kind: "value", value, bytes: jsonBytes(value) };
}

function fieldOf(values: readonly string[], schema: JsonSchema, root: JsonSchema): Json {
  const [first = ""] = values;
  if (schema.type !== "array" && values.length === 1) return convertCell(first, schema);
  const items = isJsonObject(schema.items) ? solidSchema(schema.items, root) : {};
  return values.map((each) => convertCell(each, items));
}

/** The URL standard would pass over what is wrong without a word. */
function wellEncoded(text: string): boolean {
  if (/%(?![0-9a-f]{2})|[\p{Cc}\s]/iu.test(text)) return false;
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
