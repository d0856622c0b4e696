// worker.ts: the whole integration as one typed module. The checker reads it; people may. Steps nest in blocks, so
// that `body` and `vars` can take a new type under the same name and a filter narrows all that follows.

import { canonical } from "../../schema/canonical.ts";
import type { JsonSchema } from "../../schema/json.ts";
import { type Contracts, referredContracts } from "../3-resolve/contracts.ts";
import { perSchema } from "../contract/per-schema.ts";
import { typeName, typeText } from "../contract/types.ts";
import type { Contract, Integration, Setting, Source, Step, Target } from "../integration.ts";
import { expressionsIn, type Value } from "../value.ts";
import { printValue } from "./print-value.ts";
import { createWriter, type Role, type Writer } from "./writer.ts";

/** Numbers for generated names, one sequence per module. */
type Next = (prefix: string) => string;

interface Printing {
  readonly writer: Writer;
  readonly next: Next;
}

export function printWorker(integration: Integration, contracts: Contracts): Writer {
  const writer = createWriter();
  const counters = new Map<string, number>();
  const next: Next = (prefix) => {
    const number = (counters.get(prefix) ?? 0) + 1;
    counters.set(prefix, number);
    return `$${prefix}${number}`;
  };
  const printing: Printing = { writer, next };
  writer.add(
    `// Integration ${inComment(integration.tenant)}/${inComment(integration.name)} as the type checker reads it.\n\n`,
  );
  printTypes(integration, contracts, writer);
  printSource(integration.source, printing);
  for (const target of integration.targets) printFixed(target, printing);
  printWalk(integration, printing);
  return writer;
}

function printTypes(integration: Integration, contracts: Contracts, writer: Writer): void {
  const declared = new Map<string, JsonSchema>();
  for (const contract of integration.contracts.values()) {
    for (const [name, schema] of referredContracts(contract.schema, contracts)) declared.set(name, schema);
    declared.set(contract.key, contract.schema);
  }
  const { source } = integration;
  if (source.contract !== undefined) declared.set(source.contract.key, source.contract.schema);
  for (const [name, schema] of [...declared].sort(([a], [b]) => (a < b ? -1 : 1))) {
    writer.add(`${typeText(schema, { name: typeName(name) }, (referred) => contracts.get(referred))}\n`);
  }
  writer.add(`${typeText(integration.settingsSchema, { name: "Settings" })}\n`);
  const secrets = [...integration.secrets].sort().map((name) => `readonly ${JSON.stringify(name)}: $Secret`);
  writer.add(`export type Secrets = { ${secrets.join("; ")} };\n`);
  const meta = source.use.manifest.source?.meta;
  if (meta !== undefined) writer.add(`${typeText(meta, { name: "SourceMeta" })}\n`);
  const body = source.contract === undefined ? "$Any" : typeName(source.contract.key);
  writer.add(`export type Env = { readonly settings: Settings; readonly secrets: Secrets };
export type Scope = Env & { readonly body: ${body}; readonly headers: $Headers; readonly meta: $Meta${meta === undefined ? "" : " & SourceMeta"} };\n\n`);
}

function printSource(source: Source, printing: Printing): void {
  const { writer } = printing;
  printEnvFunction(`source_${identifier(source.name)}`, source.use.settings, source.use.connection?.settings, printing);
  if (source.messageId === undefined) return;
  writer.add("export function messageId({ body, headers, meta, settings }: Scope) {\n  return ");
  printSatisfying(source.messageId, "string | number | null | undefined", "value", writer);
  writer.add(";\n}\n\n");
}

function printFixed(target: Target, printing: Printing): void {
  const fixed = target.use.settings.filter((setting) => setting.bound === undefined);
  printEnvFunction(`target_${identifier(target.name)}`, fixed, target.use.connection?.settings, printing);
}

/** Settings that are evaluated once, from the context's values alone. */
function printEnvFunction(
  name: string,
  own: readonly Setting[],
  connection: readonly Setting[] | undefined,
  printing: Printing,
): void {
  const settings = [...own, ...(connection ?? [])].filter((setting) => expressionsIn(setting.value).length > 0);
  if (settings.length === 0) return;
  printing.writer.add(`export function ${name}({ settings, secrets }: Env) {\n`);
  for (const setting of settings) printSetting(setting, printing);
  printing.writer.add("}\n\n");
}

function printWalk(integration: Integration, printing: Printing): void {
  const { writer } = printing;
  const names = integration.targets.map((target) => JSON.stringify(target.name));
  writer.add(`export function walk(scope: Scope, target: ${names.join(" | ") || "never"}) {
  const { body, headers, meta, settings, secrets } = scope;
  const vars = {};\n`);
  const depth = printSteps([...integration.source.steps, ...integration.steps], printing);
  if (integration.route === undefined) for (const target of integration.targets) printTarget(target, printing);
  else printRoute(integration, printing);
  writer.add(`${"}".repeat(depth)}\n}\n`);
}

/** Returns how many blocks it left open. */
function printSteps(steps: readonly Step[], printing: Printing): number {
  let depth = 0;
  for (const step of steps) {
    if (step.kind === "filter") printGuard(step.condition, printing);
    else {
      printMap(step, printing);
      depth += 1;
    }
  }
  return depth;
}

