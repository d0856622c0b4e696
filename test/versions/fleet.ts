// Several workers as operators start them, perhaps of several versions, on one real server: senders before them, targets
// behind them, deployments in between, and the books of each integration at the end.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { seeded } from "../../cli/cases/seeded.ts";
import { createTypeChecker } from "../../compiler/4-check/type-checker.ts";
import type { Emitted } from "../../compiler/6-emit/emit.ts";
import type { EmbeddedServer } from "../../control/nats-server/embed.ts";
import type { Topology } from "../../schema/topology.ts";
import { closeBooks, standingOf } from "../faults/books.ts";
import { filesBelow, impatient, usual } from "../faults/field.ts";
import type { LabIntegration } from "../faults/integrations.ts";
import { type Producer, startProducer } from "../faults/producer.ts";
import { arrivals } from "../faults/scenarios-order.ts";
import { applyTo } from "../rig/apply.ts";
import { compileWith } from "../rig/compile-with.ts";
import { type FaultProxy, faultProxy } from "../rig/fault-proxy.ts";
import { judgeOrder, type Verdict } from "../rig/oracle.ts";
import { between } from "../rig/random.ts";
import { type Receiver, startReceiver } from "../rig/receiver.ts";
import { until } from "../rig/wait.ts";
import type { Build } from "./build.ts";
import { settingOf, workspaceOf } from "./edition.ts";
import { leftover } from "./leftover.ts";
import { ownFolder, serverOf, writeAll } from "./place.ts";
import { type FleetWorker, startWorker } from "./worker.ts";

export interface FleetOptions {
  readonly integrations: readonly LabIntegration[];
  readonly seed: number;
  /** Of each integration. */
  readonly senders: number;
  /** Milliseconds between two messages of one sender, at most. */
  readonly pauseMs: number;
  /** How long a message may be in hand before it is handed out again. */
  readonly ackWaitMs: number;
  /**
   * Of a request to a target. Where no fault is made it is long: whoever is late on a machine with much to do is not
   * asked again, so that what comes twice has a better reason.
   */
  readonly timeout: string;
  /** Out of a hundred senders without an answer. */
  readonly givesUp: number;
}

/** One integration with what lies before and behind it. */
export interface Flow {
  readonly integration: LabIntegration;
  readonly receiver: Receiver;
  readonly toTarget: FaultProxy;
  readonly producer: Producer;
  /** So many deliveries may come again. */
  allowed: number;
}

export interface Fleet extends AsyncDisposable {
  readonly nats: EmbeddedServer;
  readonly admin: NatsConnection;
  readonly toNats: FaultProxy;
  readonly flows: readonly Flow[];
  /** In the order in which they were hired. */
  readonly workers: readonly FleetWorker[];
  /** Number of the newest deployment. */
  edition(): number;
  hire(build: Build): Promise<FleetWorker>;
  /** Out of the list, so that no sender turns to it. */
  dismiss(worker: FleetWorker): void;
  deploy(): Promise<void>;
  /** Messages that wait, are in hand or parked, at all targets. */
  left(): Promise<number>;
  /** What is in hand now may come again, and so much more at each target. */
  allow(more: number): Promise<void>;
  /** Ends sending, waits until nothing is left, judges. */
  settle(): Promise<Books>;
}

export interface Books {
  readonly verdicts: readonly (Verdict & { readonly integration: string })[];
  readonly findings: readonly string[];
}

interface Deployed {
  readonly emitted: Emitted;
  readonly topology: Topology;
}

/** More than this at all targets of an integration, and the senders hold back. */
const backlog = 600;
/** Nothing moves for so long: a breaker asks a target that was away once a minute. */
const stillMs = 100_000;

