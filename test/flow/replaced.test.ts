// Streams and consumers are made anew under a running worker: it finds them again, and nothing that it told a sender
// it had is missing or delivered under another id.

import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { applyTopology } from "../../cli/apply-topology.ts";
import { openCluster } from "../../cli/cluster.ts";
import { startEmbedded } from "../../cli/embedded.ts";
import type { Result } from "../../cli/exit.ts";
import { startHouse } from "../../cli/house.ts";
import { openAccess } from "../../cli/with-access.ts";
import { call, type StreamInfo } from "../../control/jetstream-api.ts";
import type { StreamConfig, Topology } from "../../schema/topology.ts";
import { compileTexts } from "../rig/compile.ts";
import { until } from "../rig/wait.ts";

const workspace = {
  "vrsky.yaml": `workspace: flow
language: 1
settings: { receiver: string }
defaults: { settings: { receiver: "http://127.0.0.1:1" }, retry: { for: 60s, initial: 100ms, max: 300ms } }
contexts: { dev: {} }
`,
  "tenants/acme/a.yaml": `integration: orders
source: { http: { path: /orders }, contract: { id: string }, message-id: "\${ body.id }" }
targets: { out: { http: { url: "\${ settings.receiver }", path: /out, json: "\${ body }" } } }
`,
};

const quiet = { out: () => undefined, err: () => undefined, colorOut: false, colorErr: false, interactive: false };

function must<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.refusal.message} ${result.refusal.help ?? ""}`);
}

/** The streams of a prefix as they never are: so that apply has to make them anew. */
const otherwise = (topology: Topology, prefix: string, part: Partial<StreamConfig>): Topology => ({
  ...topology,
  tenants: topology.tenants.map((tenant) => ({
    ...tenant,
    streams: tenant.streams.map((stream) =>
      stream.config.name.startsWith(prefix) ? { ...stream, config: { ...stream.config, ...part } } : stream,
    ),
  })),
});

test("a worker goes on over intake and RETRY streams that are made anew", async () => {
  const folder = await mkdtemp(join(tmpdir(), "vrsky-replaced-"));
  const received = new Map<string, number>();
  let failing = 0;
  const receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    // One in three has to be tried again, so that there is always something parked.
    if (failing++ % 3 === 0) {
      response.writeHead(503).end();
      return;
    }
    const { id } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    received.set(id, (received.get(id) ?? 0) + 1);
    response.writeHead(200).end();
  });
  await new Promise<void>((listening) => receiver.listen(0, "127.0.0.1", listening));
  const address = receiver.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const { emitted, diagnostics } = compileTexts(workspace);
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  const ready = { folder, ...emitted };
  const io = { ...quiet, env: process.env, cwd: folder };
  try {
    await using nats = must(await startEmbedded(join(folder, "nats"), ready.topology, io));
    const cluster = {
      name: "dev",
      context: { settings: {}, secrets: "env" as const },
      url: nats.url,
      credentials: nats.admin(),
    };
    await using admin = must(await openCluster(ready, cluster));
    await using access = must(await openAccess(ready, cluster));
    must(await applyTopology(ready, access, {}));
    const house = must(
      await startHouse({
        ready,
        cluster: { ...cluster, credentials: nats.workers() },
        httpPort: 0,
        dataDir: join(folder, "data"),
        allowNetwork: ["loopback"],
        settings: { receiver: `http://127.0.0.1:${port}` },
        quiet: true,
        onEvent: () => undefined,
        io,
      }),
    );
    let sending = true;
    try {
      const accepted = new Set<string>();
      const send = async (lane: number): Promise<void> => {
        for (let number = 0; sending; number++) {
          const id = `${lane}-${number}`;
          while (sending) {
            const body = JSON.stringify({ id });
            const { status } = await fetch(`http://127.0.0.1:${house.httpPort}/acme/orders`, {
              method: "POST",
              headers: { "content-type": "application/json" },
              body,
            });
            if (status === 202) {
              accepted.add(id);
              break;
            }
            await pause(50);
          }
          await pause(5);
        }
      };
      const lanes = [1, 2, 3].map(send);
      const goesOn = async (): Promise<void> => {
        const before = accepted.size;
        await until("senders are answered again", () => accepted.size > before + 50);
      };
      await goesOn();
      const both = otherwise(ready.topology, "IN_", { retention: "workqueue", discard: "old" });
      must(await applyTopology({ ...ready, topology: both }, access, {}));
      await goesOn();
      must(await applyTopology(ready, access, {}));
      await goesOn();
      const plainRetry = otherwise(ready.topology, "RETRY_", { deny_delete: true });
      must(await applyTopology({ ...ready, topology: plainRetry }, access, {}));
      await goesOn();
      must(await applyTopology(ready, access, {}));
      await goesOn();
      sending = false;
      await Promise.all(lanes);
      await until("all arrive", () => [...accepted].every((id) => received.has(id)), 60_000);
      const [tenant] = admin.tenants;
      if (tenant === undefined) throw new Error("no tenant");
      const { config } = await call<StreamInfo>(tenant.connection, "STREAM.INFO.RETRY_orders");
      expect(config.deny_delete).toBe(false);
      const intake = await call<StreamInfo>(tenant.connection, "STREAM.INFO.IN_orders");
      expect(intake.config.retention).toBe("limits");
    } finally {
      sending = false;
      await house.close();
    }
  } finally {
    receiver.closeAllConnections();
    await new Promise<void>((closed) => receiver.close(() => closed()));
    await rm(folder, { recursive: true, force: true });
  }
});
