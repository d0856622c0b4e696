// Where one scenario happens: servers, workers, a sender, a target, and the books that are closed at its end. Faults are
// made through it, and each says what it hit.

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { seeded } from "../../cli/cases/seeded.ts";
import { contextTopology } from "../../control/context-topology.ts";
import type { CrashPoint } from "../../runtime/crash-point.ts";
import { canonical, sha256 } from "../../schema/canonical.ts";
import type { Topology } from "../../schema/topology.ts";
import { applyTo } from "../rig/apply.ts";
import { type FaultProxy, faultProxy } from "../rig/fault-proxy.ts";
import type { Effect, Verdict } from "../rig/oracle.ts";
import { between, type Random } from "../rig/random.ts";
import { type Asked, type Mood, type Receiver, startReceiver } from "../rig/receiver.ts";
import { until } from "../rig/wait.ts";
import { closeBooks, type Standing, standingOf } from "./books.ts";
import type { LabIntegration } from "./integrations.ts";
import type { Lab } from "./lab.ts";
import type { LabWorker } from "./pool.ts";
import { type Producer, startProducer } from "./producer.ts";
import { type LabServers, openServers } from "./server.ts";

export interface FieldOptions {
  readonly integration: LabIntegration;
  readonly seed: number;
  readonly workers: number;
  readonly copies?: 1 | 3;
  /** Where the server's files lie. */
  readonly dir?: string;
  readonly syncAlways?: boolean;
  readonly senders?: number;
  readonly pauseMs?: number;
  /** Out of a hundred senders without an answer; 10 unless told. */
  readonly givesUp?: number;
  /** Of a sender; 3 s unless told. A worker answers 503 when the server has said nothing for 5 s. */
  readonly patienceMs?: number;
  /** Of the consumers; a second unless told. A worker says once a second what it still works on: slow targets need more. */
  readonly ackWaitMs?: number;
  /** Beside `receiver`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What took effect at a target that is neither the receiver nor files. */
  readonly written?: (target: string) => Promise<readonly Effect[]>;
  /** So much may wait at all targets together before the senders hold back; 600 unless told. */
  readonly backlog?: number;
}

export interface Hit {
  readonly fault: string;
  /** What shows that it hit, in words; undefined: it did not. */
  readonly proof: string | undefined;
}

/** Messages in hand per target and worker: small, so that what a fault may repeat is bounded closely. */
const inHand = 32;
/** Retries have a quarter of it for themselves. */
export const mostInHand = inHand + inHand / 4;
/** How long a message may be in hand before it is handed out again. */
export const ackWaitMs = 1_000;

export interface Field extends AsyncDisposable {
  readonly random: Random;
  readonly servers: LabServers;
  readonly receiver: Receiver;
  readonly producer: Producer;
  readonly toNats: FaultProxy;
  readonly toTarget: FaultProxy;
  readonly workers: readonly LabWorker[];
  readonly hits: Hit[];
  readonly dataDir: string;
  /** Before the double's own mood; undefined: as usual. */
  mood: (asked: Asked) => Mood | undefined;
  hire(crash?: { readonly point: CrashPoint; readonly pass: number }): Promise<LabWorker>;
  /** Out of the list, so that no sender turns to it. */
  dismiss(worker: LabWorker): void;
  standing(): Promise<Standing>;
  /** False: so much waits that the senders hold back. */
  room(): boolean;
  /** So many messages at each target may come again. */
  allow(messages: number | Readonly<Record<string, number>>): void;
  hit(fault: string, proof: string | undefined): void;
  /** Ends sending, waits until nothing is left, judges. */
  settle(): Promise<readonly Verdict[]>;
}

