// Messages that lie ready beside those that are under way: they start one by one as others are done, and go back when
// nothing more shall start.

import { expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import { createLink } from "../../runtime/link.ts";
import { type Pulled, startPulling } from "../../runtime/pull.ts";
import { natsServer } from "../rig/nats.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const silent = { info: () => undefined, warn: () => undefined };

async function openStream(messages: number) {
  const server = await natsServer();
  const connection = await server.connect();
  await api(connection, "STREAM.CREATE.S", { name: "S", subjects: ["s.>"] });
  await api(connection, "CONSUMER.CREATE.S.c", {
    stream_name: "S",
    config: { durable_name: "c", ack_policy: "explicit", max_ack_pending: 100 },
  });
  for (let index = 0; index < messages; index += 1) await connection.request(`s.${index}`, String(index));
  const pull = (inFlight: number, ahead: number) => {
    const started: Pulled[] = [];
    const link = createLink(connection, "_INBOX", systemClock, silent);
    const puller = startPulling({
      link,
      clock: systemClock,
      log: silent,
      stream: "S",
      consumer: "c",
      inFlight,
      ahead,
      inFlightBytes: 1_000_000,
      begin: () => Promise.resolve(true),
      handle: (pulled) => {
        started.push(pulled);
        return undefined;
      },
    });
    const finish = (pulled: Pulled | undefined): void => {
      pulled?.ack();
      pulled?.release();
    };
    return { puller, started, finish };
  };
  return { pull, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test("no more than the bound are under way, and the next starts with the end of one", async () => {
  await using rig = await openStream(10);
  const { puller, started, finish } = rig.pull(3, 2);
  await until("what fits is in hand", () => puller.held() === 5);
  expect(started).toHaveLength(3);
  finish(started[0]);
  expect(started.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
  for (let next = 1; next < 10; next += 1) {
    await until("the next has started", () => started.length > next);
    finish(started[next]);
    expect(started.length).toBeLessThanOrEqual(next + 1 + 3);
  }
  await until("nothing is in hand", () => puller.held() === 0);
  await puller.stop();
});

test("what lies ready when it stops goes back at once, and is another's", async () => {
  await using rig = await openStream(5);
  const first = rig.pull(3, 2);
  await until("all are in hand", () => first.puller.held() === 5);
  await first.puller.stop();
  expect(first.puller.held()).toBe(3);
  const second = rig.pull(5, 0);
  await until("the other has what was given back", () => second.started.length === 2);
  expect(second.started.map(({ sequence }) => sequence).sort()).toEqual([4, 5]);
  for (const pulled of first.started) first.finish(pulled);
  await first.puller.idle();
  await second.puller.stop();
});
