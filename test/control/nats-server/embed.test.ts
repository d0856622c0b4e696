import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type EmbeddedServer, startNatsServer } from "../../../control/nats-server/embed.ts";
import { findServer } from "../../../control/nats-server/find.ts";
import { runningIn } from "../../../control/nats-server/process-command.ts";
import { natsServer } from "../../rig/nats.ts";

let binary: string;
let dir: string;

beforeAll(async () => {
  const found = await findServer();
  if (!found.ok) throw new Error(found.message);
  binary = found.server.path;
});

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "vrsky-embed-"));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

const as = (server: EmbeddedServer, { user, password }: { user: string; password: string }) =>
  connect({ servers: server.url, user, pass: password, reconnect: false });

/** Not by a signal: a process that nobody has reaped yet still takes those. */
const alive = (pid: number): Promise<boolean> => runningIn(pid, join(dir, "nats-server.conf"));

test("what was acknowledged survives SIGKILL, on the same port", async () => {
  await using nats = await natsServer({ accounts: ["acme", "globex"] });
  const before = await nats.connect();
  await (await jetstreamManager(before)).streams.add({ name: "S", subjects: ["s.>"] });
  await jetstream(before).publish("s.a", "kept");
  const { pid, port } = nats;
  await nats.kill("SIGKILL");
  await nats.restart();
  expect(nats.port).toBe(port);
  expect(nats.pid).not.toBe(pid);
  const manager = await jetstreamManager(await nats.connect("acme"));
  expect((await manager.streams.info("S")).state.messages).toBe(1);
  const other = await jetstreamManager(await nats.connect("globex"));
  expect(await other.streams.names().next()).toEqual([]);
});

test("syncs always unless told otherwise", async () => {
  await using server = await startNatsServer({ binary, dir, accounts: ["acme"] });
  expect(JSON.parse(await readFile(join(dir, "nats-server.conf"), "utf8"))).toMatchObject({
    jetstream: { sync_interval: "always" },
    listen: expect.stringMatching(/^127\.0\.0\.1:/),
  });
  const system = await as(server, server.systemCredentials);
  const answer = await system.request("$SYS.REQ.SERVER.PING.JSZ", "{}");
  expect(answer.json()).toMatchObject({ data: { config: { sync_interval: expect.any(Number), sync_always: true } } });
  await system.close();
});

test("credentials are private and stay the same from one run to the next", async () => {
  const first = await startNatsServer({ binary, dir, accounts: ["acme"] });
  const { credentials } = first;
  await first.stop();
  for (const name of ["credentials.json", "nats-server.conf"]) {
    expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
  }
  await using second = await startNatsServer({ binary, dir, accounts: ["acme"] });
  expect(second.credentials).toEqual(credentials);
  await expect(connect({ servers: second.url, reconnect: false })).rejects.toThrow(/auth/i);
});

test("reload brings accounts and restricted users without ending connections", async () => {
  await using server = await startNatsServer({ binary, dir, accounts: ["acme"] });
  const acme = await as(server, server.credentials.acme ?? { user: "", password: "" });
  await server.reload({ acme: {}, globex: { users: { reader: { publish: [], subscribe: [">"] } } } });
  const globex = await as(server, server.credentials.globex ?? { user: "", password: "" });
  const reader = await as(server, server.users.reader ?? { user: "", password: "" });
  const refused = (async () => {
    for await (const status of reader.status()) if (status.type === "error") return String(status.error);
    return "no error";
  })();
  reader.publish("anything", "x");
  expect(await refused).toMatch(/permissions violation/i);
  await acme.flush();
  await Promise.all([acme.close(), globex.close(), reader.close()]);
});

test("a port in use is one line", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  await once(holder, "listening");
  const address = holder.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await expect(startNatsServer({ binary, dir, port, accounts: ["acme"] })).rejects.toMatchObject({
    code: "port-in-use",
    message: `nats-server cannot listen on 127.0.0.1:${port}: the port is in use`,
  });
  holder.close();
  await using after = await startNatsServer({ binary, dir, port, accounts: ["acme"] });
  expect(after.port).toBe(port);
});

test("a directory has one server at a time", async () => {
  await using first = await startNatsServer({ binary, dir, accounts: ["acme"] });
  await expect(startNatsServer({ binary, dir, accounts: ["acme"] })).rejects.toMatchObject({
    code: "locked",
    message: `another nats-server is already running in ${dir}`,
  });
  expect(await alive(first.pid)).toBe(true);
});

