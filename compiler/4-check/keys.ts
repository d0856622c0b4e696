// Missing and undeclared keys of a map against its contract. TypeScript reports one mistake per literal and hides the
// rest behind it; authors want all of them, each at its key.

import { isJsonObject, type JsonObject, type JsonSchema } from "../../schema/json.ts";
import type { Contract } from "../integration.ts";
import { nearest } from "../nearest.ts";
import { findingAt, type MapValue, type Report, type Value } from "../value.ts";

/** `refs` resolves `contract:name@1`. */
export function checkKeys(
  value: Value,
  contract: Contract,
  refs: ReadonlyMap<string, JsonSchema>,
  report: Report,
): void {
  const name = contract.inline === true ? "The contract" : `\`${contract.name}\``;
  check(value, contract.schema, { root: contract.schema, name, refs, report });
}

interface Checking {
  readonly root: JsonSchema;
  readonly name: string;
  readonly refs: ReadonlyMap<string, JsonSchema>;
  readonly report: Report;
}

function check(value: Value, schema: JsonSchema, checking: Checking): void {
  const solid = resolve(schema, checking);
  if (solid === undefined) return;
  if (value.kind === "list") {
    const items = solid.items;
    if (isJsonObject(items)) for (const item of value.items) check(item, items, checking);
  }
  if (value.kind !== "map" || !isJsonObject(solid.properties)) return;
  checkMap(value, solid, solid.properties, checking);
}

function checkMap(value: MapValue, schema: JsonSchema, properties: JsonObject, checking: Checking): void {
  const declared = Object.keys(properties);
  const given = new Set(value.entries.map((entry) => entry.key));
  for (const entry of value.entries) {
    const property = properties[entry.key];
    if (isJsonObject(property)) check(entry.value, property, checking);
    else if (!Object.hasOwn(properties, entry.key) && isClosed(schema)) {
      const guess = nearest(entry.key, declared);
      checking.report(
        findingAt(
          "VRS4005",
          entry.value.site,
          {
            message: `${checking.name} does not declare \`${entry.key}\`.`,
            help: guess === undefined ? `Declared are ${declared.join(", ")}.` : `Did you mean \`${guess}\`?`,
          },
          "key",
        ),
      );
    }
  }
  if (value.spread !== undefined) return;
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const missing = required.filter((key) => !given.has(key));
  if (missing.length === 0) return;
  checking.report(
    findingAt(
      "VRS4006",
      value.site,
      {
        message: `${missing.map((key) => `\`${key}\``).join(", ")} ${missing.length === 1 ? "is" : "are"} missing: ${checking.name.replace(/^The/, "the")} requires ${missing.length === 1 ? "it" : "them"}.`,
      },
      "key",
    ),
  );
}

/** On the way out a contract is closed unless it says otherwise. */
const isClosed = ({ additionalProperties }: JsonSchema): boolean =>
  additionalProperties === undefined || additionalProperties === false;

/** Follows references; a schema with alternatives is left to the type checker. */
function resolve(schema: JsonSchema, checking: Checking): JsonSchema | undefined {
  let current: JsonSchema = schema;
  for (let hops = 0; hops < 32; hops++) {
    const ref = current.$ref;
    if (typeof ref !== "string")
      return "oneOf" in current || "anyOf" in current || "allOf" in current ? undefined : current;
    const next = ref.startsWith("contract:")
      ? checking.refs.get(ref.slice("contract:".length))
      : local(ref, checking.root);
    if (next === undefined) return undefined;
    current = next;
  }
  return undefined;
}

function local(ref: string, root: JsonSchema): JsonSchema | undefined {
  const name = /^#\/(?:\$defs|definitions)\/([^/]+)$/.exec(ref)?.[1];
  const defs = root.$defs ?? root.definitions;
  const found = name !== undefined && isJsonObject(defs) ? defs[name] : undefined;
  return isJsonObject(found) ? found : undefined;
}
