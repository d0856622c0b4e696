// The schemas of the language, completed by the connectors that exist: their manifests give the settings.

import type { Manifest } from "../../schema/connector.ts";
import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "../../schema/json.ts";
import connections from "../../schema/spec/connections.json" with { type: "json" };
import fragment from "../../schema/spec/fragment.json" with { type: "json" };
import integration from "../../schema/spec/integration.json" with { type: "json" };
import tenant from "../../schema/spec/tenant.json" with { type: "json" };
import tests from "../../schema/spec/tests.json" with { type: "json" };
import workspace from "../../schema/spec/workspace.json" with { type: "json" };
import type { Kind } from "./kinds.ts";

export function composeSchemas(manifests: readonly Manifest[]): Readonly<Record<Kind, JsonSchema>> {
  const { source, targets } = integration.properties;
  const target = targets.additionalProperties;
  const connection = connections.properties.connections;
  return {
    workspace,
    tenant,
    fragment,
    tests,
    connections: {
      ...connections,
      properties: {
        connections: {
          ...connection,
          additionalProperties: { ...connection.additionalProperties, properties: settingsOf(manifests, "connection") },
        },
      },
    },
    integration: {
      ...integration,
      properties: {
        ...integration.properties,
        source: oneConnector(source, settingsOf(manifests, "source")),
        targets: { ...targets, additionalProperties: oneConnector(target, settingsOf(manifests, "target")) },
      },
    },
  };
}

/** The settings of every connector that has this side. */
function settingsOf(manifests: readonly Manifest[], side: "source" | "target" | "connection"): JsonObject {
  const entries = manifests.flatMap((manifest) => {
    const schema = side === "connection" ? manifest.connection : manifest[side]?.settings;
    if (schema === undefined) return [];
    const named = side !== "connection" && manifest.connection !== undefined ? withConnection(schema) : schema;
    return [[manifest.name, dynamic(named)] as const];
  });
  return Object.fromEntries(entries);
}

function withConnection(schema: JsonObject): JsonObject {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const connection = { type: "string", description: "Name of a connection of the tenant.", "x-vrsky-constant": true };
  return { ...schema, properties: { connection, ...properties } };
}

function oneConnector(part: JsonObject & { readonly properties: JsonObject }, settings: JsonObject): JsonObject {
  const names = Object.keys(settings);
  return {
    ...part,
    properties: { ...settings, ...part.properties },
    // Unknown and missing connectors: the first name stands for "one of them" in the message that we write ourselves.
    "x-vrsky-one-of": names,
  };
}

/** An expression may stand for a setting of any type, unless it is part of the topology. */
function dynamic(schema: JsonObject): JsonObject {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const entries = Object.entries(properties).map(([key, member]) => [key, orExpression(member)] as const);
  return { ...schema, properties: Object.fromEntries(entries) };
}

function orExpression(schema: Json): Json {
  if (!isJsonObject(schema) || schema.type === undefined || schema["x-vrsky-constant"] === true) return schema;
  const inner = schema.type === "object" ? dynamic(schema) : schema;
  return schema.type === "string" && schema.enum === undefined && schema.pattern === undefined
    ? inner
    : { anyOf: [inner, { type: "string", pattern: "\\$\\{" }] };
}
