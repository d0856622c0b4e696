// Where specs name what the workspace declares: the schema of such a place lists the names that are there.

import type { Manifest } from "../../schema/connector.ts";
import type { Json, JsonObject } from "../../schema/json.ts";
import type { TenantNames, WorkspaceNames } from "./names.ts";
import { ifThen, type Rewrite } from "./plain.ts";

/** Rewrites the parts of the language's schemas at which names stand. */
export function namePlaces(manifests: readonly Manifest[], names: WorkspaceNames, own: TenantNames): Rewrite {
  const connectors = manifests.map(({ name }) => name);
  const contract = contractPlace(names.contracts);
  return (part, path) => {
    const [key = "", above = "", owner = "", further = ""] = path.toReversed();
    const property = above === "properties";
    if (property && key === "connection") return oneOf(part, connectionsFor(owner, manifests, own));
    if (property && key === "stream")
      return oneOf(part, path.includes("targets") ? own.streams : [...own.streams, ...own.imports]);
    if (property && key === "use") return oneOf(part, [...own.fragments.keys()]);
    if (property && key === "tests") return oneOf(part, own.integrations);
    if (key === "contract" && (above === "$defs" || (property && "type" in part))) return contract(part);
    if (key === "to" && above === "$defs") return { ...part, anyOf: suggested(own.targets) };
    if (key === "items" && ((above === "to" && owner === "$defs") || (above === "to" && further === "items")))
      return { ...part, anyOf: suggested(own.targets) };
    if (key === "items" && above === "connectors") return oneOf(part, connectors);
    if (key === "items" && above === "export-to") return oneOf(part, [...names.tenants.keys()]);
    if (property && key === "settings" && path.includes("workspace") && owner !== "workspace")
      return fields(part, names.settings);
    if (property && part.type === "string" && takesSecret(part)) return orSecret(part, own.secrets);
    if (key === "step" && above === "$defs") return withParams(part, own.fragments);
    return part;
  };
}

/** Any of the names; where none is declared, any text. */
function oneOf(part: JsonObject, names: readonly string[]): JsonObject {
  if (names.length === 0 || part.type !== "string") return part;
  const { pattern: _, ...rest } = part;
  return { ...rest, enum: names };
}

/** Offered, but not the only ones. */
const suggested = (names: readonly string[]): readonly JsonObject[] =>
  names.length === 0 ? [{}] : [{ enum: names }, {}];

/** A name with a version is one that is declared; anything else may be the short form. */
function contractPlace(contracts: readonly string[]): (part: JsonObject) => JsonObject {
  const known = [{ enum: ["any", ...contracts] }, { not: { type: "string", pattern: "^[A-Za-z][A-Za-z0-9-]*@\\d+$" } }];
  return (part) => ({ ...part, anyOf: known });
}

/** A connector takes its own connections, and those that its manifest names. */
function connectionsFor(connector: string, manifests: readonly Manifest[], own: TenantNames): readonly string[] {
  const manifest = manifests.find(({ name }) => name === connector);
  const takes = new Set([...(manifest?.connection === undefined ? [] : [connector]), ...(manifest?.connections ?? [])]);
  const named = [...own.connections].filter(([, kind]) => takes.size === 0 || takes.has(kind));
  return named.map(([name]) => name);
}

/** Settings are declared: there are no others. */
function fields(part: JsonObject, names: readonly string[]): JsonObject {
  if (names.length === 0) return part;
  return { ...part, properties: Object.fromEntries(names.map((name) => [name, {}])), additionalProperties: false };
}

/** The examples of the manifests show where secrets go. */
function takesSecret({ examples }: JsonObject): boolean {
  return (
    Array.isArray(examples) && examples.some((one: Json) => typeof one === "string" && one.includes("${ secrets."))
  );
}

function orSecret(part: JsonObject, secrets: readonly string[]): JsonObject {
  if (secrets.length === 0) return part;
  return { ...part, anyOf: [{ enum: secrets.map((name) => `\${ secrets.${name} }`) }, {}] };
}

/** `with` has the parameters of the fragment that is used. */
function withParams(step: JsonObject, fragments: TenantNames["fragments"]): JsonObject {
  const cases = [...fragments].map(([name, params]) =>
    ifThen({ properties: { use: { const: name } }, required: ["use"] }, paramsSchema(params)),
  );
  return cases.length === 0 ? step : { ...step, allOf: cases };
}

function paramsSchema(params: readonly string[]): JsonObject {
  const required = params.filter((name) => !name.endsWith("?"));
  const properties = Object.fromEntries(params.map((name) => [name.replace(/\?$/, ""), {}]));
  const given: JsonObject = { type: "object", properties, additionalProperties: false, required };
  return { properties: { with: given }, ...(required.length === 0 ? {} : { required: ["with"] }) };
}