function printGuard(condition: Value, printing: Printing): void {
  const name = printCondition(condition, printing);
  printing.writer.add(`if (!${name}) return;\n`);
}

/** Binds the condition to a const, so that it narrows and can be asked for being boolean. */
function printCondition(condition: Value, { writer, next }: Printing): string {
  const name = next("if");
  writer.add(`const ${name} = `);
  printValue(condition, writer, "value");
  writer.add("; $boolean(");
  writer.mapped("value", condition.site, "condition", () => writer.add(name));
  writer.add(");\n");
  return name;
}

function printMap(step: Extract<Step, { kind: "map" }>, printing: Printing): void {
  const { writer, next } = printing;
  const when = step.when === undefined ? undefined : printCondition(step.when, printing);
  const name = next("map");
  writer.add(`const ${name} = `);
  printContracted(step.value, step.contract, writer);
  writer.add(";\n");
  if (step.contract !== undefined) printClosed(name, step.contract, step.value, writer);
  if (step.as === undefined) {
    const body = next("body");
    writer.add(`const ${body} = ${when === undefined ? name : `${when} ? ${name} : body`};\n{ const body = ${body};\n`);
    return;
  }
  const vars = next("vars");
  const value = when === undefined ? name : `${when} ? ${name} : undefined`;
  writer.add(`const ${vars} = { ...vars, ${JSON.stringify(step.as)}: ${value} } as const;\n{ const vars = ${vars};\n`);
}

function printContracted(value: Value, contract: Contract | undefined, writer: Writer): void {
  printSatisfying(value, contract === undefined ? "$Json" : typeName(contract.key), "payload", writer);
}

/** `satisfies` keeps the precise type and gives literals and callbacks their context. */
function printSatisfying(value: Value, type: string, role: Role, writer: Writer): void {
  writer.mapped("value", value.site, role, () => {
    printValue(value, writer, role);
    writer.add(value.kind === "map" || value.kind === "list" ? ` as const satisfies ${type}` : ` satisfies ${type}`);
  });
}

function printClosed(name: string, contract: Contract, value: Value, writer: Writer): void {
  writer.add("$closed<");
  writer.mapped("value", value.site, "closed", () => writer.add(`$Excess<typeof ${name}, ${typeName(contract.key)}>`));
  writer.add(">();\n");
}

function printRoute(integration: Integration, printing: Printing): void {
  const { writer } = printing;
  for (const arm of integration.route ?? []) {
    if (arm.when === undefined) writer.add("{\n");
    else writer.add(`if (${printCondition(arm.when, printing)}) {\n`);
    for (const target of integration.targets) if (arm.to.includes(target.name)) printTarget(target, printing);
    writer.add("return;\n}\n");
  }
}

function printTarget(target: Target, printing: Printing): void {
  const { writer } = printing;
  writer.add(`if (target === ${JSON.stringify(target.name)}) {\n`);
  if (target.when !== undefined) printGuard(target.when, printing);
  const depth = printSteps(target.steps, printing);
  const payload = target.use.manifest.target?.payload;
  for (const setting of target.use.settings) if (setting.bound !== undefined) printSetting(setting, printing, target);
  if (payload === "body") printBody(target, writer);
  writer.add(`return;\n${"}".repeat(depth + 1)}\n`);
}

function printBody(target: Target, writer: Writer): void {
  const type = target.contract === undefined ? "$Json" : typeName(target.contract.key);
  const site = target.contract?.site ?? target.site;
  writer.mapped("value", site, "payload", () => writer.add(`body satisfies ${type};\n`));
  if (target.contract === undefined) return;
  writer.add("$closed<");
  writer.mapped("value", site, "closed", () => writer.add(`$Excess<typeof body, ${type}>`));
  writer.add(">();\n");
}

function printSetting(setting: Setting, { writer, next }: Printing, target?: Target): void {
  const name = next("setting");
  if (setting.bound === "payload") {
    writer.add(`const ${name} = `);
    printContracted(setting.value, target?.contract, writer);
    writer.add(";\n");
    if (target?.contract !== undefined) printClosed(name, target.contract, setting.value, writer);
    return;
  }
  if (expressionsIn(setting.value).length === 0) return;
  const type = next("Setting");
  writer.add(
    `${typeText(withoutOwnKeywords(setting.schema), { name: type }).replace(/^export /, "")}\nconst ${name} = `,
  );
  printSatisfying(setting.value, `$Setting<${type}>`, "setting", writer);
  writer.add(";\n");
}

const withoutOwnKeywords = (schema: JsonSchema): JsonSchema => stripped(schema, () => undefined);

const stripped = perSchema(
  (schema) =>
    JSON.parse(canonical(schema), (key, value: unknown) =>
      key.startsWith("x-vrsky-") ? undefined : value,
    ) as JsonSchema,
);

const inComment = (name: string): string => name.replaceAll(/[^\w.-]/g, "?");

/** Whatever an author wrote as a name: that it is none is told elsewhere. */
function identifier(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]/g, (sign) => (sign === "-" ? "_" : `$${sign.charCodeAt(0).toString(16)}`));
}
