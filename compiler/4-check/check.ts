// check: every expression of every integration against the types that flow into it, in one run of the type checker.

import type { Diagnostic } from "../../schema/diagnostic.ts";
import { type Contracts, referredContracts } from "../3-resolve/contracts.ts";
import { typeName } from "../contract/types.ts";
import { libraryDts } from "../expression/library.ts";
import type { Integration, Step } from "../integration.ts";
import type { Report } from "../value.ts";
import { checkBounds } from "./bounds.ts";
import { toDiagnostic } from "./findings.ts";
import { checkKeys } from "./keys.ts";
import { prelude } from "./prelude.ts";
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
  report: Report,
): readonly Checked[] {
  const modules = new Map<string, { readonly integration: Integration; readonly writer: Writer }>();
  for (const integration of integrations) {
    checkBounds(integration, report);
    checkAllKeys(integration, contracts, report);
    modules.set(moduleName(integration), { integration, writer: printWorker(integration, contracts) });
  }
  const texts = new Map([...modules].map(([name, { writer }]) => [name, writer.text()]));
  for (const found of checker.check(typedLibrary(), texts)) {
    const module = modules.get(found.module);
    if (module === undefined || isEcho(found)) continue;
    const { integration, writer } = module;
    report(toDiagnostic(found, writer.spans(), authorsNames(integration, contracts), integration.site));
  }
  return [...modules].map(([name, { integration }]) => ({ integration, typed: texts.get(name) ?? "" }));
}

/** Where a value has no type because of another finding, asking for its keys finds nothing to name. */
function isEcho(found: TypeFinding): boolean {
  return found.code === 2344 && !(found.lines.at(-1) ?? "").includes('"');
}

function moduleName(integration: Integration): string {
  return `${integration.tenant}/${integration.name}/worker.ts`;
}

function authorsNames(integration: Integration, contracts: Contracts): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const contract of integration.contracts.values()) {
    names.set(typeName(contract.key), contract.name);
    for (const name of referredContracts(contract.schema, contracts).keys()) names.set(typeName(name), name);
  }
  return names;
}

function checkAllKeys(integration: Integration, contracts: Contracts, report: Report): void {
  const steps = [
    ...integration.source.steps,
    ...integration.steps,
    ...integration.targets.flatMap((target) => target.steps),
  ];
  for (const step of steps) checkStepKeys(step, contracts, report);
  for (const target of integration.targets) {
    if (target.contract === undefined || target.use.manifest.target?.payload !== "settings") continue;
    const payload = target.use.settings.find((setting) => setting.bound === "payload");
    if (payload !== undefined) checkKeys(payload.value, target.contract, contracts, report);
  }
}

function checkStepKeys(step: Step, contracts: Contracts, report: Report): void {
  if (step.kind === "map" && step.contract !== undefined) checkKeys(step.value, step.contract, contracts, report);
}

/**
 * One mistake, one finding: the key check and the type checker both see an undeclared or missing key, and common
 * steps are seen once per target. The first finding at a place and code wins.
 */
export function withoutEchoes(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  const keyed = new Set(diagnostics.filter(isKeyFinding).map((diagnostic) => diagnostic.file));
  return diagnostics.filter((diagnostic) => {
    const { start } = diagnostic.range;
    const place = `${diagnostic.file}:${start.line}:${start.column}:${diagnostic.code}:${keyed.has(diagnostic.file) ? diagnostic.message : ""}`;
    if (seen.has(place)) return false;
    seen.add(place);
    return true;
  });
}

function isKeyFinding(diagnostic: Diagnostic): boolean {
  return diagnostic.code === "VRS4005" || diagnostic.code === "VRS4006";
}
