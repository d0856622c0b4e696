// Least privilege as the compiler derives it, against a real server: a worker does its work with it (the demo and `dev`
// run like that), and nothing else.

import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { startEmbedded } from "../../cli/embedded.ts";
import { fixedAccess } from "../../control/fixed-access.ts";
import { findServer } from "../../control/nats-server/find.ts";
import { hasPlatform } from "../../control/platform/streams.ts";
import { connectOptions } from "../../runtime/connect-options.ts";
import type { Topology } from "../../schema/topology.ts";
import { applyTo } from "../rig/apply.ts";
import { compileTexts } from "../rig/compile.ts";
import { freePort } from "../rig/free-port.ts";
import { until } from "../rig/wait.ts";

const files = {
  "tenants/acme/orders.yaml": `integration: orders
source: { http: { path: /orders }, contract: { country: string } }
targets: { out: { nats: { subject: "sales.\${ body.country }.new" } } }
`,
  "tenants/globex/orders.yaml": `integration: orders
source: { http: { path: /orders }, contract: { country: string } }
targets: { out: { nats: { subject: sales.all } } }
`,
};

function compiled(): { readonly topology: Topology; readonly conf: string } {
  const { emitted, diagnostics } = compileTexts(files);
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  return { topology: emitted.topology, conf: emitted.files.get("nats/server.conf") ?? "" };
}

const io = {
  out: () => undefined,
  err: () => undefined,
  colorOut: false,
  colorErr: false,
  interactive: false,
  env: process.env,
  cwd: tmpdir(),
};

interface Login {
  readonly user: string;
  readonly password: string;
}

async function asWorker(url: string, logins: string, tenant: string): Promise<NatsConnection> {
  const login: Login = JSON.parse(logins)[tenant];
  return connect({
    ...connectOptions(`${tenant}-worker`),
    servers: url,
    user: login.user,
    pass: login.password,
    maxReconnectAttempts: 0,
  });
}

/** The subjects that the server refuses, of those that are tried. */
async function refused(connection: NatsConnection, act: (connection: NatsConnection) => void): Promise<Set<string>> {
  const found = new Set<string>();
  const watch = async (): Promise<void> => {
    for await (const status of connection.status()) {
      if (status.type === "error") found.add(/to "([^"]+)"/.exec(status.error.message)?.[1] ?? status.error.message);
    }
  };
  const watching = watch();
  act(connection);
  await connection.flush();
  await connection.close();
  await watching;
  return found;
}

