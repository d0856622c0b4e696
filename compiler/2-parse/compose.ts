// The schemas of the language, completed by the connectors that exist: their manifests give the settings.

import type { Manifest } from "../../schema/connector.ts";
import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "../../schema/json.ts";
import connections from "../../schema/spec/connections.json" with { type: "json" };
import fragment from "../../schema/spec/fragment.json" with { type: "json" };
import integration from "../../schema/spec/integration.json" with { type: "json" };
import parts from "../../schema/spec/parts.json" with { type: "json" };
import tenant from "../../schema/spec/tenant.json" with { type: "json" };
import tests from "../../schema/spec/tests.json" with { type: "json" };
import workspace from "../../schema/spec/workspace.json" with { type: "json" };
import type { Kind } from "./kinds.ts";

export interface Schemas {
  readonly kinds: Readonly<Record<Kind, JsonSchema>>;
  /** What several kinds refer to as `parts.json`. */
  readonly parts: JsonSchema;
}

export function composeSchemas(manifests: readonly Manifest[]): Schemas {
  return { kinds: composeKinds(manifests), parts: composeParts(manifests) };
}

/** `call` in a step: one of the connectors that can be asked. */
function composeParts(manifests: readonly Manifest[]): JsonSchema {
  const { step } = parts.$defs;
  const call = oneConnector(step.properties.call, settingsOf(manifests, "call"));
  return { ...parts, $defs: { ...parts.$defs, step: { ...step, properties: { ...step.properties, call } } } };
}

function composeKinds(manifests: readonly Manifest[]): Schemas["kinds"] {
  const { source, sources, targets } = integration.properties;
  const oneSource = oneConnector(source, settingsOf(manifests, "source"));
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
        source: oneSource,
        sources: { ...sources, additionalProperties: oneSource },
        targets: { ...targets, additionalProperties: oneConnector(target, settingsOf(manifests, "target")) },
      },
    },
  };
}

/** The settings of every connector that has this side. */
function settingsOf(manifests: readonly Manifest[], side: "source" | "target" | "call" | "connection"): JsonObject {
  const entries = manifests.flatMap((manifest) => {
    const schema = side === "connection" ? manifest.connection : manifest[side]?.settings;
    if (schema === undefined) return [];
    const connects = manifest.connection !== undefined || manifest.connections !== undefined;
    const named = side !== "connection" && connects ? withConnection(schema) : schema;
    const asks = side === "source" && manifest.source?.polls === true;
    const whole = schema.type === "object" ? dynamic(named) : schema;
    return [[manifest.name, asks ? withRequests(whole, manifests) : whole] as const];
  });
  return Object.fromEntries(entries);
}

/** A poll asks as a `call` does. */
function withRequests(schema: JsonObject, manifests: readonly Manifest[]): JsonObject {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  return oneConnector({ ...schema, properties }, settingsOf(manifests, "call"));
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
  if (!isJsonObject(schema) || schema["x-vrsky-constant"] === true) return schema;
  // A choice that is fixed at the start is written out; one that is made per message may be an expression.
  if (schema.type === undefined && !("enum" in schema && "x-vrsky-per-message" in schema)) return schema;
  const inner = schema.type === "object" ? dynamic(schema) : schema;
  if (schema["x-vrsky-per-message"] === "text" && schema.type === "string") return { anyOf: [inner, template] };
  return schema.type === "string" && schema.enum === undefined && schema.pattern === undefined
    ? inner
    : { anyOf: [inner, { type: "string", pattern: "\\$\\{" }] };
}

/** Long text lies in a file. */
const template = {
  type: "object",
  additionalProperties: false,
  required: ["template"],
  properties: { template: { type: "string" } },
};