test("a process id that now means another process is no lock", async () => {
  await writeFile(join(dir, "nats-server.pid"), `${process.pid}\n`);
  await using server = await startNatsServer({ binary, dir, accounts: ["acme"] });
  expect(server.port).toBeGreaterThan(0);
});

test("a directory that cannot be made is one line", async () => {
  await writeFile(join(dir, "file"), "");
  const below = join(dir, "file", "nats");
  await expect(startNatsServer({ binary, dir: below, accounts: ["acme"] })).rejects.toMatchObject({
    code: "unwritable",
    message: `${below} cannot be written (ENOTDIR)`,
  });
});

test("a server that dies at its start says why in one line", async () => {
  const broken = join(dir, "broken");
  await writeFile(broken, "#!/bin/sh\necho '[1] 2026/01/01 00:00:00 [FTL] disk on fire' >&2\nexit 3\n");
  await chmod(broken, 0o755);
  await expect(startNatsServer({ binary: broken, dir, accounts: ["acme"] })).rejects.toMatchObject({
    code: "died",
    message: `nats-server ended at its start in ${dir}: disk on fire`,
  });
  await expect(startNatsServer({ binary: join(dir, "none"), dir, accounts: ["acme"] })).rejects.toMatchObject({
    code: "died",
    message: expect.not.stringContaining("\n"),
  });
});

/** A process of its own that starts a server and prints the server's id. */
async function parent(): Promise<{ process: ChildProcess; server: number; port: number }> {
  const embed = new URL("../../../control/nats-server/embed.ts", import.meta.url).href;
  const source = `
    import { startNatsServer } from ${JSON.stringify(embed)};
    const server = await startNatsServer(${JSON.stringify({ binary, dir, accounts: ["acme"] })});
    console.log(JSON.stringify([server.pid, server.port]));`;
  await writeFile(join(dir, "parent.mts"), source);
  const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), join(dir, "parent.mts")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const [server, port] = JSON.parse(line);
  return { process: child, server, port };
}

test("a parent that is killed takes its server along, and the directory is free again", async () => {
  const started = await parent();
  expect(await alive(started.server)).toBe(true);
  started.process.kill("SIGKILL");
  await vi.waitFor(async () => expect(await alive(started.server)).toBe(false), { timeout: 10_000, interval: 10 });
  await using again = await startNatsServer({ binary, dir, accounts: ["acme"] });
  expect(again.pid).not.toBe(started.server);
});

test("a successor of a killed parent starts at once, on the same port", async () => {
  const started = await parent();
  started.process.kill("SIGKILL");
  await once(started.process, "exit");
  await using again = await startNatsServer({ binary, dir, port: started.port, accounts: ["acme"] });
  expect(again.port).toBe(started.port);
});

test("a damaged credentials file is one line, not new passwords behind the user's back", async () => {
  for (const content of ["{", "null", "{}", '{"system":{"user":"SYS"},"accounts":{},"users":{}}']) {
    await writeFile(join(dir, "credentials.json"), content);
    await expect(startNatsServer({ binary, dir, accounts: ["acme"] })).rejects.toMatchObject({
      message: `${join(dir, "credentials.json")} is damaged`,
    });
  }
});

test("a tenant may be called as it likes, and has the limits that it was given", async () => {
  const limits = { connections: 1, payload: 1024, disk: 4096, memory: 0, streams: 1, consumers: 1 };
  await using server = await startNatsServer({ binary, dir, accounts: { system: { limits } } });
  const connection = await as(server, server.credentials.system ?? { user: "", password: "" });
  expect(connection.info?.max_payload).toBe(1024);
  const { limits: seen } = await (await jetstreamManager(connection)).getAccountInfo();
  expect(seen).toMatchObject({ max_storage: 4096, max_streams: 1, max_consumers: 1 });
  await expect(as(server, server.credentials.system ?? { user: "", password: "" })).rejects.toThrow();
  await connection.close();
});

test("a server that is paused still stops", async () => {
  const server = await startNatsServer({ binary, dir, accounts: ["acme"] });
  server.kill("SIGSTOP");
  await server.stop();
  expect(await alive(server.pid)).toBe(false);
});

test("streams may reserve more than the disk has: what is reserved is not used", async () => {
  await using server = await startNatsServer({ binary, dir, accounts: ["acme"] });
  const connection = await as(server, server.credentials.acme ?? { user: "", password: "" });
  const manager = await jetstreamManager(connection);
  for (const name of ["A", "B"]) {
    const info = await manager.streams.add({ name, subjects: [`${name}.>`], max_bytes: 2 ** 44 });
    expect(info.config.max_bytes).toBe(2 ** 44);
  }
  await connection.close();
});
