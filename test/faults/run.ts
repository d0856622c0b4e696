// One scenario from its seed to its lines in the ledger.

import type { Verdict } from "../rig/oracle.ts";
import type { Lab } from "./lab.ts";
import type { Scenario, Turn } from "./scenario.ts";

export interface Line {
  readonly scenario: string;
  readonly title: string;
  readonly seed: number;
  readonly seconds: number;
  /** Faults that were made, and those that are shown to have hit. */
  readonly faults: number;
  readonly hits: number;
  readonly verdicts: readonly Verdict[];
  readonly notes: readonly string[];
  /** What is wrong; empty when it passed. A scenario that was not run has not passed. */
  readonly findings: readonly string[];
  /** Why it was not run. */
  readonly notRun?: string;
}

export async function runScenario(lab: Lab, scenario: Scenario, turn: Turn): Promise<Line> {
  const { name, title } = scenario;
  const began = performance.now();
  const ran = await scenario.run(lab, turn).catch((error: unknown) => ({
    kind: "ran" as const,
    hits: [],
    verdicts: [],
    notes: [`! it broke off: ${error instanceof Error ? error.message : String(error)}`],
  }));
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const line = { scenario: name, title, seed: turn.seed, seconds };
  if (ran.kind === "not run") {
    return { ...line, faults: 0, hits: 0, verdicts: [], notes: [], findings: [], notRun: ran.reason };
  }
  const missed = ran.hits.filter(({ proof }) => proof === undefined).map(({ fault }) => fault);
  const quiet = ran.verdicts.filter(({ accepted }) => accepted === 0).map(({ target }) => `${target}: nothing passed`);
  return {
    ...line,
    faults: ran.hits.length,
    hits: ran.hits.length - missed.length,
    verdicts: ran.verdicts,
    notes: ran.notes.filter((note) => !note.startsWith("!")),
    findings: [
      ...ran.notes.filter((note) => note.startsWith("!")).map((note) => note.slice(1).trim()),
      ...missed.map((fault) => `${fault} did not hit anything`),
      ...(ran.hits.length === 0 ? ["no fault was made"] : []),
      ...quiet,
      ...ran.verdicts.flatMap(({ findings }) => findings),
    ],
  };
}

export const passed = ({ findings, notRun }: Line): boolean => findings.length === 0 && notRun === undefined;
