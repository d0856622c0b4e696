// The JSON Schemas that editors check specs by: the language's own, with the settings of the connectors that exist and
// the names that this workspace declares. One for each folder, since the folder says whose a document is; a file holds
// documents of several kinds, so each schema takes all of them.

import { posix } from "node:path";
import { composeSchemas } from "../../compiler/2-parse/compose.ts";
import { kinds } from "../../compiler/2-parse/kinds.ts";
import type { Manifest } from "../../schema/connector.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import contract from "../../schema/spec/contract.json" with { type: "json" };
import { noNames, type TenantNames, type WorkspaceNames } from "./names.ts";
import { namePlaces } from "./places.ts";
import { ifThen, plain } from "./plain.ts";
import { connectorSnippets, documentSnippets, stepSnippets } from "./snippets.ts";

/** Below the workspace; not committed, since it can be written at any time. */
export const schemasFolder = ".vrsky/schemas";

/** By path below the workspace: `.vrsky/schemas/workspace.json`, `.vrsky/schemas/tenants/acme.json`, `….contract.json`. */
export function workspaceSchemas(
  manifests: readonly Manifest[],
  names: WorkspaceNames,
): ReadonlyMap<string, JsonObject> {
  const tenants = [...names.tenants].filter(([tenant]) => tenant !== "default");
  return new Map<string, JsonObject>([
    [`${schemasFolder}/contract.json`, contractSchema()],
    ...tenants.map(([tenant, own]) => [tenantFile(tenant), specSchema(manifests, names, own)] as const),
    [`${schemasFolder}/workspace.json`, specSchema(manifests, names, names.tenants.get("default") ?? noNames)],
  ]);
}

const tenantFile = (tenant: string): string => `${schemasFolder}/tenants/${tenant}.json`;

/** The schema of one file of the workspace, as it would be written. */
export function schemaOf(path: string, manifests: readonly Manifest[], names: WorkspaceNames): JsonObject {
  if (path.startsWith("contracts/")) return contractSchema();
  const tenant = /^tenants\/([^/]+)\//.exec(path)?.[1] ?? "default";
  return specSchema(manifests, names, names.tenants.get(tenant) ?? noNames);
}

/** Where the schema of a file of the workspace lies. */
export function schemaFileOf(path: string): string {
  const tenant = /^tenants\/([^/]+)\//.exec(path)?.[1];
  if (tenant !== undefined) return tenantFile(tenant);
  return `${schemasFolder}/${path.startsWith("contracts/") ? "contract" : "workspace"}.json`;
}

/** The first line of a YAML file of the workspace, by which editors find its schema: `tenants/acme/orders.yaml`. */
export function modeline(path: string): string {
  return `# yaml-language-server: $schema=${posix.relative(posix.dirname(path), schemaFileOf(path))}`;
}

const draft = "http://json-schema.org/draft-07/schema#";

function contractSchema(): JsonObject {
  return { $schema: draft, ...plain(contract, (part) => part) };
}

/** What a document of any kind must be, by the one key that says what it is. */
function specSchema(manifests: readonly Manifest[], names: WorkspaceNames, own: TenantNames): JsonObject {
  const composed = composeSchemas(manifests);
  const places = namePlaces(manifests, names, own);
  const parts = plain(composed.parts, places);
  const definitions = kinds.map((kind) => {
    const schema = plain(composed.kinds[kind], places, ["$defs", kind]);
    return [kind, withSnippets(schema, manifests)] as const;
  });
  return {
    $schema: draft,
    title: "VRSky",
    description: "A document of a VRSky workspace.",
    type: "object",
    anyOf: kinds.map((kind) => ({ required: [kind] })),
    properties: Object.fromEntries(kinds.map((kind) => [kind, headOf(composed.kinds[kind], kind)])),
    allOf: kinds.map((kind) => ifThen({ required: [kind] }, { $ref: `#/$defs/${kind}` })),
    defaultSnippets: documentSnippets,
    $defs: { ...stepsWithSnippets(parts, manifests), ...Object.fromEntries(definitions) },
  };
}

/** Offered in an empty document; what it must be is asked by the schema of the kind. */
function headOf(schema: JsonObject, kind: string): JsonObject {
  const { description } = schema;
  return { description: `${String(description)}`, title: kind };
}

function stepsWithSnippets(parts: JsonObject, manifests: readonly Manifest[]): JsonObject {
  const defs = objectAt(parts, "$defs");
  const step = objectAt(defs, "step");
  const properties = objectAt(step, "properties");
  const call = { ...objectAt(properties, "call"), defaultSnippets: connectorSnippets(manifests, "call") };
  return { ...defs, step: { ...step, properties: { ...properties, call }, defaultSnippets: stepSnippets } };
}

function withSnippets(schema: JsonObject, manifests: readonly Manifest[]): JsonObject {
  const properties = objectAt(schema, "properties");
  if (!("source" in properties) || !("targets" in properties)) return schema;
  const source = { ...objectAt(properties, "source"), defaultSnippets: connectorSnippets(manifests, "source") };
  const targets = objectAt(properties, "targets");
  const target = {
    ...objectAt(targets, "additionalProperties"),
    defaultSnippets: connectorSnippets(manifests, "target"),
  };
  return { ...schema, properties: { ...properties, source, targets: { ...targets, additionalProperties: target } } };
}

function objectAt(from: JsonObject, key: string): JsonObject {
  const member: Json | undefined = from[key];
  return isJsonObject(member) ? member : {};
}
