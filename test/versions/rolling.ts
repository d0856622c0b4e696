// A fleet in which some workers are of one version and some of another, rolled one after the other from the one to the
// other and back, under load, with deployments in between. Nobody is killed: so nothing may come twice.

import { setTimeout as pause } from "node:timers/promises";
import { lines, ordered, orders } from "../faults/integrations.ts";
import { until } from "../rig/wait.ts";
import type { Build } from "./build.ts";
import { type Books, type Fleet, type FleetOptions, openFleet } from "./fleet.ts";
import type { FleetWorker } from "./worker.ts";

export interface Rolling {
  /** The version before and the one after; each round goes from the one of which the fleet is to the other. */
  readonly builds: readonly [Build, Build];
  readonly workers: number;
  readonly rounds: number;
  readonly seed: number;
  /** Of each integration; 4 unless told. */
  readonly senders?: number;
  readonly say: (text: string) => void;
}

export interface Rolled extends Books {
  readonly rounds: number;
  /** Workers that were replaced. */
  readonly replaced: number;
  readonly deployments: number;
  /** From SIGTERM to the end of the process, the longest of each version, in milliseconds. */
  readonly drains: ReadonlyMap<string, number>;
}

const fleetOf = (seed: number, senders = 4): FleetOptions => ({
  integrations: [orders, ordered, lines],
  seed,
  senders,
  pauseMs: 60,
  ackWaitMs: 30_000,
  timeout: "30s",
  givesUp: 0,
});

export async function roll({ builds, workers, rounds, seed, senders, say }: Rolling): Promise<Rolled> {
  await using fleet = await openFleet(fleetOf(seed, senders));
  const [before, after] = builds;
  for (let number = 0; number < workers; number++) await fleet.hire(before);
  await flowing(fleet);
  const drains = new Map<string, number>();
  const findings: string[] = [];
  for (let round = 1; round <= rounds; round++) {
    const next = round % 2 === 1 ? after : before;
    for (const worker of [...fleet.workers]) {
      say(`round ${round} of ${rounds}: ${worker.name} of ${worker.build} gives way to ${next.name}`);
      const { code, ms } = await replace(fleet, worker, next);
      drains.set(worker.build, Math.max(drains.get(worker.build) ?? 0, ms));
      if (code !== 0) findings.push(`round ${round}: ${worker.name} of ${worker.build} ended with ${code}`);
      // Half of the fleet is of the one version, half of the other: the time for a deployment.
      if (worker.name === fleet.workers[0]?.name) continue;
      await flowing(fleet);
    }
    await fleet.deploy();
    await takenOver(fleet);
  }
  say("waiting until nothing is left");
  const books = await fleet.settle();
  const replaced = rounds * workers;
  return {
    ...books,
    findings: [...findings, ...books.findings],
    rounds,
    replaced,
    deployments: fleet.edition(),
    drains,
  };
}

/** The new one runs before the old one stops. */
export async function replace(
  fleet: Fleet,
  old: FleetWorker,
  build: Build,
): Promise<Awaited<ReturnType<FleetWorker["stop"]>>> {
  await fleet.hire(build);
  fleet.dismiss(old);
  return old.stop();
}

/** Messages go in at each integration, and come out. */
async function flowing(fleet: Fleet, many = 10): Promise<void> {
  const count = () => fleet.flows.map(({ producer, receiver }) => [producer.accepted.size, receiver.taken.length]);
  const before = count();
  await until("messages flow", () =>
    count().every(([accepted = 0, taken = 0], index) => {
      const [acceptedThen = 0, takenThen = 0] = before[index] ?? [];
      return accepted >= acceptedThen + many && taken >= takenThen + many;
    }),
  );
}

/** Messages come in the newest deployment's name at each target that is asked over HTTP. */
async function takenOver(fleet: Fleet): Promise<void> {
  const wanted = `e${fleet.edition()}`;
  await until(`deployment ${wanted} delivers`, () =>
    fleet.flows.every(({ receiver }) => receiver.taken.slice(-2_000).some(({ edition }) => edition === wanted)),
  );
}

export interface Deploying {
  readonly build: Build;
  readonly workers: number;
  readonly deployments: number;
  readonly seed: number;
  readonly say: (text: string) => void;
}

/** One deployment after the other, as soon as the one before delivers. */
export async function deployMany({ build, workers, deployments, seed, say }: Deploying): Promise<Rolled> {
  await using fleet = await openFleet(fleetOf(seed));
  for (let number = 0; number < workers; number++) await fleet.hire(build);
  await flowing(fleet);
  for (let number = 1; number <= deployments; number++) {
    say(`deployment ${number} of ${deployments}`);
    await fleet.deploy();
    await takenOver(fleet);
    await pause(20);
  }
  say("waiting until nothing is left");
  const books = await fleet.settle();
  return { ...books, rounds: 0, replaced: 0, deployments, drains: new Map() };
}
