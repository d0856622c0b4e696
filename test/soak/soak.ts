// A fleet that runs for long, with something befalling it every few seconds, and what is left of memory, open files and
// messages at its end.

import { setTimeout as pause } from "node:timers/promises";
import { seeded } from "../../cli/cases/seeded.ts";
import { lines, ordered, orders, rerouted } from "../faults/integrations.ts";
import { between } from "../rig/random.ts";
import { api } from "../rig/topology.ts";
import type { Build } from "../versions/build.ts";
import { type Books, type Fleet, openFleet } from "../versions/fleet.ts";
import { look, type Sample, type Trend, trendOf } from "./sample.ts";
import { recovered, troubleOf } from "./troubles.ts";

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly workers: number;
  readonly builds: readonly [Build, ...Build[]];
  readonly say: (text: string) => void;
}

export interface Event {
  /** Seconds since the start. */
  readonly at: number;
  readonly trouble: string;
  readonly what: string;
}

export interface Soaked extends Books {
  readonly seconds: number;
  readonly events: readonly Event[];
  readonly samples: readonly Sample[];
  readonly trends: readonly Trend[];
  /** That the server holds at the end: what it has kept for dedupe, and dead letters. */
  readonly held: number;
  readonly judgedMemory: boolean;
}

const ackWaitMs = 10_000;
const sampleMs = 2_000;
/** Memory of a shorter run says nothing: code is still compiled and caches fill. */
const memoryFromMinutes = 10;

export async function soak({ minutes, seed, workers, builds, say }: SoakOptions): Promise<Soaked> {
  await using fleet = await openFleet({
    integrations: [orders, ordered, lines, rerouted],
    seed,
    senders: 3,
    pauseMs: 120,
    ackWaitMs,
    timeout: "5s",
    givesUp: 10,
  });
  for (let number = 0; number < workers; number++) await fleet.hire(builds[number % builds.length] ?? builds[0]);
  await recovered(fleet);

  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  const samples: Sample[] = [];
  let sampling = true;
  const sampled = sampleAll(fleet, samples, seconds, () => sampling);
  const random = seeded(seed + 7);
  const events: Event[] = [];
  const findings: string[] = [];
  const ground = { fleet, random, builds, ackWaitMs };
  try {
    for (let number = 0; seconds() < minutes * 60; number++) {
      const trouble = troubleOf(number, random);
      const at = seconds();
      say(`${clock(at)} of ${clock(minutes * 60)}: ${trouble.name}`);
      const what = await trouble.run(ground);
      if (what !== undefined) events.push({ at, trouble: trouble.name, what });
      await recovered(fleet);
      await pause(between(random, 500, 3_000));
    }
  } catch (error) {
    findings.push(`it broke off at ${clock(seconds())}: ${error instanceof Error ? error.message : String(error)}`);
  }
  say("waiting until nothing is left");
  sampling = false;
  await sampled;
  const lasted = seconds();
  const held = await messagesHeld(fleet).catch(() => 0);
  // What was measured is told, whatever becomes of the books.
  const books = await fleet.settle().catch(
    (error: unknown): Books => ({
      verdicts: [],
      findings: [`the books cannot be closed: ${error instanceof Error ? error.message : String(error)}`],
    }),
  );
  const judgedMemory = minutes >= memoryFromMinutes;
  const trends = [trendOf("worker", samples, judgedMemory), trendOf("server", samples, false)];
  return {
    ...books,
    findings: [...findings, ...books.findings, ...trends.flatMap((trend) => trend.findings)],
    seconds: lasted,
    events,
    samples,
    trends,
    held,
    judgedMemory,
  };
}

/** The worker that is never replaced, and the server, whose memory follows what it holds. */
async function sampleAll(fleet: Fleet, samples: Sample[], seconds: () => number, going: () => boolean): Promise<void> {
  const [veteran] = fleet.workers;
  while (going()) {
    const at = Math.round(seconds());
    const worker = veteran === undefined ? undefined : await look(veteran.pid);
    if (worker !== undefined) samples.push({ at, of: "worker", ...worker });
    const server = await look(fleet.nats.pid);
    if (server !== undefined) samples.push({ at, of: "server", ...server });
    await pause(sampleMs);
  }
}

async function messagesHeld({ admin }: Fleet): Promise<number> {
  const answer: { streams?: readonly { readonly state: { readonly messages: number } }[] } = await api(
    admin,
    "STREAM.LIST",
  );
  return (answer.streams ?? []).reduce((sum, { state }) => sum + state.messages, 0);
}

export const clock = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
