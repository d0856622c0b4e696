// A chain of streams over two accounts, with the worker and the server killed for real in the middle.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { startNatsServer } from "../../control/nats-server/embed.ts";
import { findServer } from "../../control/nats-server/find.ts";
import { sharing } from "../../schema/sharing.ts";
import type { Topology } from "../../schema/topology.ts";
import { applyTo } from "../rig/apply.ts";
import { command } from "../rig/command.ts";
import { compileTexts } from "../rig/compile.ts";
import { until } from "../rig/wait.ts";

const count = 1_500;
const root = new URL("../..", import.meta.url).pathname;

const workspace = {
  "vrsky.yaml": "workspace: chain\nlanguage: 1\n",
  "tenants/acme/a.yaml": `tenant: acme
streams: { paid: { contract: { id: string, n: integer }, keep: 1h, export-to: [globex] } }
---
integration: write
source: { http: { path: /in }, contract: { id: string, n: integer }, message-id: "\${ body.id }" }
targets: { out: { stream: paid } }
---
integration: own
source: { stream: paid }
steps: [{ map: { id: "\${ meta.id }", n: "\${ body.n }" } }]
targets: { out: { file: { path: own.jsonl, format: jsonl, mode: append } } }
`,
  "tenants/globex/a.yaml": `integration: read
source: { stream: acme/paid }
steps: [{ map: { id: "\${ meta.id }", n: "\${ body.n }" } }]
targets: { out: { file: { path: read.jsonl, format: jsonl, mode: append } } }
`,
};

/** What a killed worker had in hand comes again soon. */
const impatient = (topology: Topology): Topology => ({
  ...topology,
  tenants: topology.tenants.map((tenant) => ({
    ...tenant,
    consumers: tenant.consumers.map((consumer) =>
      "ack_wait" in consumer.config ? { ...consumer, config: { ...consumer.config, ack_wait: 1e9 } } : consumer,
    ),
  })),
});

test("kill -9 of the worker twice and of the server once: every message reaches both readers under its id", async () => {
  const { emitted } = compileTexts(workspace);
  if (emitted === undefined) throw new Error("it does not compile");
  const topology = impatient(emitted.topology);
  const dir = await mkdtemp(join(tmpdir(), "vrsky-chain-"));
  for (const [path, text] of emitted.files) {
    await mkdir(dirname(join(dir, "out", path)), { recursive: true });
    await writeFile(join(dir, "out", path), text);
  }
  const found = await findServer({ say: () => undefined });
  if (!found.ok) throw new Error(found.message);
  const shared = sharing(topology);
  const accounts = topology.tenants.map(({ tenant, users }) => {
    const given = shared.get(tenant);
    const permissions = Object.fromEntries(users.map((user) => [user.name, user.permissions]));
    return [tenant, { users: permissions, ...(given === undefined ? {} : { sharing: given }) }] as const;
  });
  await using nats = await startNatsServer({
    binary: found.server.path,
    dir: join(dir, "nats"),
    accounts: Object.fromEntries(accounts),
    syncAlways: false,
  });
  const connections = await Promise.all(
    topology.tenants.map(async ({ tenant }) => {
      const { user = "", password: pass = "" } = nats.credentials[tenant] ?? {};
      return { tenant, connection: await connect({ servers: nats.url, user, pass, noAsyncTraces: true }) };
    }),
  );
  const bundles = new Map(emitted.bundles.map((coded) => [coded.bundle.hash, coded]));
  const applied = await applyTo(topology, connections, { bundles: (hash) => bundles.get(hash) });
  expect(applied.ok).toBe(true);
  const logins = topology.tenants.map(({ tenant }) => [tenant, nats.users[`${tenant}-worker`]]);
  await writeFile(join(dir, "worker.json"), JSON.stringify(Object.fromEntries(logins)));

  let port = "";
  const start = (): ChildProcess => {
    const where = ["--nats", nats.url, "--creds", join(dir, "worker.json"), "--data-dir", join(dir, "data")];
    const args = ["run", join(dir, "out"), "--local", ...where, "--http-port", port || "0", "--host", "127.0.0.1"];
    const child = spawn(process.execPath, [...command, ...args], {
      cwd: root,
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      port ||= /webhooks on port (\d+)/.exec(chunk.toString())?.[1] ?? "";
    });
    return child;
  };
  const lines = async (file: string): Promise<readonly string[]> =>
    (await readFile(join(dir, "data", file), "utf8").catch(() => "")).split("\n").slice(0, -1);
  const distinct = async (file: string): Promise<number> => new Set(await lines(file)).size;

  let worker = start();
  try {
    await until("it listens", () => port !== "", 60_000);
    const sending = sendAll(() => port);
    for (const taken of [200, 700]) {
      await until(`${taken} have come out`, async () => (await distinct("read.jsonl")) >= taken, 60_000);
      await ended(worker, "SIGKILL");
      expect(await distinct("read.jsonl")).toBeLessThan(count);
      if (taken === 700) {
        const gone = nats.exited;
        nats.kill("SIGKILL");
        await gone;
        await nats.restart();
      }
      worker = start();
    }
    await sending;
    const all = Array.from({ length: count }, (_, n) => JSON.stringify({ id: `m${n}`, n })).sort();
    for (const file of ["own.jsonl", "read.jsonl"]) {
      await until(`all are in ${file}`, async () => (await distinct(file)) >= count, 90_000);
      expect([...new Set(await lines(file))].sort()).toEqual(all);
    }
  } finally {
    worker.kill("SIGKILL");
    await Promise.all(connections.map(({ connection }) => connection.close()));
    await nats.stop();
    await rm(dir, { recursive: true, force: true });
  }
}, 240_000);

/** As a sender does it: again and again until it is told that the message is stored. */
async function sendAll(port: () => string): Promise<void> {
  let next = 0;
  const send = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) {
      const body = JSON.stringify({ id: `m${n}`, n });
      const headers = { "content-type": "application/json" };
      const post = () =>
        fetch(`http://127.0.0.1:${port()}/acme/in`, { method: "POST", headers, body }).then(
          ({ status }) => status === 202,
          () => false,
        );
      await until(`m${n} is stored`, post, 90_000);
    }
  };
  await Promise.all(Array.from({ length: 4 }, send));
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await gone;
}
