// The hop: pull → parse → map → publish → PubAck → ack, by the worker that `vrsky run` starts, against a loop written
// by hand for this one message. Both take the same stored messages from the same server, through the same consumer, and
// leave the same ones. Lazy sync on purpose: with every write synced both sides wait for the disk and look alike.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { applyTopology } from "../cli/apply-topology.ts";
import type { Cluster } from "../cli/cluster.ts";
import type { Ready } from "../cli/compile-workspace.ts";
import type { Result } from "../cli/exit.ts";
import { startHouse } from "../cli/house.ts";
import { processIo } from "../cli/io.ts";
import { openAccess } from "../cli/with-access.ts";
import { type EmbeddedServer, startNatsServer } from "../control/nats-server/embed.ts";
import { findServer } from "../control/nats-server/find.ts";
import * as address from "../schema/address.ts";
import type { JsonObject } from "../schema/json.ts";
import { fill } from "./hop/fill.ts";
import { handWritten, type Mapping } from "./hop/hand-written.ts";
import { largeOrder, smallOrder } from "./orders.ts";
import { paired, type Ratio } from "./paired.ts";
import { benchWorkspace, bundleOf, env } from "./workspace.ts";

export interface HopFigure {
  readonly what: string;
  readonly ratio: Ratio;
  /** Messages per second; they say something about this machine only. */
  readonly ours: number;
  readonly theirs: number;
}

interface Bench {
  readonly ready: Ready;
  readonly cluster: Cluster;
  readonly admin: NatsConnection;
}

interface Case {
  readonly integration: string;
  readonly what: string;
  readonly make: (id: string) => JsonObject;
  readonly map: Mapping;
  readonly count: number;
}

/** What the steps of `small` do, by hand. */
const mapSmall: Mapping = (body) => {
  const order = body as ReturnType<typeof smallOrder> & Record<"id" | "customer" | "email" | "note", string>;
  return {
    id: order.id,
    body: {
      id: order.id,
      buyer: order.customer.trim(),
      email: order.email.toLowerCase(),
      cents: Math.round(Number(order.amount) * 100),
      currency: order.currency,
      paid: order.paid,
      note: order.note ?? "",
    },
  };
};

interface Large {
  readonly id: string;
  readonly amount: number;
  readonly customer: { readonly name: string; readonly email: string };
  readonly lines: readonly {
    readonly sku: string;
    readonly title: string;
    readonly qty: number;
    readonly price: number;
  }[];
}

const mapLarge: Mapping = (body) => {
  const order = body as Large;
  return {
    id: order.id,
    body: {
      id: order.id,
      buyer: order.customer.name,
      email: order.customer.email.toLowerCase(),
      cents: Math.round(order.amount * 100),
      lines: order.lines.map(({ sku, title, qty, price }) => ({
        sku,
        title,
        quantity: qty,
        cents: Math.round(price * 100),
      })),
    },
  };
};

const cases: readonly Case[] = [
  { integration: "small", what: "hop of 256 B : loop by hand", make: smallOrder, map: mapSmall, count: 20_000 },
  { integration: "large", what: "hop of 4 KB : loop by hand", make: largeOrder, map: mapLarge, count: 8_000 },
];

const inFlight = 256;

