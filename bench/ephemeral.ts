// `transport: ephemeral` against `durable`, end to end: HTTP → check → 202 → steps → target, 64 senders at once, the same
// bundle but for its transport, on one server that syncs every write. Every message must reach the target on both sides.

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { httpConnector } from "../connectors/http/connector.ts";
import { natsManifest } from "../connectors/nats/manifest.ts";
import type { EmbeddedServer } from "../control/nats-server/embed.ts";
import { connectOptions } from "../runtime/connect-options.ts";
import { createLibrary } from "../runtime/expression/library.ts";
import { run } from "../runtime/run.ts";
import * as address from "../schema/address.ts";
import type { CodedBundle } from "../schema/bundle.ts";
import type { Connector } from "../schema/connector.ts";
import { login, prepare, startServer } from "./intake.ts";
import { paired, type Ratio } from "./paired.ts";
import { benchWorkspace, bundleOf, env } from "./workspace.ts";

/** Milliseconds. */
interface Latency {
  /** From the request to 202. */
  readonly answer: number;
  /** From the request, when it was whole, to the target. */
  readonly delivery: number;
}

export interface EphemeralFigure {
  readonly ratio: Ratio;
  /** Messages per second, until the last one is at the target. */
  readonly ours: number;
  readonly theirs: number;
  /** 99 of 100; of one side's middle round. */
  readonly p99: { readonly ours: Latency; readonly theirs: Latency };
}

const ready = benchWorkspace();
const durable = bundleOf(ready, "small");
const fleeting: CodedBundle = { ...durable, bundle: { ...durable.bundle, transport: "ephemeral" } };

export async function ephemeral(pairs = 5, count = 10_000): Promise<EphemeralFigure> {
  const dir = await mkdtemp(join(tmpdir(), "vrsky-bench-"));
  let round = 0;
  try {
    await using server = await startServer(dir, true);
    const { admin } = await prepare(server);
    const latencies = { ours: [] as Latency[], theirs: [] as Latency[] };
    const side = async (which: keyof typeof latencies, messages = count): Promise<number> => {
      const bundle = which === "ours" ? fleeting : durable;
      const { rate, latency } = await measure(server, admin, bundle, `${which}${round++}`, messages);
      latencies[which].push(latency);
      return rate;
    };
    await side("ours", count / 10);
    await side("theirs", count / 10);
    const figure = await paired(
      pairs,
      () => side("ours"),
      () => side("theirs"),
    );
    await admin.close();
    return { ...figure, p99: { ours: middle(latencies.ours), theirs: middle(latencies.theirs) } };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function middle(all: readonly Latency[]): Latency {
  const of = (key: keyof Latency): number => all.map((each) => each[key]).sort((a, b) => a - b)[all.length >> 1] ?? 0;
  return { answer: of("answer"), delivery: of("delivery") };
}

async function measure(
  server: EmbeddedServer,
  admin: NatsConnection,
  coded: CodedBundle,
  prefix: string,
  count: number,
): Promise<{ readonly rate: number; readonly latency: Latency }> {
  await admin.request(`$JS.API.STREAM.PURGE.${address.intakeStream("small")}`);
  const connection = await connect({ ...connectOptions("acme-worker"), ...login(server) });
  const took: number[] = [];
  let [first, last] = [0, 0];
  let all: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    all = resolve;
  });
  const sink: Connector = {
    manifest: natsManifest,
    openTarget: async () => ({
      deliver: async ({ receivedAt = "" }) => {
        last = performance.now();
        first ||= last;
        if (took.push(Date.now() - Date.parse(receivedAt)) === count) all();
        return { kind: "delivered" };
      },
      close: async () => undefined,
    }),
  };
  let port = 0;
  const onListening = (opened: number): void => {
    port = opened;
  };
  const worker = await run({
    tenants: [{ tenant: "acme", connection, inboxPrefix: address.inboxPrefix("acme-worker"), env, bundles: [coded] }],
    connectors: { http: httpConnector({ port: 0, host: "127.0.0.1", onListening }), nats: sink },
    library: () => createLibrary(),
    log: { info: () => undefined, warn: () => undefined },
  });
  const script = new URL("intake/clients.ts", import.meta.url).pathname;
  const args = ["--import", "tsx", script, String(port), String(count), "64", prefix];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const late = setTimeout(() => all(), 60_000);
  await done;
  clearTimeout(late);
  await worker.stop();
  await connection.close();
  if (took.length !== count) throw new Error(`${took.length} of ${count} messages reached the target`);
  const { p99 }: { readonly p99: number } = JSON.parse(stdout);
  const delivery = took.sort((a, b) => a - b)[Math.floor((count - 1) * 0.99)] ?? 0;
  return { rate: (count * 1000) / (last - first), latency: { answer: p99, delivery } };
}
