// check: every expression of every integration against the types that flow into it, in one run of the type checker.

import type { Diagnostic, Range } from "../../schema/diagnostic.ts";
import { isJsonObject, type JsonSchema } from "../../schema/json.ts";
import { type Contracts, referredContracts } from "../3-resolve/contracts.ts";
import { allSteps } from "../3-resolve/integration.ts";
import { typeName } from "../contract/types.ts";
import { libraryDts } from "../expression/library.ts";
import type { Contract, Integration } from "../integration.ts";
import type { Report, Value } from "../value.ts";
import { checkBounds } from "./bounds.ts";
import { checkScripts } from "./check-scripts.ts";
import { type AuthorsType, type AuthorsTypes, toDiagnostic } from "./findings.ts";
import { checkKeys } from "./keys.ts";
import { prelude } from "./prelude.ts";
import { contractsOf } from "./print-types.ts";
import { printWorker } from "./print-worker.ts";
import type { TypeChecker, TypeFinding } from "./type-checker.ts";
import type { Writer } from "./writer.ts";

/** An integration whose types hold, if nothing was reported; `typed` is its worker.ts. */
export interface Checked {
  readonly integration: Integration;
  readonly typed: string;
}

/** The library that every worker.ts sees; written beside them for people and editors. */
export const typedLibrary = (): string => `${libraryDts()}\n${prelude}`;

export function check(
  integrations: readonly Integration[],
  contracts: Contracts,
  checker: TypeChecker,
  told: readonly Diagnostic[],
  report: Report,
  memory: CheckMemory = { printed: (_integration, work) => work(), scripts: new WeakMap() },
): readonly Checked[] {
  const modules = new Map<string, Module>();
  const untyped = told.filter(({ code }) => untyping.has(code));
  for (const integration of integrations) {
    const printed = memory.printed(integration, () => print(integration, contracts));
    printed.diagnostics.forEach(report);
    modules.set(printed.name, { integration, printed, shaky: isShaky(integration, untyped), found: false });
  }
  const texts = new Map([...modules].map(([name, { printed }]) => [name, printed.text]));
  for (const found of checker.check(typedLibrary(), texts)) {
    const module = modules.get(found.module);
    if (module === undefined || isEcho(found)) continue;
    const { integration, printed } = module;
    const { writer, keyed } = printed;
    if (module.shaky && isOfNoType(found)) continue;
    // The items of what is no list are of no type, either.
    if (isNoList(found, writer)) module.shaky = true;
    const told = toDiagnostic(found, writer.spans(), authorsTypes(integration, contracts), integration.site);
    module.found = true;
    if (!repeatsKeys(told, integration, keyed)) report(told);
  }
  const sound = [...modules.values()].filter(({ found }) => !found).map(({ integration }) => integration);
  const types = (one: Integration): AuthorsTypes => authorsTypes(one, contracts);
  checkScripts(sound, contracts, checker, typedLibrary(), moduleName, types, report, memory.scripts);
  return [...modules.values()].map(({ integration, printed }) => ({ integration, typed: printed.text }));
}

/** Where a value has no type because of another finding, asking for its keys finds nothing to name. */
function isEcho(found: TypeFinding): boolean {
  return found.code === 2344 && !(found.lines.at(-1) ?? "").includes('"');
}

/** What can be said of an integration before its types are asked for. */
export interface Printed {
  /** Of the module. */
  readonly name: string;
  readonly writer: Writer;
  readonly text: string;
  /** Maps whose keys were found wrong: TypeScript sees one of them and words it worse. */
  readonly keyed: readonly Range[];
  readonly diagnostics: readonly Diagnostic[];
}

function print(integration: Integration, contracts: Contracts): Printed {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic);
  checkBounds(integration, report);
  const writer = printWorker(integration, contracts);
  const keyed = checkAllKeys(integration, contracts, report);
  return { name: moduleName(integration), writer, text: writer.text(), keyed, diagnostics };
}

