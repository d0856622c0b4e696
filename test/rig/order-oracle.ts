// Order per key under faults: two worker processes share one ordered integration over a real server, everything that can
// die does, and an oracle says of each key whether its first effects came in order and its newest was the last.

import type { ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../../runtime/clock.ts";
import { envelopeHeaders } from "../../runtime/envelope.ts";
import { createLink } from "../../runtime/link.ts";
import { partitionOf } from "../../runtime/order-key.ts";
import { expectSequence, publish } from "../../runtime/publish.ts";
import * as address from "../../schema/address.ts";
import type { Json } from "../../schema/json.ts";
import { deadLetters, quiet } from "./line.ts";
import type { NatsRig } from "./nats.ts";
import { spawnWorker } from "./process-worker.ts";
import { createTopology } from "./topology.ts";
import { until } from "./wait.ts";

export const orderPartitions = 16;

/** Body of a message: the `n`th of its key; `fails` so often before it is taken, or always. */
export interface Ordered {
  readonly id: string;
  readonly key: string;
  readonly n: number;
  readonly fails: number | "always";
}

export const isOrdered = (body: Json): body is Json & Ordered =>
  typeof body === "object" && body !== null && "key" in body && "n" in body && "fails" in body;

export interface Effect {
  readonly id: string;
  readonly key: string;
  readonly n: number;
  readonly worker: number;
}

export interface OrderVerdict {
  readonly effects: number;
  /** Ids without an effect that are not dead either. */
  readonly missing: readonly string[];
  /** First effects that came after the first effect of a newer one of the same key. */
  readonly disordered: readonly string[];
  /** Keys whose last effect is not that of their newest message. */
  readonly stale: readonly string[];
  /** Effects whose predecessor of the same key is not that of the message before: what is replayed, is replayed whole. */
  readonly torn: readonly string[];
  /** Effects beyond the first of each message. */
  readonly replayed: number;
  readonly dead: readonly string[];
  /** Workers that had an effect. */
  readonly workers: number;
}

function judgeOrder(sent: readonly Ordered[], effects: readonly Effect[], dead: readonly string[]): OrderVerdict {
  const done = new Set<string>();
  const newest = new Map<string, number>();
  const last = new Map<string, number>();
  const disordered: string[] = [];
  const torn: string[] = [];
  const gone = new Set(sent.flatMap(({ id, key, n }) => (dead.includes(id) ? [`${key} ${n}`] : [])));
  for (const { id, key, n } of effects) {
    let before = n - 1;
    while (gone.has(`${key} ${before}`)) before -= 1;
    if ((last.get(key) ?? -1) < before) torn.push(`${id} after ${last.get(key) ?? "none"}`);
    last.set(key, n);
    if (done.has(id)) continue;
    done.add(id);
    if (n < (newest.get(key) ?? -1)) disordered.push(id);
    newest.set(key, Math.max(n, newest.get(key) ?? -1));
  }
  const wanted = sent.filter(({ id }) => !dead.includes(id));
  const lastWanted = new Map<string, number>();
  for (const { key, n } of wanted) lastWanted.set(key, Math.max(n, lastWanted.get(key) ?? -1));
  return {
    effects: effects.length,
    missing: wanted.flatMap(({ id }) => (done.has(id) ? [] : [id])),
    disordered,
    torn,
    stale: [...lastWanted].flatMap(([key, n]) => (last.get(key) === n ? [] : [key])),
    replayed: effects.length - done.size,
    dead: [...dead].sort(),
    workers: new Set(effects.map(({ worker }) => worker)).size,
  };
}

export interface OrderRig {
  readonly nats: NatsRig;
  /** Two workers. */
  readonly workers: readonly OrderWorker[];
  readonly effects: () => Promise<readonly Effect[]>;
}

export interface OrderWorker {
  signal(signal: NodeJS.Signals): void;
  /** Dies without a word; another one is started in its place. */
  kill(): Promise<void>;
}

export interface OrderScenario {
  readonly nats: NatsRig;
  readonly keys: number;
  readonly messages: number;
  readonly ackWaitMs: number;
  /** Between two messages of the sender. */
  readonly everyMs: number;
  /** What happens meanwhile. */
  readonly faults: (rig: OrderRig) => Promise<void>;
}

/** Every 20th message fails three times, every 97th always; their followers wait for them. */
function messagesOf({ keys, messages }: OrderScenario): readonly Ordered[] {
  return Array.from({ length: messages }, (_, index) => ({
    id: `m${index}`,
    key: `k${index % keys}`,
    n: Math.floor(index / keys),
    fails: index % 97 === 96 ? "always" : index % 20 === 7 ? 3 : 0,
  }));
}

export async function runOrder(scenario: OrderScenario): Promise<OrderVerdict> {
  const { nats, ackWaitMs } = scenario;
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], partitions: orderPartitions, ackWaitMs });
  const dir = await mkdtemp(join(tmpdir(), "vrsky-order-"));
  const ledger = join(dir, "ledger");
  await writeFile(ledger, "");
  const effects = async (): Promise<readonly Effect[]> =>
    (await readFile(ledger, "utf8"))
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const workers = [startWorker(nats, ledger), startWorker(nats, ledger)];
  try {
    const sent = messagesOf(scenario);
    await until("both work", async () => (await probe(nats, effects)) === workers.length, 30_000);
    const sending = sendAll(nats, sent, scenario.everyMs);
    await scenario.faults({ nats, workers, effects });
    await sending;
    await quiet(admin, "orders", "crm", orderPartitions);
    const dead = (await deadLetters(admin)).map(({ letter }) => letter.id);
    const own = (await effects()).filter(({ key }) => key !== probing);
    return judgeOrder(sent, own, dead);
  } finally {
    for (const worker of workers) await worker.end();
    await rm(dir, { recursive: true, force: true });
  }
}

const probing = "probe";
let probes = 0;

/** How many workers have had an effect so far. */
async function probe(nats: NatsRig, effects: () => Promise<readonly Effect[]>): Promise<number> {
  const many = Array.from({ length: 8 }, () => {
    probes += 1;
    return { id: `p${probes}`, key: probing, n: probes, fails: 0 };
  });
  await sendAll(nats, many, 0);
  return new Set((await effects()).map(({ worker }) => worker)).size;
}

function startWorker(nats: NatsRig, ledger: string): OrderWorker & { end(): Promise<void> } {
  const start = (): ChildProcess => spawnWorker("order", nats, [ledger]);
  let child = start();
  const end = async (): Promise<void> => {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await gone;
    }
  };
  return {
    signal: (signal) => void child.kill(signal),
    kill: async () => {
      await end();
      child = start();
    },
    end,
  };
}

/** In order; each again and again until the server has said that it is stored. */
async function sendAll(nats: NatsRig, messages: readonly Ordered[], everyMs: number): Promise<void> {
  const silent = { info: () => undefined, warn: () => undefined };
  const link = createLink(await nats.connect(), "_INBOX", systemClock, silent);
  for (const message of messages) {
    const { id, key } = message;
    const envelope = { id, source: "door", receivedAt: "", contract: "", bundle: "", meta: {}, headers: {} };
    const subject = address.intakeSubject("orders", address.idHash(id), partitionOf(key, orderPartitions));
    const headers = { ...envelopeHeaders(envelope), ...expectSequence(0) };
    await until(
      `${id} is stored`,
      async () =>
        (await publish(link.requests, { subject, data: JSON.stringify(message), headers })).kind !== "unavailable",
      40_000,
    );
    if (everyMs > 0) await pause(everyMs);
  }
  link.close();
}
