// Turns at a target: whoever waits gets the place that another leaves, however the bound that held it back went away.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Attempted } from "../../runtime/attempt.ts";
import { breakerRules } from "../../runtime/breaker.ts";
import { createThrottle, type Limit, type Throttle, type Turn } from "../../runtime/throttle.ts";
import type { Clock, OpenTarget } from "../../schema/connector.ts";
import type { Envelope } from "../../schema/envelope.ts";
import { manualClock } from "../rig/clock.ts";

const done: Attempted = { kind: "delivered" };
const down: Attempted = {
  kind: "failed",
  certainty: "transient",
  reached: true,
  failure: { class: "unavailable", message: "down" },
};

const envelope = (id: string): Envelope => ({
  id,
  source: "http",
  receivedAt: "2026-01-01T00:00:00.000Z",
  contract: "",
  bundle: "",
  meta: {},
  headers: {},
  attempt: 1,
  sequence: 1,
  body: new Uint8Array(),
});

const silent = { info: () => undefined, warn: () => undefined };

const throttleOf = (clock: Clock, inFlight: number, limit?: Limit): Throttle =>
  createThrottle({ clock, random: () => 1, log: silent, tell: () => undefined }, { target: "lists", inFlight, limit });

test("after an outage, members of a list that end together let in whoever waits", async () => {
  const clock = manualClock();
  const inFlight = 6;
  const throttle = throttleOf(clock, inFlight);
  const now = (): Turn => {
    const turn = throttle.enterNow();
    if (turn === undefined) throw new Error("there is no place");
    return turn;
  };
  const end = (turns: readonly Turn[], attempted: Attempted): void => {
    for (const [index, turn] of turns.entries()) throttle.told(turn, envelope(`m${index}`), attempted);
    for (const turn of turns) throttle.leave(turn);
  };
  end(Array.from({ length: breakerRules.row }, now), down);
  expect(throttle.breaker()).toBe("open");
  clock.move(breakerRules.pauseMs);
  end([now()], done);

  // Two places now. They fill, others wait, and each list that ends lets in more.
  let inside = [now(), now()];
  let waiting = Array.from({ length: 12 }, () => Promise.resolve(throttle.enter()));
  for (let list = 0; waiting.length > 0; list += 1) {
    expect(list).toBeLessThan(12);
    end(inside, done);
    const first = waiting.slice(0, inFlight);
    const turns = await Promise.all(
      first.map((turn) => Promise.race([turn, new Promise<"waits">((no) => setImmediate(() => no("waits")))])),
    );
    inside = turns.filter((turn): turn is Turn => turn !== "waits" && turn !== undefined);
    expect(inside.length).toBeGreaterThan(0);
    waiting = waiting.slice(inside.length);
  }
  throttle.stop();
});

test("one that is stopped while others wait leaves no timer: a worker that has drained would not end before it", async () => {
  const clock = manualClock();
  const throttle = throttleOf(clock, 1, { concurrency: 1 });
  const turn = await throttle.enter();
  const waits = throttle.enter();
  expect(clock.waiting()).toBe(1);
  if (turn !== undefined) throttle.leave(turn);
  await waits;
  throttle.stop();
  expect(clock.waiting()).toBe(0);
});

const open: OpenTarget = { deliver: async () => ({ kind: "delivered" }), close: async () => undefined };
const delivery = (id: string) => ({
  id,
  attempt: 1,
  settings: {},
  body: null,
  traceparent: undefined,
  tracestate: undefined,
  signal: new AbortController().signal,
});

const rates = fc.record({ count: fc.integer({ min: 1, max: 60 }), perMs: fc.constantFrom(1_000, 2_000) });
const messages = fc.array(
  fc.record({
    /** After the one before it. */
    afterMs: fc.constantFrom(0, 0, 0, 3, 50, 400),
    /** From its turn to its start. */
    preparesMs: fc.constantFrom(0, 0, 20),
    starts: fc.integer({ min: 0, max: 2 }),
  }),
  { minLength: 1, maxLength: 40 },
);
/** What passes between two looks at the clock. */
const passing = fc.array(fc.constantFrom(0, 0, 0.2, 1, 1, 7, 60), { minLength: 1, maxLength: 20 });

test("with a rate everybody gets a turn, however the clock moves on between two looks at it", async () => {
  await fc.assert(
    fc.asyncProperty(rates, fc.option(fc.constantFrom(1, 3)), messages, passing, async (rate, most, given, steps) => {
      let look = 0;
      const clock = manualClock(1_000_000, () => steps[look++ % steps.length] ?? 0);
      const throttle = throttleOf(clock, 100, { rate, ...(most === null ? {} : { concurrency: most }) });
      let ended = 0;
      let handedBack = 0;
      const handle = async (message: (typeof given)[number], id: string): Promise<void> => {
        const turn = await throttle.enter();
        if (turn === undefined) {
          handedBack += 1;
          return;
        }
        if (message.preparesMs > 0) await new Promise<void>((done) => clock.after(message.preparesMs, done));
        const paced = throttle.paced(open, turn);
        for (let start = 0; start < message.starts; start += 1) await paced.deliver(delivery(id));
        throttle.leave(turn);
        ended += 1;
      };
      for (const [index, message] of given.entries()) {
        await clock.advance(message.afterMs);
        void handle(message, `m${index}`);
      }
      // As long as the slowest of these rates needs, and less than it takes until one is handed back.
      for (let seconds = 0; seconds < 28 && ended < given.length; seconds += 1) {
        await clock.advance(1_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
      const starts = given.reduce((sum, message) => sum + message.starts, 0);
      if ((starts * rate.perMs) / rate.count < 20_000)
        expect({ ended, handedBack }).toEqual({ ended: given.length, handedBack: 0 });
      throttle.stop();
    }),
    { numRuns: 200 },
  );
});
