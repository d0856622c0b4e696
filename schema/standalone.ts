// A contract with all that it refers to in one schema, for those who are handed only one: connectors decode by it.

import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "./json.ts";

type Contracts = Readonly<Record<string, { readonly schema: JsonSchema }>>;

/** `contracts`: by name, those that a `$ref: "contract:name@1"` may mean. */
export function standalone(schema: JsonSchema, contracts: Contracts): JsonSchema {
  const added: Record<string, Json> = {};
  const rewrite = (value: Json, prefix: string): Json => {
    if (Array.isArray(value)) return value.map((member) => rewrite(member, prefix));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        key,
        key === "$ref" && typeof member === "string" ? refer(member, prefix) : rewrite(member ?? null, prefix),
      ]),
    );
  };
  const refer = (ref: string, prefix: string): string => {
    if (!ref.startsWith("contract:"))
      return prefix === "" ? ref : ref.replace(/^#\/(?:\$defs|definitions)\//, `#/$defs/${prefix}.`);
    const name = ref.slice("contract:".length);
    const target = Object.hasOwn(contracts, name) ? contracts[name]?.schema : undefined;
    if (target === undefined) return ref;
    if (!Object.hasOwn(added, name)) add(name, target);
    return `#/$defs/${name}`;
  };
  const add = (name: string, target: JsonSchema): void => {
    // First, so that a contract which holds itself ends.
    added[name] = {};
    const { $defs, definitions, ...own } = target;
    for (const group of [$defs, definitions]) {
      for (const [key, member] of Object.entries(isJsonObject(group) ? group : {})) {
        added[`${name}.${key}`] = rewrite(member ?? null, name);
      }
    }
    added[name] = rewrite(own as JsonObject, name);
  };
  const whole = rewrite(schema, "") as JsonSchema;
  if (Object.keys(added).length === 0) return schema;
  return { ...whole, $defs: { ...(isJsonObject(whole.$defs) ? whole.$defs : {}), ...added } };
}
