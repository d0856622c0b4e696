// Moves a case's clock: only when all that could be done at one moment is done, and then on to the next moment at which
// something is due. Where nothing is in anybody's hand, it leaps over the looks after things in between.

import { age } from "../watch/age.ts";
import type { SimulatedClock } from "./clock.ts";
import type { MemoryServer } from "./nats/server.ts";

export interface Driven {
  readonly clock: SimulatedClock;
  readonly server: MemoryServer;
  /** Work that time does not measure; undefined: there is none. */
  busy(): Promise<unknown> | undefined;
  finished(): boolean;
}

/** Turns of the event loop without anything new: what one leaves for later is done by then. */
const calmTurns = 3;
/** Without any work that is due: then it does not end. */
const patienceMs = 600_000;
/** Moments at which work was due: a day of retries has some hundred. */
const mostMoments = 20_000;

/** Undefined: it has come to rest; else why not. */
export async function drive({ clock, server, busy, finished }: Driven): Promise<string | undefined> {
  const began = clock.now();
  let worked = began;
  let moments = 0;
  const calm = async (): Promise<void> => {
    let seen = -1;
    for (let turns = 0; turns < calmTurns; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      const work = busy();
      if (work !== undefined) await work;
      const now = clock.asked + server.traffic;
      if (now !== seen || work !== undefined) turns = -1;
      seen = now;
    }
  };
  const idle = (): boolean =>
    server.consumers().every((consumer) => consumer.inHand() === 0 && consumer.waiting() === 0);
  for (let quiet = false; ; ) {
    if (!quiet) await calm();
    quiet = false;
    if (finished()) return undefined;
    const work = clock.due("work");
    const tick = clock.due("tick");
    if (work === undefined && (tick === undefined || tick - worked > patienceMs)) return idling;
    if (moments >= mostMoments) return `${endless}, ${age(worked - began)} after it began`;
    if (tick !== undefined && (work === undefined || tick < work)) {
      if (work === undefined || !idle()) {
        const before = clock.asked + server.traffic;
        clock.run("tick");
        // It has looked, and will look again.
        quiet = clock.asked + server.traffic === before + 1;
        continue;
      }
      clock.moveTo(work);
      server.beat();
      await calm();
      clock.runPassed("tick");
      await calm();
    }
    clock.run("work");
    moments += 1;
    worked = clock.now();
  }
}

const idling = "it does not come to rest: after ten minutes without anything to do something is still under way";
const endless = `it does not end: something is still tried after ${mostMoments} moments`;
