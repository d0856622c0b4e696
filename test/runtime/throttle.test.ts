// Turns at a target: whoever waits gets the place that another leaves, however the bound that held it back went away.

import { expect, test } from "vitest";
import type { Attempted } from "../../runtime/attempt.ts";
import { breakerRules } from "../../runtime/breaker.ts";
import { createThrottle, type Turn } from "../../runtime/throttle.ts";
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

test("after an outage, members of a list that end together let in whoever waits", async () => {
  const clock = manualClock();
  const silent = { info: () => undefined, warn: () => undefined };
  const inFlight = 6;
  const throttle = createThrottle(
    { clock, random: () => 1, log: silent, tell: () => undefined },
    { target: "lists", inFlight, limit: undefined },
  );
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
