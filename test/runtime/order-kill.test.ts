// Order per key with two workers that are killed, frozen beyond ack wait and continued, and a server that is killed.

import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { natsServer } from "../rig/nats.ts";
import { runOrder } from "../rig/order-oracle.ts";

test("two workers, kill -9, SIGSTOP beyond ack wait, kill -9 of the server: per key in order, the newest last", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const verdict = await runOrder({
    nats,
    keys: 20,
    messages: 400,
    everyMs: 6,
    ackWaitMs: 2_000,
    faults: async ({ workers: [one, other] }) => {
      await pause(500);
      await one?.kill();
      await pause(300);
      other?.signal("SIGSTOP");
      await pause(2_500);
      other?.signal("SIGCONT");
      await pause(300);
      await nats.kill("SIGKILL");
      await nats.restart();
    },
  });
  expect(verdict).toMatchObject({
    missing: [],
    disordered: [],
    torn: [],
    stale: [],
    dead: ["m193", "m290", "m387", "m96"],
  });
  expect(verdict.workers).toBe(3);
});
