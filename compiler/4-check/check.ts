// check: every expression of every integration against the types that flow into it, in one run of the type checker.

import type { Diagnostic, Range } from "../../schema/diagnostic.ts";
import { isJsonObject, type JsonSchema } from "../../schema/json.ts";
import type { ContractPlaces } from "../3-resolve/contract-places.ts";
import { type Contracts, referredContracts } from "../3-resolve/contracts.ts";
import { definitionName, typeName } from "../contract/types.ts";
import { libraryDts } from "../expression/library.ts";
import type { Integration } from "../integration.ts";
import type { Report } from "../value.ts";
import { checkBounds } from "./bounds.ts";
import { checkScripts } from "./check-scripts.ts";
import { toDiagnostic } from "./findings.ts";
import { checkKeys } from "./keys.ts";
import { contractedValues, labelsFor } from "./labels.ts";
import { prelude } from "./prelude.ts";
import { contractsOf } from "./print-types.ts";
import { printWorker } from "./print-worker.ts";
import type { TypeChecker, TypeFinding } from "./type-checker.ts";
import type { AuthorsType, AuthorsTypes, Words } from "./words.ts";
import type { Writer } from "./writer.ts";

/** An integration whose types hold, if nothing was reported; `typed` is its worker.ts. */
export interface Checked {
  readonly integration: Integration;
  readonly typed: string;
}

/** The library that every worker.ts sees; written beside them for people and editors. */
export const typedLibrary = (): string => `${libraryDts()}\n${prelude}`;

/** `meanwhile`: what can be done while the checker works, in the hope that nothing is found. */
export function check(
  integrations: readonly Integration[],
  contracts: Contracts,
  places: ContractPlaces,
  checker: TypeChecker,
  told: readonly Diagnostic[],
  report: Report,
  memory: CheckMemory = { printed: (_integration, work) => work(), scripts: new WeakMap() },
  meanwhile: (checked: readonly Checked[]) => void = () => undefined,
): readonly Checked[] {
  const words = (one: Integration): Words => ({
    types: authorsTypes(one, contracts),
    labels: labelsFor(one, contracts, places),
  });
  const modules = new Map<string, Module>();
  const untyped = told.filter(({ code }) => untyping.has(code));
  for (const integration of integrations) {
    const printed = memory.printed(integration, () => print(integration, contracts, places));
    printed.diagnostics.forEach(report);
    modules.set(printed.name, { integration, printed, shaky: isShaky(integration, untyped), found: false });
  }
  const texts = new Map([...modules].map(([name, { printed }]) => [name, printed.text]));
  const checked = [...modules.values()].map(({ integration, printed }) => ({ integration, typed: printed.text }));
  const library = typedLibrary();
  const answer = checker.ask?.(library, texts) ?? (() => checker.check(library, texts));
  meanwhile(checked);
  for (const found of withoutOperators(answer())) {
    const module = modules.get(found.module);
    if (module === undefined || isEcho(found)) continue;
    const { integration, printed } = module;
    const { writer, keyed } = printed;
    if (module.shaky && isOfNoType(found)) continue;
    // The items of what is no list are of no type, either.
    if (isNoList(found, writer)) module.shaky = true;
    const told = toDiagnostic(found, writer.spans(), words(integration), integration.site, printed.text);
    module.found = true;
    // A declaration of ours that is none, made of a contract of which more was said.
    if (told.code === "VRS9001" && untyped.length > 0) continue;
    if (!repeatsKeys(told, integration, keyed)) report(told);
  }
  const sound = [...modules.values()].filter(({ found }) => !found).map(({ integration }) => integration);
  checkScripts(sound, contracts, checker, library, moduleName, words, report, memory.scripts);
  return checked;
}

/** What is said of an operator is a consequence of what is said of one of its sides. */
function withoutOperators(all: readonly TypeFinding[]): readonly TypeFinding[] {
  const inside = (one: TypeFinding, other: TypeFinding): boolean =>
    other.code !== 2365 && other.module === one.module && one.start <= other.start && other.end <= one.end;
  return all.filter((one) => one.code !== 2365 || !all.some((other) => inside(one, other)));
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

function print(integration: Integration, contracts: Contracts, places: ContractPlaces): Printed {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic);
  checkBounds(integration, report);
  const writer = printWorker(integration, contracts);
  const keyed = checkAllKeys(integration, contracts, places, report);
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

/** Findings after which a body may have no type: no contract, one that cannot be read, a part of a later version. */
const untyping: ReadonlySet<string> = new Set(["VRS2004", "VRS2009", "VRS2010", "VRS2014", "VRS2023"]);

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
  const { settingsSchema } = integration;
  const types = new Map<string, AuthorsType>([
    ["Settings", { name: "the settings of the workspace", inline: true, fields: fieldsOf(settingsSchema) }],
  ]);
  const add = (key: string, name: string, inline: boolean, schema: JsonSchema): void => {
    types.set(typeName(key), { name, inline, fields: fieldsOf(schema) });
    for (const [group, definition, part] of definitionsOf(schema)) {
      const named = { name: `${definition} of ${name}`, inline, fields: fieldsOf(part) };
      types.set(definitionName(typeName(key), group, definition), named);
    }
  };
  for (const { key, name, schema, inline } of contractsOf(integration)) {
    add(key, name, inline === true, schema);
    for (const [other, referred] of referredContracts(schema, contracts)) add(other, other, false, referred);
  }
  return types;
}

function definitionsOf(schema: JsonSchema): readonly (readonly [group: string, definition: string, JsonSchema])[] {
  return ["$defs", "definitions"].flatMap((group) => {
    const members = schema[group];
    const entries = Object.entries(isJsonObject(members) ? members : {});
    return entries.flatMap(([name, part]) => (isJsonObject(part) ? [[group, name, part] as const] : []));
  });
}

const fieldsOf = ({ properties }: JsonSchema): readonly string[] =>
  isJsonObject(properties) ? Object.keys(properties) : [];

/** Reports, and gives the ranges of the maps concerned, their keys included. */
function checkAllKeys(
  integration: Integration,
  contracts: Contracts,
  places: ContractPlaces,
  report: Report,
): readonly Range[] {
  const keyed: Range[] = [];
  for (const { value, contract } of contractedValues(integration)) {
    let wrong = false;
    checkKeys(value, contract, contracts, places, (diagnostic) => {
      wrong = true;
      report(diagnostic);
    });
    const { spec, path } = value.site;
    if (wrong) keyed.push({ start: spec.locate(path, "key").start, end: spec.locate(path).end });
  }
  return keyed;
}
