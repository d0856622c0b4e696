// The worker that holds the leases of three sources (a poll, tables that are followed, files of an SFTP server) is killed
// with SIGKILL: how long until the other one has stored something of each. Real processes of the command line, a real
// nats-server, PostgreSQL and SSH server; every source always has something new.

import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import type { Topology } from "../schema/topology.ts";
import { postgresServer } from "../test/rig/postgres.ts";
import { sftpServer } from "../test/rig/sftp-server.ts";
import { api } from "../test/rig/topology.ts";
import { until } from "../test/rig/wait.ts";
import { ownFolder, serverOf, writeAll } from "../test/versions/place.ts";
import { startWorker } from "../test/versions/worker.ts";

export interface FailOver {
  readonly source: string;
  /** Milliseconds from the kill to the first message of the other worker, in order of size. */
  readonly ms: readonly number[];
}

const sources = ["polled", "followed", "files"] as const;

interface Settings {
  readonly items: string;
  readonly database: string;
  readonly sftpPort: number;
  readonly fingerprint: string;
}

const target = 'targets: { out: { nats: { subject: "out.x" } } }\n';

const texts = ({ sftpPort, fingerprint, ...settings }: Settings): Readonly<Record<string, string>> => ({
  "vrsky.yaml": `workspace: failing-over
language: 1
settings: { items: string, database: string }
contexts: { dev: { settings: ${JSON.stringify(settings)} } }
`,
  "tenants/acme/sources.yaml": `tenant: acme
secrets: [sftp_password]
---
connections:
  database: { postgres: { url: "\${ settings.database }" } }
  supplier: { sftp: { host: 127.0.0.1, port: ${sftpPort}, user: acme, password: "\${ secrets.sftp_password }", fingerprint: "${fingerprint}" } }
---
integration: polled
source:
  poll:
    every: 250ms
    http: { url: "\${ settings.items }/items" }
    contract: { items: [{ id: string }] }
    items: \${ page.items }
  message-id: \${ body.id }
${target}---
integration: followed
source:
  postgres: { connection: database, tables: [public.ticks] }
  contract: { id: integer }
${target}---
integration: files
source:
  file: { connection: supplier, path: "in/*.json", format: json, after: delete }
  contract: { id: string }
  message-id: \${ body.id }
${target}`,
});

export async function failOver(rounds = 5): Promise<readonly FailOver[]> {
  const dir = await mkdtemp(join(tmpdir(), "vrsky-fail-over-"));
  const command = [new URL("../dist/vrsky.mjs", import.meta.url).pathname];
  const build = { name: "here", command, [Symbol.dispose]: () => undefined };
  await using database = await postgresServer();
  await database.query("create table ticks (id serial primary key)");
  await using supplier = await sftpServer();
  await using items = await counting();
  const settings = {
    items: items.url,
    database: database.url,
    sftpPort: supplier.port,
    fingerprint: supplier.fingerprint,
  };
  const vrsky = (...args: readonly string[]): void =>
    void execFileSync(process.execPath, [...command, ...args], { stdio: ["ignore", "ignore", 2] });
  const compiled = join(dir, "compiled");
  await writeAll(join(dir, "workspace"), Object.entries(texts(settings)));
  vrsky("compile", join(dir, "workspace"), "--out", compiled);
  const topology: Topology = JSON.parse(await readFile(join(compiled, "nats/topology.json"), "utf8"));
  const nats = await serverOf(topology, join(dir, "nats"));
  const admin = join(dir, "admin.json");
  await writeFile(admin, JSON.stringify(nats.credentials), { mode: 0o600 });
  vrsky("apply", compiled, "--nats", nats.url, "--creds", admin);
  const { user = "", password: pass = "" } = nats.credentials.acme ?? {};
  const connection = await connect({ servers: nats.url, user, pass });
  await ownFolder(compiled, join(dir, "own"), { items: items.url, database: database.url });
  const login = join(dir, "worker.json");
  await writeFile(login, JSON.stringify({ acme: nats.users["acme-worker"] }));
  process.env.VRSKY_SECRET_ACME_SFTP_PASSWORD = supplier.connection.password;
  let number = 0;
  const hire = async (log: string) => {
    number += 1;
    const args = [join(dir, "own"), "--nats", nats.url, "--creds", login, "--data-dir", join(dir, "data")];
    return await startWorker({ name: `w${number}`, build, args, log, webhooks: false });
  };
  const ticking = setInterval(() => {
    void database.query("insert into ticks default values").catch(() => undefined);
    const name = `f${performance.now()}`;
    void writeFile(join(supplier.root, "in", `${name}.json`), JSON.stringify({ id: name })).catch(() => undefined);
  }, 250);
  const lastOf = async (integration: string): Promise<number> => {
    const info = await api(connection, `STREAM.INFO.IN_${integration}`);
    return Number(Object(info.state).last_seq);
  };
  try {
    await mkdir(join(supplier.root, "in"), { recursive: true });
    let holder = await hire(join(dir, "log0"));
    const took = new Map<string, number[]>(sources.map((source) => [source, []]));
    for (let round = 1; round <= rounds; round++) {
      const log = join(dir, `log${round}`);
      const next = await hire(log);
      await until("the next one waits for all", async () => {
        const said = await readFile(log, "utf8").catch(() => "");
        return said.split("the source waits: another worker runs it").length > sources.length;
      });
      await Promise.all(
        sources.map(async (source) => {
          const before = await lastOf(source);
          await until(`${source} moves`, async () => (await lastOf(source)) > before);
        }),
      );
      await holder.kill();
      const killed = performance.now();
      const before = new Map(await Promise.all(sources.map(async (source) => [source, await lastOf(source)] as const)));
      await Promise.all(
        sources.map(async (source) => {
          await until(`${source} goes on`, async () => (await lastOf(source)) > (before.get(source) ?? 0));
          took.get(source)?.push(performance.now() - killed);
        }),
      );
      holder = next;
    }
    await holder.kill();
    return sources.map((source) => ({ source, ms: (took.get(source) ?? []).sort((a, b) => a - b) }));
  } finally {
    clearInterval(ticking);
    await connection.close();
    await nats.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Something new at each look. */
async function counting(): Promise<AsyncDisposable & { readonly url: string }> {
  let count = 0;
  const server = createServer((_request, response) => {
    count += 1;
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ items: [{ id: `p${count}` }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
