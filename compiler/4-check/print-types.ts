// The declarations at the head of worker.ts: contracts, settings, secrets, and what each source hands over.

import { canonical } from "../../schema/canonical.ts";
import type { JsonSchema } from "../../schema/json.ts";
import { type Contracts, referredContracts } from "../3-resolve/contracts.ts";
import { allSteps } from "../3-resolve/integration.ts";
import { metaOf } from "../3-resolve/source.ts";
import { perSchema } from "../contract/per-schema.ts";
import { typeName, typeText } from "../contract/types.ts";
import type { Contract, Integration, Source } from "../integration.ts";
import type { Writer } from "./writer.ts";

export function printTypes(integration: Integration, contracts: Contracts, writer: Writer): void {
  const declared = new Map<string, JsonSchema>();
  for (const contract of contractsOf(integration)) {
    for (const [name, schema] of referredContracts(contract.schema, contracts)) declared.set(name, schema);
    declared.set(contract.key, contract.schema);
  }
  for (const [name, schema] of [...declared].sort(([a], [b]) => (a < b ? -1 : 1))) {
    writer.add(`${typeText(schema, { name: typeName(name) }, (referred) => contracts.get(referred))}\n`);
  }
  writer.add(`${typeText(integration.settingsSchema, { name: "Settings" })}\n`);
  const secrets = [...integration.secrets].sort().map((name) => `readonly ${JSON.stringify(name)}: $Secret`);
  writer.add(`export type Secrets = { ${secrets.join("; ")} };
export type Env = { readonly settings: Settings; readonly secrets: Secrets };\n`);
  for (const [index, source] of integration.sources.entries()) printScope(source, index, writer);
  const scopes = integration.sources.map((_, index) => scopeName(index));
  writer.add(`export type Scope = ${scopes.join(" | ")};\n\n`);
}

/** Every contract of an integration: those that it names, and the parameters of fragments. */
export function contractsOf(integration: Integration): readonly Contract[] {
  const params = allSteps([...integration.sources, integration, ...integration.targets]).flatMap((step) =>
    step.kind === "use" ? [step.paramsContract] : [],
  );
  return [...integration.contracts.values(), ...params];
}

/** What a message of the nth source looks like. */
export const scopeName = (index: number): string => `Scope${index + 1}`;

function printScope({ use, contract }: Source, index: number, writer: Writer): void {
  const meta = metaOf(use);
  const own = `Meta${index + 1}`;
  if (meta !== undefined) writer.add(`${typeText(meta, { name: own })}\n`);
  const body = typeOf(contract);
  writer.add(
    `export type ${scopeName(index)} = Env & { readonly body: ${body}; readonly headers: $Headers; readonly meta: $Meta${meta === undefined ? "" : ` & ${own}`} };\n`,
  );
}

/** The type of what a contract describes; nothing is known without one. */
export const typeOf = (contract: Contract | undefined): string =>
  contract === undefined ? "$Any" : typeName(contract.key);

/** A manifest's schema without the keywords that are ours. */
export const withoutOwnKeywords = (schema: JsonSchema): JsonSchema => stripped(schema, () => undefined);

const stripped = perSchema(
  (schema) =>
    JSON.parse(canonical(schema), (key, value: unknown) =>
      key.startsWith("x-vrsky-") ? undefined : value,
    ) as JsonSchema,
);
