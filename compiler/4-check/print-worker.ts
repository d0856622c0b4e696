// worker.ts: the whole integration as one typed module. The checker reads it; people may.

import type { Contracts } from "../3-resolve/contracts.ts";
import { changesSetting } from "../3-resolve/declared-table.ts";
import { allSteps, failingNames } from "../3-resolve/integration.ts";
import { typeName } from "../contract/types.ts";
import type { Arm, Connection, Contract, Integration, Poll, Setting, Source, Step, Target } from "../integration.ts";
import { child, expressionsIn } from "../value.ts";
import { printSteps } from "./print-steps.ts";
import { printTypes, scopeName, typeOf } from "./print-types.ts";
import {
  createPrinting,
  type Printing,
  type Probe,
  printAsked,
  printCondition,
  printGuard,
  printSetting,
} from "./printing.ts";
import { createWriter, type Writer } from "./writer.ts";

export function printWorker(integration: Integration, contracts: Contracts, probes?: Probe[]): Writer {
  const writer = createWriter();
  const printing = createPrinting(writer, probes);
  const { tenant, name, sources, targets } = integration;
  writer.add(`// Integration ${inComment(tenant)}/${inComment(name)} as the type checker reads it.\n\n`);
  printTypes(integration, contracts, writer);
  for (const [index, source] of sources.entries()) printSource(source, index, printing);
  for (const target of targets) {
    const fixed = target.use.settings.filter((setting) => setting.bound === undefined);
    printFixed(`target_${identifier(target.name)}`, fixed, target.use.connection, printing);
  }
  for (const step of allSteps([...sources, integration, ...targets])) printCallFixed(step, printing);
  printFixed("objects", [], integration.objects?.use?.connection, printing);
  printWalk(integration, printing);
  printFailed(integration, printing);
  return writer;
}

function printSource(source: Source, index: number, printing: Printing): void {
  const { writer } = printing;
  const name = identifier(source.name);
  const { use, poll, messageId, contract, stream } = source;
  const own = poll === undefined ? use.settings : [];
  printFixed(`source_${name}`, own, use.connection, printing);
  if (poll !== undefined) printPoll(poll, name, printing);
  // What the stream gives must be what the reader says that it reads.
  if (contract !== undefined && stream?.contract !== undefined && contract.key !== stream.contract.key) {
    const given = `$answer<${typeName(stream.contract.key)}>() satisfies ${typeName(contract.key)};\n`;
    writer.mapped("value", child(source.site, "contract"), "given", () => writer.add(given));
  }
  if (messageId === undefined) return;
  writer.add(`export function messageId_${name}({ body, headers, meta, settings }: ${scopeName(index)}) {\n`);
  printAsked(messageId, "string | number | null | undefined", printing);
  writer.add("}\n\n");
}

/** The first request has no page yet; what is asked of a page has one. */
function printPoll({ use, contract, more, items, cursor }: Poll, name: string, printing: Printing): void {
  const { writer } = printing;
  const page = typeOf(contract);
  writer.add(
    `export function request_${name}({ settings, secrets }: Env, page: ${page} | undefined, cursor: string) {\n`,
  );
  for (const setting of [...use.settings, ...(use.connection?.settings ?? [])]) {
    if (expressionsIn(setting.value).length > 0) printSetting(setting, printing);
  }
  writer.add(`}\nexport function page_${name}({ settings }: Env, page: ${page}, cursor: string) {\n`);
  if (more !== undefined) printCondition(more, printing);
  if (items !== undefined) printAsked(items, "readonly $Json[]", printing);
  if (cursor !== undefined) {
    printAsked(cursor.start, "string", printing);
    printAsked(cursor.next, "string", printing);
  }
  writer.add("}\n\n");
}

/** Settings that are evaluated once, from the context's values alone. */
function printFixed(
  name: string,
  own: readonly Setting[],
  connection: Connection | undefined,
  printing: Printing,
): void {
  const all = [...own, ...(connection?.settings ?? [])];
  const settings = all.filter((setting) => expressionsIn(setting.value).length > 0);
  if (settings.length === 0) return;
  printing.writer.add(`export function ${name}({ settings, secrets }: Env) {\n`);
  for (const setting of settings) printSetting(setting, printing);
  printing.writer.add("}\n\n");
}

function printCallFixed(step: Step, printing: Printing): void {
  if (step.kind === "call") printFixed(`call_${identifier(step.key)}`, [], step.use.connection, printing);
}

function printWalk(integration: Integration, printing: Printing): void {
  const { writer } = printing;
  const [only, ...others] = integration.sources;
  const names = integration.targets.map((target) => JSON.stringify(target.name)).join(" | ") || "never";
  if (only !== undefined && others.length === 0) {
    writer.add(`export function walk(scope: Scope, target: ${names}) {
  const { body, headers, meta, settings, secrets } = scope;
  const vars = {};\n`);
    printing.probe(only.site);
    const depth = printSteps(only.steps, printing);
    printRest(integration, depth, printing);
    return;
  }
  const from = integration.sources.map((source, index) => printFrom(source, index, printing));
  writer.add(`export function walk(scope: Scope, $in: ${from.map((name) => `$Left<typeof ${name}>`).join(" | ")}, target: ${names}) {
  const { settings, secrets } = scope;
  const { body, headers, meta, vars } = $in;\n`);
  printRest(integration, 0, printing);
}

/** One of several sources, up to the shape that all of them come to. */
function printFrom(source: Source, index: number, printing: Printing): string {
  const name = `$from${index + 1}`;
  printing.writer.add(`function ${name}({ body, headers, meta, settings, secrets }: ${scopeName(index)}) {
  const vars = {};\n`);
  printing.probe(source.site);
  const depth = printSteps(source.steps, printing);
  printing.writer.add(`return { body, headers, meta, vars };\n${"}".repeat(depth + 1)}\n`);
  return name;
}

