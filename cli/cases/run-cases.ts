// All cases of a workspace, one after the other, each in a house of its own.

import type { Spec } from "../../compiler/2-parse/spec.ts";
import type { Tests } from "../../compiler/3-resolve/tests.ts";
import type { CodedBundle } from "../../schema/bundle.ts";
import { canonical } from "../../schema/canonical.ts";
import type { JsonObject } from "../../schema/json.ts";
import type { Topology } from "../../schema/topology.ts";
import { type Case, readCases } from "./case.ts";
import type { Covering } from "./coverage/coverage.ts";
import { compare, expectationOf } from "./expect.ts";
import type { Happened } from "./happened.ts";
import { play, type ScriptsAtWork } from "./play.ts";
import { valuesOf } from "./values.ts";

export interface CaseResult {
  readonly tenant: string;
  readonly integration: string;
  readonly test: Case;
  readonly ok: boolean;
  readonly expected: JsonObject;
  /** In the same form. */
  readonly actual: JsonObject;
  readonly happened: Happened;
  /** What `expect` would have to be. */
  readonly fresh: JsonObject;
  /** Milliseconds that it took. */
  readonly ms: number;
}

export interface Runnable {
  readonly tests: Tests;
  readonly bundles: readonly CodedBundle[];
  readonly topology: Topology;
  readonly file: (path: string) => Uint8Array | undefined;
  readonly scripts: ScriptsAtWork;
  /** Of each integration what its cases reach, where somebody asks. */
  readonly covering?: (coded: CodedBundle) => Covering;
}

export interface Chosen {
  readonly wanted: (integration: string, name: string) => boolean;
  /** Instead of the cases' own. */
  readonly seed?: number;
}

/** `told`: after each of them. */
export async function runCases(
  given: Runnable,
  { wanted, seed }: Chosen,
  told: (result: CaseResult) => void,
): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const spec of inOrder(given.tests.documents)) {
    for (const test of readCases(spec)) {
      if (!wanted(spec.name, test.name)) continue;
      const result = await runCase(given, spec, seed === undefined ? test : { ...test, seed });
      results.push(result);
      told(result);
    }
  }
  return results;
}

const inOrder = (documents: readonly Spec[]): readonly Spec[] =>
  [...documents].sort((a, b) => {
    const [left, right] = [`${a.tenant}/${a.name}/${a.file}`, `${b.tenant}/${b.name}/${b.file}`];
    return left < right ? -1 : left > right ? 1 : 0;
  });

async function runCase(given: Runnable, spec: Spec, test: Case): Promise<CaseResult> {
  const { tenant, name: integration } = spec;
  const coded = given.bundles.find(({ bundle }) => bundle.tenant === tenant && bundle.integration === integration);
  const topology = given.topology.tenants.find((each) => each.tenant === tenant);
  if (coded === undefined || topology === undefined) throw new Error(`${tenant}/${integration} is not compiled`);
  const began = performance.now();
  const env = valuesOf(coded.bundle, test, given.tests);
  const covering = given.covering?.(coded);
  const covered = covering === undefined ? {} : { covered: covering.counters };
  const playable = {
    coded: covering?.coded ?? coded,
    topology,
    env,
    file: given.file,
    scripts: given.scripts,
    ...covered,
  };
  const happened = await play(playable, test);
  const { expected, happened: actual } = compare(test.expect ?? {}, happened);
  const fresh = expectationOf(happened, coded.bundle.needs?.includes("reply") === true);
  const ok = test.expect !== undefined && happened.flaws.length === 0 && canonical(expected) === canonical(actual);
  const ms = performance.now() - began;
  const result = { tenant, integration, test, ok, expected, actual, happened, fresh, ms };
  covering?.add(result);
  return result;
}
