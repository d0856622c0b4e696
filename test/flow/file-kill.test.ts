// A worker killed for real inside a file: no record is lost, a file that is written once is written once, and what stands
// twice in a file that grows is what was in hand when the worker died.

import { type ChildProcess, spawn } from "node:child_process";
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { startNatsServer } from "../../control/nats-server/embed.ts";
import { findServer } from "../../control/nats-server/find.ts";
import type { Topology } from "../../schema/topology.ts";
import { applyTo } from "../rig/apply.ts";
import { command } from "../rig/command.ts";
import { compileTexts } from "../rig/compile.ts";
import { until } from "../rig/wait.ts";

const count = 40_000;
const root = new URL("../..", import.meta.url).pathname;

const workspace = {
  "vrsky.yaml": "workspace: files\nlanguage: 1\n",
  "tenants/acme/a.yaml": `integration: rows
source:
  file: { path: "in/*.csv", format: csv, every: 50ms, stable-for: 50ms, after: delete }
  contract: { n: integer, text: string }
steps: [{ filter: "\${ body.n % 40 === 0 }" }]
targets:
  grows: { file: { path: out/rows.jsonl, format: jsonl } }
  each: { file: { path: "each/\${ body.n }.json", format: json }, when: "\${ body.n % 400 === 0 }" }
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

test("kill -9 of the worker inside a file, twice: nothing is lost", async () => {
  const { emitted } = compileTexts(workspace);
  if (emitted === undefined) throw new Error("it does not compile");
  const topology = impatient(emitted.topology);
  const dir = await mkdtemp(join(tmpdir(), "vrsky-rows-"));
  for (const [path, text] of emitted.files) {
    await mkdir(dirname(join(dir, "out", path)), { recursive: true });
    await writeFile(join(dir, "out", path), text);
  }
  const found = await findServer({ say: () => undefined });
  if (!found.ok) throw new Error(found.message);
  const accounts = topology.tenants.map(({ tenant, users }) => {
    const permissions = Object.fromEntries(users.map((user) => [user.name, user.permissions]));
    return [tenant, { users: permissions }] as const;
  });
  await using nats = await startNatsServer({
    binary: found.server.path,
    dir: join(dir, "nats"),
    accounts: Object.fromEntries(accounts),
    syncAlways: false,
  });
  const { user = "", password: pass = "" } = nats.credentials.acme ?? {};
  const connection = await connect({ servers: nats.url, user, pass, noAsyncTraces: true });
  const bundles = new Map(emitted.bundles.map((coded) => [coded.bundle.hash, coded]));
  const applied = await applyTo(topology, [{ tenant: "acme", connection }], { bundles: (hash) => bundles.get(hash) });
  expect(applied.ok).toBe(true);
  await writeFile(join(dir, "worker.json"), JSON.stringify({ acme: nats.users["acme-worker"] }));

  const data = join(dir, "data");
  const file = join(data, "in/rows.csv");
  const rows = Array.from({ length: count }, (_, n) => `${n},"a ""text""\nof two lines"\n`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(join(data, "in/.rows"), `n,text\n${rows.join("")}`);
  await rename(join(data, "in/.rows"), file);

  const start = (): ChildProcess => {
    const where = ["--nats", nats.url, "--creds", join(dir, "worker.json"), "--data-dir", data];
    const args = ["run", join(dir, "out"), "--local", ...where, "--http-port", "0", "--host", "127.0.0.1"];
    return spawn(process.execPath, [...command, ...args], { cwd: root, stdio: "ignore" });
  };
  const stored = async (): Promise<number> => {
    const info = await connection.request("$JS.API.STREAM.INFO.IN_rows");
    return Number(info.json<{ state: { last_seq: number } }>().state.last_seq);
  };
  const lines = async (): Promise<readonly number[]> =>
    (await readFile(join(data, "out/rows.jsonl"), "utf8").catch(() => ""))
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line).n);

  let worker = start();
  try {
    for (const taken of [6_000, 12_000]) {
      await until(`${taken} records are stored`, async () => (await stored()) >= taken, 60_000);
      await ended(worker);
      // It died inside the file.
      await access(file);
      expect(await stored()).toBeLessThan(count);
      worker = start();
    }
    const wanted = Array.from({ length: count / 40 }, (_, n) => n * 40);
    await until("all are there", async () => new Set(await lines()).size >= wanted.length, 90_000);
    const each = wanted.filter((n) => n % 400 === 0).map((n) => `${n}.json`);
    await until("each has its file", async () => (await readdir(join(data, "each"))).length >= each.length, 60_000);
    await until("the file is gone", async () => (await readdir(join(data, "in"))).length === 0, 60_000);
    expect([...new Set(await lines())].sort((a, b) => a - b)).toEqual(wanted);
    expect((await readdir(join(data, "each"))).filter((name) => !name.startsWith(".")).sort()).toEqual(each.sort());
    // At each kill 64 messages at most were in hand at a target.
    expect((await lines()).length).toBeLessThanOrEqual(wanted.length + 2 * 64);
    // What was read again was known: the intake holds each record once.
    expect(await stored()).toBe(count);
  } finally {
    worker.kill("SIGKILL");
    await connection.close();
    await nats.stop();
    await rm(dir, { recursive: true, force: true });
  }
}, 240_000);

async function ended(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}
