// Pieces of a spec that editors put in whole: a document of each kind, a step of each kind, a connector with the
// settings that it must have. `$1`, `$2` are the places to fill in.

import type { Manifest } from "../../schema/connector.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";

export interface Snippet extends JsonObject {
  readonly label: string;
  readonly description: string;
  readonly body: JsonObject;
}

export const documentSnippets: readonly Snippet[] = [
  {
    label: "integration",
    description: "One flow: a webhook whose orders are written to a file.",
    body: {
      integration: "${1:orders}",
      source: { http: { path: "/${2:orders}" }, contract: { "${3:id}": "string" } },
      targets: { "${4:file}": { file: { path: "${5:orders}.jsonl", format: "jsonl" } } },
    },
  },
  {
    label: "connections",
    description: "Named connector configurations.",
    body: { connections: { "${1:crm}": { http: { url: "${2:https://crm.example.com}" } } } },
  },
  {
    label: "fragment",
    description: "Steps with parameters, reused by `use`.",
    body: {
      fragment: "${1:normalise}",
      params: { "${2:country}": "string" },
      steps: [{ map: { "...": "\\${ body \\}" } }],
    },
  },
  {
    label: "tenant",
    description: "Owner and unit of isolation.",
    body: { tenant: "${1:acme}", secrets: ["${2:api_token}"] },
  },
  { label: "workspace", description: "The root of a workspace.", body: { workspace: "${1:platform}", language: 1 } },
];

export const stepSnippets: readonly Snippet[] = [
  { label: "filter", description: "True goes on.", body: { filter: "\\${ ${1:body.status === 'paid'} \\}" } },
  { label: "map", description: "The new body.", body: { map: { "${1:id}": "\\${ ${2:body.id} \\}" } } },
  {
    label: "call",
    description: "Ask an outside system; keep the answer.",
    body: {
      as: "${1:answer}",
      call: { http: { connection: "${2:crm}", path: "/${3:customers}" } },
      contract: { "${4:name}": "string" },
    },
  },
  { label: "split", description: "One message for each item of a list.", body: { split: "\\${ ${1:body.lines} \\}" } },
  { label: "validate", description: "Check and type at run time.", body: { validate: "${1:order@1}" } },
  { label: "script", description: "A TypeScript file.", body: { as: "${1:result}", script: "scripts/${2:result}.ts" } },
  { label: "use", description: "The steps of a fragment.", body: { use: "${1:fragment}" } },
];

/** One for each connector that has this side. */
export function connectorSnippets(
  manifests: readonly Manifest[],
  side: "source" | "target" | "call",
): readonly Snippet[] {
  return manifests.flatMap((manifest) => {
    const settings = manifest[side]?.settings;
    if (settings === undefined) return [];
    const body = settings.type === "string" ? "${1:name}" : requiredOf(settings);
    return [{ label: manifest.name, description: manifest.description, body: { [manifest.name]: body } }];
  });
}

function requiredOf({ required, properties }: JsonObject): JsonObject {
  const names = Array.isArray(required) ? required.filter((name): name is string => typeof name === "string") : [];
  const known = isJsonObject(properties) ? properties : {};
  return Object.fromEntries(names.map((name, index) => [name, `\${${index + 1}:${placeholder(name, known[name])}}`]));
}

function placeholder(name: string, schema: Json | undefined): string {
  const { examples } = isJsonObject(schema) ? schema : {};
  const [example] = Array.isArray(examples) ? (examples as readonly Json[]) : [];
  return typeof example === "string" && !example.includes("${") ? example : name;
}
