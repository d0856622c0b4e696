// The compile line with a clock between its passes: it walks as compiler/compile.ts does.

import { filesBelow } from "../../cli/files.ts";
import { scriptTools } from "../../cli/script-tools.ts";
import { readWorkspace } from "../../compiler/1-read/read.ts";
import { composeSchemas } from "../../compiler/2-parse/compose.ts";
import { createParser } from "../../compiler/2-parse/parse.ts";
import { contractPlaces } from "../../compiler/3-resolve/contract-places.ts";
import { loadContracts } from "../../compiler/3-resolve/load-contracts.ts";
import { resolveWorkspace } from "../../compiler/3-resolve/workspace.ts";
import { check } from "../../compiler/4-check/check.ts";
import { createTypeChecker } from "../../compiler/4-check/type-checker.ts";
import { lower } from "../../compiler/5-lower/lower.ts";
import { emit } from "../../compiler/6-emit/emit.ts";
import { manifests } from "../../connectors/all.ts";
import type { Diagnostic } from "../../schema/diagnostic.ts";

export interface Phase {
  readonly name: string;
  readonly ms: number;
}

export function phasesOf(root: string): readonly Phase[] {
  const phases: Phase[] = [];
  const timed = <T>(name: string, work: () => T): T => {
    const start = performance.now();
    const result = work();
    phases.push({ name, ms: performance.now() - start });
    return result;
  };
  const found: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic): void => void found.push(diagnostic);
  const checker = createTypeChecker();
  try {
    const read = timed("read", () => readWorkspace(root, filesBelow(root)));
    const parse = createParser(composeSchemas(manifests));
    const specs = timed("parse", () => read.specs.flatMap((file) => parse(file).specs));
    const contracts = timed("contracts", () => loadContracts(read.contracts, report));
    const noFiles = { text: () => undefined, scripts: scriptTools() };
    const workspace = timed("resolve", () => resolveWorkspace(specs, contracts, manifests, noFiles, report));
    if (workspace === undefined) throw new Error("the generated workspace has no vrsky.yaml");
    const integrations = workspace.tenants.flatMap((tenant) => tenant.integrations);
    const checked = timed("check", () =>
      check(integrations, contracts, contractPlaces(read.contracts), checker, [], report),
    );
    const stages = timed("lower", () => checked.map((each) => lower(each, contracts)));
    timed("emit", () => emit(workspace, stages, contracts));
    if (found.length > 0) throw new Error(`the generated workspace does not compile: ${JSON.stringify(found[0])}`);
    return phases;
  } finally {
    checker.close();
  }
}