export async function openField(lab: Lab, options: FieldOptions): Promise<Field> {
  const { integration, seed } = options;
  const random = seeded(seed);
  const dir = await mkdtemp(join(tmpdir(), "vrsky-field-"));
  const compiled = lab.compiled(integration);
  const topology = impatient(
    contextTopology(compiled.topology, options.copies === 3 ? { replicas: 3 } : {}),
    options.ackWaitMs ?? ackWaitMs,
  );
  const servers = await openServers({
    topology,
    copies: options.copies ?? 1,
    syncAlways: options.syncAlways ?? true,
    ...(options.dir === undefined ? {} : { dir: options.dir }),
  });
  const bundles = new Map(compiled.bundles.map((coded) => [coded.bundle.hash, coded]));
  const apply = async (): Promise<boolean> => {
    const connections = [{ tenant: "acme", connection: servers.admin }];
    const applied = await applyTo(topology, connections, { bundles: (hash) => bundles.get(hash) });
    if (!applied.ok && options.copies !== 3) throw new Error(applied.failure.message);
    return applied.ok;
  };
  await until("it is applied", apply, 60_000);
  const bundle = join(dir, "bundle.json");
  await writeFile(bundle, JSON.stringify(compiled.bundles[0]));
  const receiver = await startReceiver();
  const toNats = await faultProxy(() => servers.ports[0] ?? 0);
  const toTarget = await faultProxy(() => receiver.port);
  const wires = options.copies === 3 ? servers.ports : [toNats.port];
  const dataDir = join(dir, "data");
  const allowed = new Map(integration.targets.map((target) => [target, 0]));
  const workers: LabWorker[] = [];

  const order = {
    servers: wires.map((port) => `127.0.0.1:${port}`),
    ...servers.worker,
    bundle,
    dataDir,
    settings: { database: "", ...options.settings },
    target: `http://127.0.0.1:${toTarget.port}`,
    inFlight: inHand,
  };
  receiver.latency = () => between(random, 2, 40);
  receiver.mood = (asked) => field.mood(asked) ?? usual(asked);
  const hire: Field["hire"] = async (crash) => {
    const worker = await lab.pool.take(crash === undefined ? order : { ...order, crash });
    workers.push(worker);
    return worker;
  };
  for (let index = 0; index < options.workers; index++) await hire();
  const numbers = seeded(seed + 1);
  let waiting = 0;
  const room = (): boolean => waiting < (options.backlog ?? 600);
  const look = setInterval(() => {
    standingOf(servers.admin, integration.name, integration.targets).then(
      ({ left }) => {
        waiting = left;
      },
      () => undefined,
    );
  }, 500);
  const producer = startProducer({
    random: seeded(seed + 2),
    path: `/${integration.name}`,
    senders: options.senders ?? 8,
    pauseMs: options.pauseMs ?? 30,
    doors: () => workers.map(({ port }) => port),
    next: (number, sender) => integration.message(number, numbers, sender),
    givesUp: options.givesUp ?? 10,
    patienceMs: options.patienceMs ?? 3_000,
    room,
  });

  const field: Field = {
    random,
    servers,
    receiver,
    producer,
    toNats,
    toTarget,
    workers,
    hits: [],
    dataDir,
    mood: () => undefined,
    hire,
    dismiss: (worker) => {
      const at = workers.indexOf(worker);
      if (at >= 0) workers.splice(at, 1);
    },
    standing: () => {
      const look = () => standingOf(servers.admin, integration.name, integration.targets).catch(() => undefined);
      return until("the server says how things stand", look, 60_000);
    },
    allow: (messages) => {
      for (const target of integration.targets) {
        const more = typeof messages === "number" ? messages : (messages[target] ?? 0);
        allowed.set(target, (allowed.get(target) ?? 0) + more * (integration.most ?? 1));
      }
    },
    room,
    hit: (fault, proof) => void field.hits.push({ fault, proof }),
    settle: async () => {
      await producer.stop();
      await quiescence(field);
      for (const worker of [...workers]) await worker.stop();
      return closeBooks({
        integration,
        connection: servers.admin,
        sent: producer.sent,
        accepted: producer.accepted,
        receiver,
        written: await writtenBy(integration, options, join(dataDir, "out")),
        allowed,
      });
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(look);
      await producer.stop();
      for (const worker of workers) await worker.kill();
      await receiver[Symbol.asyncDispose]();
      await toNats[Symbol.asyncDispose]();
      await toTarget[Symbol.asyncDispose]();
      await servers[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true });
    },
  };
  return field;
}

/** What the double does with the messages that have an end of their own. */
export function usual({ messages }: Asked): Mood {
  const kindOf = (body: unknown): unknown => Object(body).kind;
  if (messages.some(({ body }) => kindOf(body) === "refused")) return { kind: "answer", status: 400 };
  const fails = messages.some(({ body, attempt }) => kindOf(body) === "flaky" && attempt === 1);
  return { kind: "answer", status: fails ? 503 : 200 };
}

/** A breaker asks a target that was away once a minute: so long nothing may move. */
const stillMs = 100_000;

/**
 * Nothing is left to do, twice in a row. It waits for as long as less and less is left; what does not get less, the
 * books show.
 */
async function quiescence(field: Field): Promise<void> {
  let before = "";
  let least = Number.POSITIVE_INFINITY;
  for (let patience = Date.now() + stillMs; Date.now() < patience; ) {
    const { left, lastSequence } = await field.standing();
    if (left < least) patience = Date.now() + stillMs;
    least = Math.min(least, left);
    const now = left > 0 ? "" : String(lastSequence);
    if (now !== "" && now === before) return;
    before = now;
    await pause(now === "" ? 100 : 150);
  }
}

/** What a target wrote by itself; the others are the receiver's to tell. */
async function writtenBy(
  { targets }: LabIntegration,
  { written }: FieldOptions,
  files: string,
): Promise<ReadonlyMap<string, readonly Effect[]>> {
  const own = written === undefined ? targets.filter((target) => target === "files") : targets;
  const effects = own.map(async (target) => [target, await (written?.(target) ?? filesBelow(files))] as const);
  return new Map(await Promise.all(effects));
}

export async function filesBelow(dir: string): Promise<readonly Effect[]> {
  const names = await readdir(dir).catch(() => []);
  // Hidden ones are drafts of workers that were killed.
  const whole = names.filter((name) => !name.startsWith("."));
  const effects: Effect[] = [];
  // One after the other: a long run leaves more files than may be open.
  for (const name of whole) {
    const text = await readFile(join(dir, name), "utf8");
    effects.push({ id: name.replace(/\.json$/, ""), hash: sha256(canonical(JSON.parse(text))) });
  }
  return effects;
}

/** What a killed worker had in hand comes again soon. */
export const impatient = (topology: Topology, ms: number): Topology => ({
  ...topology,
  tenants: topology.tenants.map((tenant) => ({
    ...tenant,
    consumers: tenant.consumers.map((consumer) =>
      "ack_wait" in consumer.config
        ? { ...consumer, config: { ...consumer.config, ack_wait: ms * 1_000_000 } }
        : consumer,
    ),
  })),
});
