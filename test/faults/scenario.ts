// What a scenario is, and what most of them have in common.

import { setTimeout as pause } from "node:timers/promises";
import type { Verdict } from "../rig/oracle.ts";
import { between } from "../rig/random.ts";
import { until } from "../rig/wait.ts";
import { type Field, type FieldOptions, type Hit, openField } from "./field.ts";
import type { Lab } from "./lab.ts";
import type { LabWorker } from "./pool.ts";

export interface Turn {
  readonly seed: number;
  /** So many faults are to be made. */
  readonly faults: number;
  /** Times that are minutes in life are minutes here, too, and not seconds. */
  readonly long: boolean;
}

export type Ran =
  | {
      readonly kind: "ran";
      readonly hits: readonly Hit[];
      readonly verdicts: readonly Verdict[];
      readonly notes: readonly string[];
    }
  /** It could not be: this is never a pass. */
  | { readonly kind: "not run"; readonly reason: string };

export interface Scenario {
  readonly name: string;
  /** What is done to whom. */
  readonly title: string;
  /** Faults per round, and in the long run. */
  readonly faults: number;
  readonly longFaults: number;
  run(lab: Lab, turn: Turn): Promise<Ran>;
}

/**
 * Opens a field, lets `act` make its faults, and closes the books. What `act` returns are notes, or findings if they
 * begin with "!"; `afterwards` finds what else is wrong when all is done.
 */
export async function inField(
  lab: Lab,
  options: FieldOptions,
  act: (field: Field) => Promise<readonly string[]>,
  afterwards: (field: Field) => readonly string[] = () => [],
): Promise<Ran> {
  await using field = await openField(lab, options);
  if (options.workers > 0) await flowing(field);
  const notes = await act(field);
  lab.say("waiting until nothing is left");
  const verdicts = await field.settle();
  const found = afterwards(field).map((finding) => `! ${finding}`);
  return { kind: "ran", hits: field.hits, verdicts, notes: [...notes, ...found] };
}

/** Several fields as one scenario. */
export function together(runs: readonly Ran[]): Ran {
  const not = runs.find((run) => run.kind === "not run");
  if (not !== undefined) return not;
  const ran = runs.flatMap((run) => (run.kind === "ran" ? [run] : []));
  return {
    kind: "ran",
    hits: ran.flatMap(({ hits }) => hits),
    verdicts: ran.flatMap(({ verdicts }) => verdicts),
    notes: ran.flatMap(({ notes }) => notes),
  };
}

/** Messages go in, unless too many wait, and come out. */
export async function flowing(field: Field): Promise<void> {
  const { accepted } = field.producer;
  const { taken } = field.receiver;
  const before = { accepted: accepted.size, taken: taken.length };
  await until(
    "messages flow",
    () => (accepted.size >= before.accepted + 5 || !field.room()) && taken.length >= before.taken + 5,
    60_000,
  );
}

/** At a moment that the seed chooses. */
export const someTime = (field: Field, least: number, most: number): Promise<void> =>
  pause(between(field.random, least, most));

export function anyWorker(field: Field): LabWorker {
  const worker = field.workers[between(field.random, 0, field.workers.length - 1)];
  if (worker === undefined) throw new Error("there is no worker");
  return worker;
}

/** Stops a worker while it has requests at the target; true when that came to pass. It stays stopped then. */
export async function pauseAtWork(field: Field, worker: LabWorker): Promise<number> {
  for (let tries = 0; tries < 3_000; tries++) {
    worker.pause();
    const open = field.receiver.open(worker.name);
    if (open > 0) return open;
    worker.wake();
    await pause(10);
  }
  return 0;
}