/** All that the sources have in common; closes `open` blocks and the function around them. */
function printRest(integration: Integration, open: number, printing: Printing): void {
  const { writer } = printing;
  if (integration.orderBy !== undefined) printAsked(integration.orderBy, "string | number | boolean", printing);
  const depth = open + printSteps(integration.steps, printing);
  if (integration.reply !== undefined) {
    writer.add("{\n");
    for (const setting of integration.reply.settings) printSetting(setting, printing);
    writer.add("}\n");
  }
  printRoute(integration, printing);
  writer.add(`${"}".repeat(depth)}\n}\n`);
}

function printRoute({ route, targets, ...integration }: Integration, printing: Printing): void {
  const { writer } = printing;
  const failing = failingNames({ ...integration, targets });
  if (route === undefined) {
    for (const target of targets) if (!failing.has(target.name)) printTarget(target, printing);
    return;
  }
  const several = targets.filter(({ name }) => route.filter(({ to }) => to.includes(name)).length > 1);
  for (const target of several) printJoined(target, route, failing, printing);
  for (const arm of route) {
    if (arm.when === undefined) writer.add("{\n");
    else writer.add(`if (${printCondition(arm.when, printing)}) {\n`);
    printing.probe(arm.site);
    for (const target of targets) {
      if (arm.to.includes(target.name) && !several.includes(target)) printRouted(target, failing, printing);
    }
    writer.add("return;\n}\n");
  }
}

/** What reaches a target by several arms is what any of them left: they join in front of it. */
function printJoined(target: Target, route: readonly Arm[], failing: ReadonlySet<string>, printing: Printing): void {
  const { writer, next } = printing;
  const label = next("route");
  writer.add(`if (target === ${JSON.stringify(target.name)}) {\n${label}: {\n`);
  for (const { when, to } of route) {
    const goes = to.includes(target.name) ? `break ${label};` : "return;";
    writer.add(when === undefined ? `{ ${goes} }\n` : `if (${printCondition(when, printing)}) { ${goes} }\n`);
  }
  writer.add("return;\n}\n");
  printRouted(target, failing, printing);
  writer.add("}\n");
}

function printRouted(target: Target, failing: ReadonlySet<string>, printing: Printing): void {
  const { writer } = printing;
  const fails = failing.has(target.name);
  if (fails) writer.add("{ const error = $answer<$Error | undefined>();\n");
  printTarget(target, printing);
  if (fails) writer.add("}\n");
}

/** What failed may be anything: its body can be passed on, not looked into. */
function printFailed(integration: Integration, printing: Printing): void {
  const { writer } = printing;
  const failing = failingNames(integration);
  const targets = integration.targets.filter(({ name }) => failing.has(name));
  if (targets.length === 0) return;
  writer.add(`export function failed(scope: Scope, target: ${targets.map(({ name }) => JSON.stringify(name)).join(" | ")}) {
  const { headers, meta, settings, secrets } = scope;
  const body = $answer<$Failed>();
  const error = $answer<$Error>();
  const vars = {};\n`);
  for (const target of targets) printTarget(target, printing);
  writer.add("}\n");
}

function printTarget(target: Target, printing: Printing): void {
  const { writer } = printing;
  writer.add(`if (target === ${JSON.stringify(target.name)}) {\n`);
  if (target.when !== undefined) printGuard(target.when, printing);
  const depth = printSteps(target.steps, printing);
  printing.probe(target.site);
  const payload = target.use.manifest.target?.payload;
  if (target.batch?.by !== undefined) printAsked(target.batch.by, "string | number | boolean", printing);
  if (payload === "body") for (const wanted of wantedAt(target)) printBody(target, wanted, writer);
  if (target.batch !== undefined) writer.add("{ const batch = $answer<$Batch<typeof body>>();\n");
  for (const setting of target.use.settings) {
    if (setting.bound !== undefined) printSetting(setting, printing, target.contract);
  }
  if (target.batch !== undefined) writer.add("}\n");
  writer.add(`return;\n${"}".repeat(depth + 1)}\n`);
}

interface Wanted {
  readonly contract: Contract | undefined;
  readonly type: string;
}

/** By its own contract and that of its stream or its table, where they are two. */
function wantedAt({ contract, stream, table, use }: Target): readonly Wanted[] {
  const own = { contract, type: contract === undefined ? "$Json" : typeName(contract.key) };
  const declared = stream?.contract ?? table?.contract;
  if (declared === undefined || declared.key === contract?.key) return [own];
  const row = typeName(declared.key);
  return [own, { contract: declared, type: changesSetting(use) === undefined ? row : `$Change<${row}>` }];
}

function printBody(target: Target, { contract, type }: Wanted, writer: Writer): void {
  // A stream's or a table's contract stands in another document; the place to mend is here.
  const site = contract?.site.spec === target.site.spec ? contract.site : target.site;
  writer.mapped("value", site, "payload", () => writer.add(`body satisfies ${type};\n`));
  if (contract === undefined) return;
  writer.add("$closed<");
  writer.mapped("value", site, "closed", () => writer.add(`$Excess<typeof body, ${type}>`));
  writer.add(">();\n");
}

const inComment = (name: string): string => name.replaceAll(/[^\w.-]/g, "?");

/** Whatever an author wrote as a name: that it is none is told elsewhere. */
function identifier(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9]/g, (sign) => (sign === "-" ? "_" : `$${sign.charCodeAt(0).toString(16)}`));
}
