// What poison costs a neighbour in the same worker: the time from a request to its delivery, with and without messages
// beside it that fail, loop, take memory or hang.

import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { applyTopology } from "../cli/apply-topology.ts";
import { compileFolder } from "../cli/compile-workspace.ts";
import { openAccess } from "../cli/with-access.ts";
import { httpConnector } from "../connectors/http/connector.ts";
import { networks } from "../connectors/network.ts";
import { startNatsServer } from "../control/nats-server/embed.ts";
import { findServer } from "../control/nats-server/find.ts";
import { connectOptions } from "../runtime/connect-options.ts";
import { createLibrary } from "../runtime/expression/library.ts";
import { run } from "../runtime/run.ts";
import * as address from "../schema/address.ts";

export interface PoisonFigure {
  readonly what: string;
  /** Milliseconds, of all rounds. */
  readonly p50: number;
  readonly p99: number;
}

/** What is sent beside the neighbour's messages, and how many of it a second. */
const kinds: readonly (readonly [string, number])[] = [
  ["nothing", 0],
  ["fails", 20],
  ["loops", 5],
  ["script loops", 5],
  ["script takes memory", 5],
  ["hangs", 20],
];

const perSecond = 50;

export async function poison(rounds = 3, seconds = 3): Promise<readonly PoisonFigure[]> {
  const dir = await mkdtemp(join(tmpdir(), "vrsky-bench-"));
  const receiver = await startReceiver();
  try {
    const found = await findServer({ say: (line) => process.stderr.write(`${line}\n`) });
    if (!found.ok) throw new Error(found.message);
    await using server = await startNatsServer({
      binary: found.server.path,
      dir,
      accounts: ["acme"],
      syncAlways: false,
    });
    const { emitted, diagnostics } = compileFolder(new URL("poison", import.meta.url).pathname);
    if (emitted === undefined) throw new Error(`the workspace does not compile: ${JSON.stringify(diagnostics)}`);
    const ready = { folder: dir, ...emitted };
    const settings = { receiver: receiver.url };
    const credentials = JSON.stringify(server.credentials);
    const cluster = { name: "bench", context: { settings, secrets: "env" as const }, url: server.url, credentials };
    const access = await openAccess(ready, cluster);
    if (!access.ok) throw new Error(access.refusal.message);
    await using opened = access.value;
    const applied = await applyTopology(ready, opened, {});
    if (!applied.ok) throw new Error(applied.refusal.message);
    const { user, password } = server.credentials.acme ?? { user: "", password: "" };
    const connection = await connect({ ...connectOptions("acme-worker"), servers: server.url, user, pass: password });
    const delivered = new Map<string, number>();
    let failed: string | undefined;
    let port = 0;
    const onListening = (listening: number): void => {
      port = listening;
    };
    const worker = await run({
      tenants: [
        {
          tenant: "acme",
          connection,
          inboxPrefix: address.inboxPrefix("acme-worker"),
          env: { settings, secrets: {} },
          bundles: ready.bundles,
        },
      ],
      connectors: {
        http: httpConnector({ port: 0, host: "127.0.0.1", onListening, networkOf: networks(["loopback"]) }),
      },
      library: () => createLibrary(),
      log: { info: () => undefined, warn: () => undefined },
      onEvent: (event) => {
        if (event.kind !== "outcome") return;
        if (event.integration === "neighbour" && event.outcome.kind !== "delivered") failed ??= JSON.stringify(event);
        delivered.set(event.id, performance.now());
      },
    });
    const send = async (path: string, id: string, kind: string): Promise<void> => {
      const body = JSON.stringify({ id, kind, ten: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] });
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`http://127.0.0.1:${port}/acme${path}`, { method: "POST", headers, body });
      await answer.arrayBuffer();
    };
    const sides = kinds.map(([kind, rate]) => ({ kind, rate, took: [] as number[] }));
    for (let round = -1; round < rounds; round += 1) {
      for (const { kind, rate, took } of sides) {
        const begun = new Map<string, number>();
        const sent: Promise<void>[] = [];
        for (let index = 0; index < perSecond * seconds; index += 1) {
          const id = `${kind} ${round} ${index}`;
          begun.set(id, performance.now());
          sent.push(send("/neighbour", id, "fine"));
          if (rate > 0 && index % Math.round(perSecond / rate) === 0) sent.push(send("/poisoned", `p ${id}`, kind));
          await pause(1000 / perSecond);
        }
        await Promise.all(sent);
        while ([...begun.keys()].some((id) => !delivered.has(id))) await pause(20);
        // The first round warms up.
        if (round >= 0) for (const [id, at] of begun) took.push((delivered.get(id) ?? 0) - at);
      }
    }
    await worker.stop();
    await connection.close();
    if (failed !== undefined) throw new Error(`a neighbour's message was not delivered: ${failed}`);
    return sides.map(({ kind, took }) => {
      took.sort((a, b) => a - b);
      const at = (part: number): number => took[Math.floor((took.length - 1) * part)] ?? 0;
      return { what: kind, p50: at(0.5), p99: at(0.99) };
    });
  } finally {
    receiver.server.closeAllConnections();
    receiver.server.close();
    await rm(dir, { recursive: true, force: true });
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function startReceiver(): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((request, response) => {
    request.resume();
    // What hangs is never answered.
    if (request.url !== "/hangs") response.writeHead(200).end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const at = server.address();
  return { server, url: `http://127.0.0.1:${typeof at === "object" && at !== null ? at.port : 0}` };
}