test("a worker may do its own work and nothing else", async () => {
  const { topology } = compiled();
  const dir = await mkdtemp(join(tmpdir(), "vrsky-rights-"));
  const server = await startEmbedded(dir, topology, io);
  if (!server.ok) throw new Error(server.refusal.message);
  try {
    await using nats = server.value;
    const forbidden = [
      "$JS.API.STREAM.CREATE.MINE",
      "$JS.API.STREAM.DELETE.IN_orders",
      "$JS.API.STREAM.UPDATE.IN_orders",
      "$JS.API.STREAM.PURGE.RETRY_orders",
      "$JS.API.STREAM.PURGE.DLQ",
      "$JS.API.STREAM.MSG.DELETE.IN_orders",
      "$JS.API.CONSUMER.CREATE.IN_orders.mine",
      "$JS.API.CONSUMER.DELETE.IN_orders.out",
      "$JS.API.STREAM.LIST",
      "$KV.vrsky.deploy.orders",
      "$KV.vrsky.bundle.abc",
      "vrsky.deployed.orders",
      "$JS.API.STREAM.INFO.KV_vrsky",
      "$JS.API.DIRECT.GET.KV_vrsky.$KV.vrsky.deploy.orders",
      "$KV.retries.invoices.out.x",
      "in.invoices.m.x",
      "rx.invoices.out.x",
      "rd.orders.out.x",
      "state.orders.http.x",
      "$JS.API.STREAM.INFO.RETRY_orders",
      "$JS.API.DIRECT.GET.DLQ",
      "dlq.invoices.out.x",
      "sales.se.new.more",
      "sales.se.old",
      "sales.new",
      "anything",
    ];
    const own = ["in.orders.m.x", "rx.orders.out.x", "dlq.orders.out.x", "sales.se.new", "$KV.retries.orders.out.x"];
    const published = await refused(await asWorker(nats.url, nats.workers(), "acme"), (connection) => {
      for (const subject of [...forbidden, ...own]) connection.publish(subject, "x");
    });
    expect([...published].sort()).toEqual([...forbidden].sort());

    const ears = [">", "_INBOX.>", "_INBOX_globex-worker.>", "in.orders.m.>", "sales.>", "$KV.>"];
    const subscribed = await refused(await asWorker(nats.url, nats.workers(), "acme"), (connection) => {
      for (const subject of [...ears, "_INBOX_acme-worker.x", "vrsky.deployed.>"]) {
        connection.subscribe(subject, { callback: () => undefined });
      }
    });
    expect([...subscribed].sort()).toEqual([...ears].sort());
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test("what is sent in one tenant's account is not heard in another's", async () => {
  const { topology } = compiled();
  const dir = await mkdtemp(join(tmpdir(), "vrsky-rights-"));
  const server = await startEmbedded(dir, topology, io);
  if (!server.ok) throw new Error(server.refusal.message);
  try {
    await using nats = server.value;
    const logins = JSON.parse(nats.admin());
    const open = (tenant: string) =>
      connect({ servers: nats.url, user: logins[tenant].user, pass: logins[tenant].password });
    const acme = await open("acme");
    const globex = await open("globex");
    const heard: string[] = [];
    const listen = (connection: NatsConnection, who: string) =>
      connection.subscribe("sales.>", { callback: (_error, message) => void heard.push(`${who} ${message.subject}`) });
    listen(acme, "acme");
    listen(globex, "globex");
    await Promise.all([acme.flush(), globex.flush()]);
    acme.publish("sales.all", "x");
    await acme.flush();
    await globex.flush();
    expect(heard).toEqual(["acme sales.all"]);
    await Promise.all([acme.close(), globex.close()]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test("the emitted server.conf is loaded by nats-server, which then takes the emitted topology", async () => {
  const { topology, conf } = compiled();
  const found = await findServer({ say: () => undefined });
  if (!found.ok) throw new Error(found.message);
  const dir = await mkdtemp(join(tmpdir(), "vrsky-conf-"));
  await writeFile(join(dir, "server.conf"), conf);
  const port = await freePort();
  const server = spawn(found.server.path, ["-c", "server.conf", "-a", "127.0.0.1", "-p", String(port)], {
    cwd: dir,
    stdio: "ignore",
    env: {
      ...process.env,
      VRSKY_PLATFORM_ADMIN_PASSWORD: "p-admin",
      VRSKY_ACME_ADMIN_PASSWORD: "a-admin",
      VRSKY_ACME_WORKER_PASSWORD: "a-worker",
      VRSKY_GLOBEX_ADMIN_PASSWORD: "g-admin",
      VRSKY_GLOBEX_WORKER_PASSWORD: "g-worker",
    },
  });
  try {
    const url = `nats://127.0.0.1:${port}`;
    const credentials = JSON.stringify({
      PLATFORM: { user: "PLATFORM-admin", password: "p-admin" },
      acme: { user: "acme-admin", password: "a-admin" },
      globex: { user: "globex-admin", password: "g-admin" },
    });
    const tenants = ["acme", "globex"];
    const opened = await until("the server answers", async () => {
      const result = await fixedAccess({ url, tenants, credentials, timeoutMs: 1_000 });
      return result.ok ? result.value : undefined;
    });
    await using access = opened;
    expect(await applyTo(topology, [], { access })).toMatchObject({ ok: true });
    expect(await hasPlatform(access.platform)).toBe(true);
    const worker = await connect({
      ...connectOptions("acme-worker"),
      servers: url,
      user: "acme-worker",
      pass: "a-worker",
    });
    const info = await worker.request("$JS.API.STREAM.INFO.IN_orders");
    expect(info.json()).toMatchObject({ config: { name: "IN_orders" } });
    await worker.close();
  } finally {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGKILL");
    await ended;
    await rm(dir, { recursive: true, force: true });
  }
});