/** What was said of integrations that are the very same now. */
export interface CheckMemory {
  readonly printed: (integration: Integration, work: () => Printed) => Printed;
  /** Findings of their scripts. */
  readonly scripts: WeakMap<Integration, readonly Diagnostic[]>;
}

interface Module {
  readonly integration: Integration;
  readonly printed: Printed;
  /** Part of it has no type because of an earlier finding. */
  shaky: boolean;
  /** The type checker had something to say. */
  found: boolean;
}

const isNoList = ({ start }: TypeFinding, writer: Writer): boolean =>
  writer.spans().some((span) => span.role === "list" && span.start <= start && start < span.end);

/** Findings after which a body may have no type: no contract, one that cannot be read, a step of a later version. */
const untyping: ReadonlySet<string> = new Set(["VRS2009", "VRS2010", "VRS2014", "VRS2016", "VRS2023"]);

function isShaky({ site: { spec } }: Integration, untyped: readonly Diagnostic[]): boolean {
  if (untyped.length === 0) return false;
  const { start, end } = spec.locate([]);
  return untyped.some(
    ({ file, range }) => file === spec.file && range.start.line >= start.line && range.start.line <= end.line,
  );
}

/** What TypeScript says of values that it knows nothing about. */
function isOfNoType({ code, lines }: TypeFinding): boolean {
  return (
    code === 7006 ||
    code === 7031 ||
    code === 18046 ||
    code === 2571 ||
    lines.some((line) => /\$any|'unknown'|^Type 'any'/i.test(line))
  );
}

function repeatsKeys({ code, file, range }: Diagnostic, { site }: Integration, keyed: readonly Range[]): boolean {
  if ((code !== "VRS4005" && code !== "VRS4006") || file !== site.spec.file) return false;
  const { line, column } = range.start;
  return keyed.some(
    ({ start, end }) =>
      (line > start.line || (line === start.line && column >= start.column)) &&
      (line < end.line || (line === end.line && column < end.column)),
  );
}

/** An author may write anything as a name; that it is none is told elsewhere. */
export function moduleName({ tenant, name }: Integration): string {
  return `${encodeURIComponent(tenant)}/${encodeURIComponent(name) || "unnamed"}/worker.ts`;
}

export function authorsTypes(integration: Integration, contracts: Contracts): AuthorsTypes {
  const types = new Map<string, AuthorsType>();
  for (const { key, name, schema, inline } of contractsOf(integration)) {
    types.set(typeName(key), { name, inline: inline === true, fields: fieldsOf(schema) });
    for (const [other, referred] of referredContracts(schema, contracts)) {
      types.set(typeName(other), { name: other, inline: false, fields: fieldsOf(referred) });
    }
  }
  return types;
}

const fieldsOf = ({ properties }: JsonSchema): readonly string[] =>
  isJsonObject(properties) ? Object.keys(properties) : [];

/** Reports, and gives the ranges of the maps concerned, their keys included. */
function checkAllKeys(integration: Integration, contracts: Contracts, report: Report): readonly Range[] {
  const keyed: Range[] = [];
  const look = (value: Value, contract: Contract): void => {
    let wrong = false;
    checkKeys(value, contract, contracts, (diagnostic) => {
      wrong = true;
      report(diagnostic);
    });
    const { spec, path } = value.site;
    if (wrong) keyed.push({ start: spec.locate(path, "key").start, end: spec.locate(path).end });
  };
  const { sources, targets } = integration;
  for (const step of allSteps([...sources, integration, ...targets])) {
    if (step.kind === "map" && step.contract !== undefined) look(step.value, step.contract);
    if (step.kind === "use") look(step.params, step.paramsContract);
  }
  for (const { contract, use } of targets) {
    if (contract === undefined || use.manifest.target?.payload !== "settings") continue;
    const payload = use.settings.find((setting) => setting.bound === "payload");
    if (payload !== undefined) look(payload.value, contract);
  }
  return keyed;
}