export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const { integrations, seed } = options;
  const dir = await mkdtemp(join(tmpdir(), "vrsky-fleet-"));
  const checker = createTypeChecker();
  const random = seeded(seed);
  const log = join(dir, "workers.log");
  const compiled = (edition: number): Deployed => {
    const { emitted, diagnostics } = compileWith(checker, workspaceOf(integrations, edition, options));
    if (emitted === undefined) throw new Error(JSON.stringify(diagnostics, null, 2));
    return { emitted, topology: impatient(emitted.topology, options.ackWaitMs) };
  };
  let edition = 0;
  const first = compiled(edition);
  const nats = await serverOf(first.topology, join(dir, "nats"));
  const { user = "", password: pass = "" } = nats.credentials.acme ?? {};
  const forEver = { maxReconnectAttempts: -1, reconnectTimeWait: 100, reconnectJitter: 50, noAsyncTraces: true };
  const admin = await connect({ ...forEver, servers: nats.url, user, pass });
  const toNats = await faultProxy(() => nats.port);
  const login = join(dir, "worker.json");
  await writeFile(login, JSON.stringify({ acme: nats.users["acme-worker"] }), { mode: 0o600 });
  await writeAll(join(dir, "compiled"), first.emitted.files);
  const apply = async ({ emitted, topology }: Deployed): Promise<void> => {
    const bundles = new Map(emitted.bundles.map((coded) => [coded.bundle.hash, coded]));
    const clock = { ...fleetClock, now: () => new Date() };
    const connections = [{ tenant: "acme", connection: admin }];
    const applied = await applyTo(topology, connections, { bundles: (hash) => bundles.get(hash), clock });
    if (!applied.ok) throw new Error(applied.failure.message);
  };
  await apply(first);

  const workers: FleetWorker[] = [];
  const waiting = new Map<string, number>();
  const roomOf = (name: string): boolean => (waiting.get(name) ?? 0) < backlog;
  const flows: Flow[] = [];
  for (const [index, integration] of integrations.entries()) {
    const receiver = await startReceiver();
    receiver.latency = () => between(random, 2, 40);
    receiver.mood = usual;
    const toTarget = await faultProxy(() => receiver.port);
    const producer = senders(options, integration, index, () => ({ workers, room: roomOf(integration.name) }));
    flows.push({ integration, receiver, toTarget, producer, allowed: 0 });
  }
  const look = setInterval(() => {
    for (const { integration } of flows) {
      standingOf(admin, integration.name, integration.targets).then(
        ({ left }) => void waiting.set(integration.name, left),
        () => undefined,
      );
    }
  }, 500);

  let hired = 0;
  const standing = (flow: Flow) =>
    until(
      "the server says how things stand",
      () => standingOf(admin, flow.integration.name, flow.integration.targets).catch(() => undefined),
      60_000,
    );
  const left = async (): Promise<number> => {
    const all = await Promise.all(flows.map(standing));
    return all.reduce((sum, each) => sum + each.left, 0);
  };
  return {
    nats,
    admin,
    toNats,
    flows,
    workers,
    edition: () => edition,
    hire: async (build) => {
      hired += 1;
      const name = `w${hired}`;
      const folder = join(dir, name);
      const targets = flows.map(
        ({ integration, toTarget }) =>
          [settingOf(integration.name), `http://127.0.0.1:${toTarget.port}/${name}`] as const,
      );
      await ownFolder(join(dir, "compiled"), folder, Object.fromEntries(targets));
      const where = ["--nats", `nats://127.0.0.1:${toNats.port}`, "--creds", login, "--data-dir", join(dir, "data")];
      const worker = await startWorker({ name, build, args: [folder, ...where], log });
      workers.push(worker);
      return worker;
    },
    dismiss: (worker) => {
      const at = workers.indexOf(worker);
      if (at >= 0) workers.splice(at, 1);
    },
    deploy: async () => {
      edition += 1;
      await apply(compiled(edition));
    },
    left,
    allow: async (more) => {
      for (const flow of flows) {
        const { inHand } = await standing(flow);
        flow.allowed += Math.max(0, ...Object.values(inHand)) + more;
      }
    },
    settle: async () => {
      await Promise.all(flows.map(({ producer }) => producer.stop()));
      await quiescence(left);
      const drained = await Promise.all(workers.map((worker) => worker.stop()));
      const unclean = drained.filter(({ code }) => code !== 0).map(() => "a worker did not end in order");
      const books = await Promise.all(flows.map((flow) => booksOf(admin, flow, join(dir, "data/out"))));
      return {
        verdicts: books.flatMap(({ verdicts }) => verdicts),
        findings: [...unclean, ...books.flatMap(({ findings }) => findings)],
      };
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(look);
      checker.close();
      await Promise.all(workers.map((worker) => worker.kill()));
      for (const { producer, receiver, toTarget } of flows) {
        await producer.stop();
        await receiver[Symbol.asyncDispose]();
        await toTarget[Symbol.asyncDispose]();
      }
      await toNats[Symbol.asyncDispose]();
      await admin.close();
      await nats.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const fleetClock = {
  monotonic: () => performance.now(),
  after: (ms: number, run: () => void) => {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

function senders(
  { seed, senders: count, pauseMs, givesUp }: FleetOptions,
  integration: LabIntegration,
  index: number,
  now: () => { readonly workers: readonly FleetWorker[]; readonly room: boolean },
): Producer {
  const numbers = seeded(seed + 100 * index + 1);
  return startProducer({
    random: seeded(seed + 100 * index + 2),
    path: `/${integration.name}`,
    senders: count,
    pauseMs,
    doors: () => now().workers.map(({ port }) => port),
    next: (number, sender) => integration.message(number, numbers, sender),
    // A sender that gives up on one message may see the next one of its key stored before it.
    givesUp: integration.name === "ordered" ? 0 : givesUp,
    patienceMs: 10_000,
    room: () => now().room,
  });
}

async function quiescence(left: () => Promise<number>): Promise<void> {
  let least = Number.POSITIVE_INFINITY;
  let calm = 0;
  for (let patience = Date.now() + stillMs; calm < 3 && Date.now() < patience; ) {
    const now = await left();
    if (now < least) patience = Date.now() + stillMs;
    least = Math.min(least, now);
    calm = now === 0 ? calm + 1 : 0;
    await pause(150);
  }
}

async function booksOf(admin: NatsConnection, flow: Flow, files: string): Promise<Books> {
  const { integration, receiver, producer, allowed } = flow;
  const { name, targets, most = 1 } = integration;
  const verdicts = await closeBooks({
    integration,
    connection: admin,
    sent: producer.sent,
    accepted: producer.accepted,
    receiver,
    written: new Map(targets.includes("files") ? [["files", await filesBelow(files)]] : []),
    allowed: new Map(targets.map((target) => [target, allowed * most])),
  });
  const order = name === "ordered" ? judgeOrder("inbox", arrivals(receiver)) : [];
  const quiet = producer.accepted.size === 0 ? ["nothing passed"] : [];
  const findings = [...verdicts.flatMap((verdict) => verdict.findings), ...order, ...quiet];
  const left = findings.length === 0 ? [] : await leftover(admin, name);
  return {
    verdicts: verdicts.map((verdict) => ({ ...verdict, integration: name })),
    findings: [...findings, ...left].map((found) => `${name}/${found}`),
  };
}
