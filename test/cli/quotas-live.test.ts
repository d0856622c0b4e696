// The server holds a tenant to its quotas: the emitted server.conf, loaded by a real nats-server, refuses what is over
// them, and what the compiler reckoned with fits.

import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { fixedAccess } from "../../control/fixed-access.ts";
import { findServer } from "../../control/nats-server/find.ts";
import { applyTo } from "../rig/apply.ts";
import { compileTexts } from "../rig/compile.ts";
import { freePort } from "../rig/free-port.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const files = {
  "tenants/acme/tenant.yaml": `tenant: acme
quotas: { storage: 100MiB, streams: 7, consumers: 3, connections: 2, payload: 784KiB }
`,
  "tenants/acme/orders.yaml": `integration: orders
source: { http: { path: /orders }, contract: { id: string } }
targets: { out: { nats: { subject: orders.out } } }
`,
};

const stream = (name: string, max_bytes = -1) => ({ name, subjects: [`${name}.>`], storage: "file", max_bytes });

async function held(admin: NatsConnection, login: object): Promise<void> {
  expect(admin.info?.max_payload).toBe(784 * 1024);
  // The intake has reserved its half of the storage.
  await expect(api(admin, "STREAM.CREATE.BIG", stream("BIG", 60 * 1024 ** 2))).rejects.toThrow("insufficient storage");
  await api(admin, "STREAM.CREATE.SEVENTH", stream("SEVENTH"));
  await expect(api(admin, "STREAM.CREATE.EIGHTH", stream("EIGHTH"))).rejects.toThrow("maximum number of streams");
  // The server counts consumers stream by stream; the compiler and the plan count all of them.
  const consumer = (name: string) =>
    api(admin, `CONSUMER.CREATE.SEVENTH.${name}`, {
      stream_name: "SEVENTH",
      config: { durable_name: name, ack_policy: "explicit" },
    });
  for (const name of ["a", "b", "c"]) await consumer(name);
  await expect(consumer("d")).rejects.toThrow("maximum consumers");
  const second = await connect({ ...login, reconnect: false });
  await expect(connect({ ...login, reconnect: false })).rejects.toThrow();
  await second.close();
}

test("storage, streams, consumers, connections and payload: what the integrations need fits, more does not", async () => {
  const { emitted, diagnostics } = compileTexts(files);
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  const found = await findServer({ say: () => undefined });
  if (!found.ok) throw new Error(found.message);
  const dir = await mkdtemp(join(tmpdir(), "vrsky-quotas-"));
  await writeFile(join(dir, "server.conf"), emitted.files.get("nats/server.conf") ?? "");
  const port = await freePort();
  const server = spawn(found.server.path, ["-c", "server.conf", "-a", "127.0.0.1", "-p", String(port)], {
    cwd: dir,
    stdio: "ignore",
    env: {
      ...process.env,
      VRSKY_PLATFORM_ADMIN_PASSWORD: "p",
      VRSKY_ACME_ADMIN_PASSWORD: "a",
      VRSKY_ACME_WORKER_PASSWORD: "w",
    },
  });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  try {
    const url = `nats://127.0.0.1:${port}`;
    const credentials = JSON.stringify({
      PLATFORM: { user: "PLATFORM-admin", password: "p" },
      acme: { user: "acme-admin", password: "a" },
    });
    const access = await until("the server answers", async () => {
      const opened = await fixedAccess({ url, tenants: ["acme"], credentials, timeoutMs: 1_000 });
      return opened.ok ? opened.value : undefined;
    });
    await using open = access;
    expect(await applyTo(emitted.topology, [], { access: open })).toMatchObject({ ok: true });
    const admin = await open.open("acme");
    if (!admin.ok || admin.value === undefined) throw new Error("no connection to acme");
    await held(admin.value, { servers: url, user: "acme-admin", pass: "a" });
  } finally {
    server.kill("SIGKILL");
    await ended;
    await rm(dir, { recursive: true, force: true });
  }
});
