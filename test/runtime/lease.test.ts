// One worker at a time runs a source: two real processes, of which the one that has it is stopped, killed, told to end,
// or dies at each of the source's crash points. Whatever happens, the messages in the intake are 1, 2, 3 … in order.

import type { ChildProcess } from "node:child_process";
import type { NatsConnection } from "@nats-io/nats-core";
import { expect, onTestFinished, test } from "vitest";
import { directMessages } from "../../control/direct.ts";
import { systemClock } from "../../runtime/clock.ts";
import { sourceCrashPoints } from "../../runtime/crash-point.ts";
import * as address from "../../schema/address.ts";
import type { Clock } from "../../schema/connector.ts";
import { countingConnector } from "../rig/counting-source.ts";
import { fakeSystem, handMade, startLine } from "../rig/line.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { spawnWorker } from "../rig/process-worker.ts";
import { createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

interface Counting {
  readonly process: ChildProcess;
  readonly words: string[];
}

function counting(nats: NatsRig, crashAt?: string): Counting {
  const words: string[] = [];
  const more = crashAt === undefined ? [] : [crashAt];
  const child = spawnWorker("counting", nats, more, (line) => words.push(line));
  onTestFinished(() => void child.kill("SIGKILL"));
  return { process: child, words };
}

const conditions: readonly string[] = ["running", "waiting", "disconnected", "halted"];
const runs = ({ words }: Counting): boolean => words.findLast((word) => conditions.includes(word)) === "running";
const ended = ({ process: child }: Counting): boolean => child.exitCode !== null || child.signalCode !== null;

async function numbers(admin: NatsConnection): Promise<readonly number[]> {
  const found: number[] = [];
  for await (const { body } of directMessages(admin, { stream: address.intakeStream("orders"), filter: "in.>" })) {
    found.push(Number(JSON.parse(Buffer.from(body).toString()).id.slice(1)));
  }
  return found;
}

const inOrder = async (admin: NatsConnection): Promise<number> => {
  const found = await numbers(admin);
  expect(found).toEqual(found.map((_, index) => index + 1));
  return found.length;
};

async function more(admin: NatsConnection, than = 0): Promise<number> {
  let found = 0;
  await until("more is stored", async () => {
    // The server may be away.
    found = await numbers(admin).then(
      ({ length }) => length,
      () => 0,
    );
    return found > than + 100;
  });
  return found;
}

async function started(): Promise<AsyncDisposable & { readonly nats: NatsRig; readonly admin: NatsConnection }> {
  const nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  return { nats, admin, [Symbol.asyncDispose]: () => nats[Symbol.asyncDispose]() };
}

async function holderAndNext(nats: NatsRig): Promise<readonly [Counting, Counting]> {
  const first = counting(nats);
  await until("the first has it", () => runs(first));
  const second = counting(nats);
  await until("the second waits", () => second.words.includes("waiting"));
  return [first, second];
}

test("stopped for longer than the lease: another takes over, and what wakes up neither stores nor remembers", async () => {
  await using server = await started();
  const { nats, admin } = server;
  const [first, second] = await holderAndNext(nats);
  await more(admin);
  first.process.kill("SIGSTOP");
  await until("the second has it", () => runs(second));
  const before = await more(admin, (await numbers(admin)).length);
  first.process.kill("SIGCONT");
  await until("the first has stopped", () => first.words.some((word) => word.startsWith("stopped")));
  expect(first.words.at(first.words.findIndex((word) => word.startsWith("stopped")))).toBe(
    "stopped: unavailable, refused",
  );
  await until("the first waits", () => first.words.lastIndexOf("waiting") > first.words.indexOf("running"));
  await more(admin, before);
  second.process.kill("SIGKILL");
  await until("the first has it again", () => first.words.filter((word) => word === "running").length === 2);
  await more(admin, (await numbers(admin)).length);
  first.process.kill("SIGTERM");
  await until("the first has ended", () => ended(first));
  await inOrder(admin);
});

test("one that drains gives it to the next at once; the server may be killed meanwhile", async () => {
  await using server = await started();
  const { nats } = server;
  const [first, second] = await holderAndNext(nats);
  const before = await more(server.admin);
  await nats.kill("SIGKILL");
  await nats.restart();
  // What the old connection asked the server that was killed is answered by nobody.
  const admin = await nats.connect();
  await more(admin, before);
  // Whoever has it after that.
  await until("one has it", () => runs(first) || runs(second));
  const [holder, other] = runs(second) ? [second, first] : [first, second];
  holder.process.kill("SIGTERM");
  await until("it has ended", () => ended(holder));
  await until("the other has it", () => runs(other));
  await more(admin, (await numbers(admin)).length);
  other.process.kill("SIGTERM");
  await until("both have ended", () => ended(other));
  await inOrder(admin);
});

test("death of the holder at each crash point", async () => {
  await Promise.all(
    sourceCrashPoints.map(async (point) => {
      await using server = await started();
      const { nats, admin } = server;
      const first = counting(nats, point);
      await until(`the first has died ${point}`, () => ended(first));
      expect(first.process.signalCode).toBe("SIGKILL");
      const second = counting(nats);
      await more(admin, (await numbers(admin)).length);
      second.process.kill("SIGTERM");
      await until("the second has ended", () => ended(second));
      await inOrder(admin);
    }),
  );
});

test("a worker whose clock stands still believes that it has the lease: the server refuses what it writes", async () => {
  await using server = await started();
  const { nats, admin } = server;
  let stopped = false;
  const at = systemClock.now();
  /** Its timers do not run either. */
  const clock: Clock = {
    now: () => (stopped ? at : systemClock.now()),
    steady: () => (stopped ? 0 : systemClock.now()),
    after: (ms, run) =>
      systemClock.after(ms, () => {
        if (!stopped) run();
      }),
  };
  const system = fakeSystem();
  const contexts: Parameters<NonNullable<typeof system.connector.startSource>>[0][] = [];
  const manifest = countingConnector(system.connector, () => undefined).manifest;
  const connector = {
    ...system.connector,
    manifest,
    startSource: async (context: (typeof contexts)[number]) => {
      contexts.push(context);
      return { stop: async () => undefined };
    },
  };
  await using _one = await startLine(nats, { ...system, connector }, { clock, limits: { leaseMs: 1_000 } });
  const [stale] = contexts;
  await stale?.state.put("last", 1);
  stopped = true;
  const words: string[] = [];
  const other = fakeSystem();
  await using _two = await startLine(
    nats,
    { ...other, connector: countingConnector(other.connector, (word) => words.push(word)) },
    { limits: { leaseMs: 1_000 } },
  );
  await until("the other has it", () => words.includes("from 2"));
  await expect(stale?.state.put("last", 2)).rejects.toThrow("another worker runs it");
  expect(await numbers(admin)).not.toContain(1);
  stopped = false;
});

test("a swap stops the source, gives the lease back, and goes on where it was", async () => {
  await using server = await started();
  const { nats, admin } = server;
  const words: string[] = [];
  const system = fakeSystem();
  const connector = countingConnector(system.connector, (word) => words.push(word));
  await using line = await startLine(nats, { ...system, connector });
  await more(admin);
  await line.worker.swap([{ tenant: "acme", bundles: [handMade({ contract: "other" })] }]);
  await until("it has begun anew", () => words.filter((word) => word.startsWith("from")).length === 2);
  expect(line.worker.health().integrations[0]?.sources.door?.condition).toBe("running");
  await more(admin, (await numbers(admin)).length);
  await line.worker.stop();
  await inOrder(admin);
});

test("a time of day that jumps by hours, both ways, takes the lease from nobody and stores nothing twice", async () => {
  await using server = await started();
  const { nats, admin } = server;
  let ahead = 0;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + ahead };
  const lineWith = async (words: string[]) => {
    const system = fakeSystem();
    const connector = countingConnector(system.connector, (word) => words.push(word));
    return await startLine(nats, { ...system, connector }, { clock, limits: { leaseMs: 3_000 } });
  };
  const words = { first: [] as string[], second: [] as string[] };
  await using first = await lineWith(words.first);
  await using second = await lineWith(words.second);
  for (const hours of [5, -5, 0]) {
    ahead = hours * 3_600_000;
    await more(admin, (await numbers(admin)).length);
  }
  await first.worker.drain();
  await until("the second has it", () => words.second.some((word) => word.startsWith("from")));
  await more(admin, (await numbers(admin)).length);
  await second.worker.stop();
  await inOrder(admin);
});