export async function* hop(pairs = 5): AsyncGenerator<HopFigure> {
  const dir = await mkdtemp(join(tmpdir(), "vrsky-bench-"));
  try {
    await using server = await startServer(dir);
    const bench = await prepare(server);
    for (const each of cases) {
      let round = 0;
      const ours = () => measure(bench, each, `o${round++}`, runWorker);
      const theirs = () => measure(bench, each, `t${round++}`, runByHand);
      await ours();
      await theirs();
      yield { what: each.what, ...(await paired(pairs, ours, theirs)) };
    }
    await bench.admin.close();
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function startServer(dir: string): Promise<EmbeddedServer> {
  const found = await findServer({ say: (line) => process.stderr.write(`${line}\n`) });
  if (!found.ok) throw new Error(found.message);
  return startNatsServer({ binary: found.server.path, dir, accounts: ["acme"], syncAlways: false });
}

async function prepare(server: EmbeddedServer): Promise<Bench> {
  const ready = benchWorkspace();
  const context = { settings: env.settings, secrets: "env" as const };
  const cluster: Cluster = {
    name: "bench",
    context,
    url: server.url,
    credentials: JSON.stringify(server.credentials),
  };
  await using access = must(await openAccess(ready, cluster));
  must(await applyTopology(ready, access, {}));
  const login = server.credentials.acme;
  const admin = await connect({
    servers: server.url,
    noAsyncTraces: true,
    ...(login === undefined ? {} : { user: login.user, pass: login.password }),
  });
  await call(admin, "STREAM.CREATE.BENCH", {
    name: "BENCH",
    subjects: ["bench.out.>"],
    duplicate_window: 1_000_000_000,
  });
  return { ready, cluster, admin };
}

function must<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(result.refusal.message);
}

/** Starts a side on a paused consumer, fills the intake, lets it go; messages per second from first to last. */
async function measure(
  bench: Bench,
  each: Case,
  prefix: string,
  start: (bench: Bench, each: Case) => Promise<Side>,
): Promise<number> {
  const { admin, ready } = bench;
  const { bundle } = bundleOf(ready, each.integration);
  const stream = address.intakeStream(each.integration);
  await call(admin, `STREAM.PURGE.${stream}`);
  await call(admin, "STREAM.PURGE.BENCH");
  const pause = (until: string) =>
    call(admin, `CONSUMER.PAUSE.${stream}.${address.targetConsumer("out")}`, { pause_until: until });
  await pause("2100-01-01T00:00:00Z");
  const side = await start(bench, each);
  await fill(admin, bundle, each.make, prefix, each.count);
  await pause("0001-01-01T00:00:00Z");
  const seconds = await side.seconds;
  await side.close();
  const state = Object((await call(admin, "STREAM.INFO.BENCH")).state);
  if (state.messages !== each.count) throw new Error(`${state.messages} of ${each.count} messages arrived`);
  return (each.count - 1) / seconds;
}

interface Side {
  /** From the first message that is done to the last. */
  readonly seconds: Promise<number>;
  close(): Promise<void>;
}

async function runWorker({ ready, cluster }: Bench, { integration, count }: Case): Promise<Side> {
  const { seconds, tick } = stopwatch(count);
  const house = must(
    await startHouse({
      ready: { ...ready, bundles: [bundleOf(ready, integration)] },
      cluster,
      settings: env.settings,
      httpPort: 0,
      metricsPort: 0,
      dataDir: tmpdir(),
      quiet: true,
      io: processIo(),
      onEvent: (event) => {
        if (event.kind !== "outcome") return;
        if (event.outcome.kind !== "delivered") throw new Error(JSON.stringify(event));
        tick();
      },
    }),
  );
  return { seconds, close: () => house.close() };
}

async function runByHand({ cluster, admin }: Bench, { integration, map, count }: Case): Promise<Side> {
  const { credentials } = cluster;
  const login = JSON.parse(typeof credentials === "string" ? credentials : "{}").acme;
  const connection = await connect({
    servers: cluster.url,
    user: login.user,
    pass: login.password,
    noAsyncTraces: true,
  });
  await admin.flush();
  const stream = address.intakeStream(integration);
  const options = {
    stream,
    consumer: address.targetConsumer("out"),
    subject: `bench.out.${integration}`,
    map,
    inFlight,
  };
  const { seconds, tick } = stopwatch(count);
  const running = handWritten(connection, options, tick);
  return {
    seconds,
    close: async () => {
      await running;
      await connection.close();
    },
  };
}

function stopwatch(count: number): { readonly seconds: Promise<number>; readonly tick: () => boolean } {
  let done = 0;
  let firstAt = 0;
  let stop: (seconds: number) => void = () => undefined;
  const seconds = new Promise<number>((resolve) => {
    stop = resolve;
  });
  const tick = (): boolean => {
    done += 1;
    if (done === 1) firstAt = performance.now();
    if (done === count) stop((performance.now() - firstAt) / 1000);
    return done === count;
  };
  return { seconds, tick };
}

async function call(connection: NatsConnection, name: string, body: JsonObject = {}): Promise<Record<string, unknown>> {
  const answer = await connection.request(`$JS.API.${name}`, JSON.stringify(body), { timeout: 10_000 });
  const value: Record<string, unknown> = answer.json();
  if (value.error !== undefined) throw new Error(`${name}: ${JSON.stringify(value.error)}`);
  return value;
}
