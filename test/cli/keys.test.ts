// vrsky keys as people use it: the real command line, a nats-server started from what it writes, a worker that goes on
// while its credentials are exchanged and stops when they are revoked.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ServerChild, spawnServer } from "../../control/nats-server/child.ts";
import { findServer } from "../../control/nats-server/find.ts";
import { command } from "../rig/command.ts";
import { until } from "../rig/wait.ts";

const root = new URL("../..", import.meta.url).pathname;
let home = "";
let server: ServerChild | undefined;
let worker: ChildProcess | undefined;
let said = "";

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "vrsky-keys-"));
  said = "";
});

afterEach(async () => {
  worker?.kill("SIGKILL");
  server?.kill("SIGKILL");
  await server?.exited;
  worker = undefined;
  server = undefined;
  delete process.env.VRSKY_NATS_URL;
  delete process.env.VRSKY_TEST_KEYS;
  await rm(home, { recursive: true, force: true });
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** No seed is ever printed. */
async function vrsky(...args: readonly string[]): Promise<Ran> {
  const ran = await new Promise<Ran>((resolve) => {
    const child = execFile(process.execPath, [...command, ...args], { cwd: root }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
  expect(ran.out + ran.err).not.toMatch(/\bS[OAU][A-Z2-7]{56}\b/);
  expect(ran.code, ran.err).not.toBe(70);
  return ran;
}

async function done(...args: readonly string[]): Promise<Ran> {
  const ran = await vrsky(...args);
  expect(ran.code, ran.err).toBe(0);
  return ran;
}

/** Compiled, which is what every verb is given: it is done once. */
async function workspace(): Promise<void> {
  await mkdir(join(home, "tenants/acme"), { recursive: true });
  const context = `keys: { file: "${home}/keys" }, credentials: { file: "${home}/creds" }`;
  await writeFile(join(home, "vrsky.yaml"), `workspace: shop\nlanguage: 1\ncontexts:\n  prod: { ${context} }\n`);
  await writeFile(
    join(home, "tenants/acme/hook.yaml"),
    `integration: hook
source: { http: { path: /hook }, contract: { id: string } }
targets: { out: { file: { path: hook.jsonl, format: jsonl } } }
`,
  );
  await compile();
}

const out = (): string => join(home, "out");
const compile = (): Promise<Ran> => done("compile", home, "--out", out());

/** A nats-server from what `keys server` has written, on a port of its own. */
async function startServer(): Promise<void> {
  const found = await findServer({ say: () => undefined });
  if (!found.ok) throw new Error(found.message);
  const dir = join(home, "nats");
  const configPath = join(dir, "here.conf");
  await writeFile(configPath, 'listen: "127.0.0.1:-1"\ninclude "server.conf"\n');
  server = await spawnServer({ binary: found.server.path, dir, configPath, pidPath: join(dir, "pid") });
  process.env.VRSKY_NATS_URL = `nats://127.0.0.1:${server.port}`;
}

const keys = (verb: string, ...args: readonly string[]): Promise<Ran> => vrsky("keys", verb, out(), ...args);
const creds = (...args: readonly string[]): Promise<Ran> =>
  done("keys", "creds", out(), "--tenant", "acme", "--out", join(home, "creds/acme.creds"), ...args);

interface Listed {
  readonly of: string;
  readonly what: string;
  readonly publicKey: string;
  readonly state: string;
}

async function listed(what: string): Promise<readonly Listed[]> {
  const { keys: all }: { keys: readonly Listed[] } = JSON.parse((await done("keys", "list", out(), "--json")).out);
  return all.filter((key) => key.of === "acme" && key.what === what);
}

/** `vrsky run`, with the ports that it says. */
async function startWorker(): Promise<{ post(id: string): Promise<number>; ready(): Promise<boolean> }> {
  const ports = ["--http-port", "0", "--metrics-port", "0", "--host", "127.0.0.1"];
  const child = spawn(process.execPath, [...command, "run", out(), ...ports, "--data-dir", join(home, "data")], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
  });
  worker = child;
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ran = await until("the worker runs", () => {
    if (child.exitCode !== null) throw new Error(said);
    return /webhooks on port (\d+), metrics on port (\d+)/.exec(said) ?? undefined;
  });
  const [, http, metrics] = ran;
  const headers = { "content-type": "application/json" };
  return {
    post: async (id) => {
      const body = JSON.stringify({ id });
      return (await fetch(`http://127.0.0.1:${http}/acme/hook`, { method: "POST", headers, body })).status;
    },
    ready: async () => (await fetch(`http://127.0.0.1:${metrics}/readyz`)).status === 200,
  };
}

async function written(): Promise<readonly string[]> {
  const text = await readFile(join(home, "data/hook.jsonl"), "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line).id]));
}

test("from no keys to a worker whose credentials are exchanged while it runs, and then revoked", async () => {
  await workspace();
  const made = await done("keys", "init", out());
  expect(made.err).toContain("trust: [O");
  expect((await stat(join(home, "keys"))).mode & 0o777).toBe(0o700);
  await done("keys", "server", out(), "--out", join(home, "nats"));
  await startServer();
  expect((await done("apply", out())).err).toContain("applied:");
  expect((await vrsky("plan", out(), "--detailed-exitcode")).code).toBe(0);

  await creds("--expires", "1d");
  expect((await stat(join(home, "creds/acme.creds"))).mode & 0o777).toBe(0o600);
  const running = await startWorker();
  expect(await running.post("a")).toBe(202);
  await until("a is written", async () => (await written()).includes("a"));

  // The new key stands beside the old one; the worker goes on with what it has.
  await done("keys", "rotate", out(), "--tenant", "acme");
  expect(await running.post("b")).toBe(202);
  const early = await keys("rotate", "--tenant", "acme", "--finish");
  expect(early.code).toBe(3);
  expect(early.err).toContain("acme-worker");
  // What it finds in its file it takes up at the next connect, which the end of the old key brings.
  await creds();
  await done("keys", "rotate", out(), "--tenant", "acme", "--finish", "--force");
  await until("c is taken", async () => (await running.post("c")) === 202);
  await until("all are written", async () => (await written()).length >= 3);
  expect(new Set(await written())).toEqual(new Set(["a", "b", "c"]));
  expect(await running.ready()).toBe(true);
  expect((await listed("user")).map(({ state }) => state)).toEqual(["signer is gone", "valid"]);
  expect((await vrsky("plan", out(), "--detailed-exitcode")).code, "the store and the server agree").toBe(0);

  // The control plane's own login reads what its plan wants to replay.
  const text = await readFile(join(home, "tenants/acme/hook.yaml"), "utf8");
  const changed = 'steps: [{ map: { id: "${ body.id }-2" } }]\ntargets:';
  await writeFile(join(home, "tenants/acme/hook.yaml"), text.replace("targets:", changed));
  const replayed = await done("plan", home, "--no-cache", "--replay", "10");
  expect(replayed.out).toMatch(/acme\/hook: (\d+) messages replayed · \1 differ · 0 same\n.*~ body\.id +\1 /);

  const user = (await listed("user")).find(({ state }) => state === "valid");
  await done("keys", "revoke", out(), user?.publicKey ?? "", "--tenant", "acme");
  const since = performance.now();
  await until("the worker is cut off", async () => !(await running.ready()));
  process.stderr.write(`revoked worker not ready after ${(performance.now() - since).toFixed(0)} ms\n`);
  expect(await running.post("d")).toBe(503);
  await until("it says why", async () => said.includes("NATS refuses the credentials"));
  const again = await vrsky("run", out(), "--http-port", "0", "--data-dir", join(home, "data"));
  expect(again.code).toBe(77);
  expect(again.err).toContain("vrsky keys creds");
  expect(again.err).not.toContain("    at ");
});

test("expired credentials are told as such, with exit 77", async () => {
  await workspace();
  await done("keys", "init", out());
  await creds("--expires", "1s");
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const ran = await vrsky("run", out(), "--http-port", "0", "--data-dir", join(home, "data"));
  expect(ran.code).toBe(77);
  expect(ran.err).toMatch(/acme\.creds expired at 20/);
  expect(ran.err).toContain("vrsky keys creds");
});

test("with --memory all accounts stand in the file", async () => {
  await workspace();
  await done("keys", "init", out());
  await done("keys", "server", out(), "--out", join(home, "nats"), "--memory");
  await startServer();
  expect((await done("apply", out())).err).toContain("applied:");
  // What is not in the file, such a server does not take.
  const ran = await keys("rotate", "--tenant", "acme");
  expect(ran.code).toBe(69);
  expect(ran.err).toContain("resolver { type: full }");
});

test("a store that others may read is refused, and a file with a secret is not written where git would take it", async () => {
  await workspace();
  await done("keys", "init", out());
  await chmod(join(home, "keys/tenants/acme.json"), 0o644);
  const open = await keys("list");
  expect(open.code).toBe(64);
  expect(open.err).toMatch(/acme\.json may be read by others.*chmod 600/);
  await chmod(join(home, "keys/tenants/acme.json"), 0o600);

  await mkdir(join(home, ".git"));
  expect((await keys("list")).err).toContain("git work tree");
  await rm(join(home, ".git"), { recursive: true });
  await mkdir(join(home, "repository/.git"), { recursive: true });
  const into = join(home, "repository/acme.creds");
  const refused = await keys("creds", "--tenant", "acme", "--out", into);
  expect(refused.code).toBe(3);
  expect(refused.err).toContain(into);
  expect(await readdir(join(home, "repository"))).toEqual([".git"]);
});

test("a new tenant gets keys from a second init; what is wrong is told with the way out", async () => {
  await workspace();
  expect(await keys("list")).toMatchObject({ code: 64, err: expect.stringContaining("vrsky keys init") });
  await done("keys", "init", out());
  await mkdir(join(home, "tenants/globex"));
  await writeFile(
    join(home, "tenants/globex/hook.yaml"),
    (await readFile(join(home, "tenants/acme/hook.yaml"), "utf8")).replace("/hook", "/globex"),
  );
  await compile();
  const before = await readFile(join(home, "keys/tenants/acme.json"), "utf8");
  expect((await done("keys", "init", out())).err).toContain("globex");
  expect(await readFile(join(home, "keys/tenants/acme.json"), "utf8")).toBe(before);
  const wrong = [
    ["creds", "--tenant", "initech", "--out", join(home, "x.creds")],
    ["creds", "--tenant", "acme", "--expires", "soon", "--out", join(home, "x.creds")],
  ];
  for (const [verb = "", ...args] of wrong) {
    const ran = await keys(verb, ...args);
    expect(ran.code, ran.err).toBe(64);
    expect(ran.err).not.toContain("    at ");
  }
  const rotated = await done("keys", "rotate", out(), "--bundles");
  expect(rotated.err).toMatch(/trust: \[O[A-Z2-7]{55}, O[A-Z2-7]{55}\]/);
  expect((await done("keys", "rotate", out(), "--bundles", "--finish")).err).toMatch(/trust: \[O[A-Z2-7]{55}\]/);
  expect((await keys("rotate")).code).toBe(64);
  // One JSON text in a variable holds the same keys, to be read and not to be changed.
  await done("keys", "export", out(), "--out", join(home, "all.json"));
  expect((await stat(join(home, "all.json"))).mode & 0o777).toBe(0o600);
  process.env.VRSKY_TEST_KEYS = await readFile(join(home, "all.json"), "utf8");
  const yaml = await readFile(join(home, "vrsky.yaml"), "utf8");
  await writeFile(join(home, "vrsky.yaml"), yaml.replace(`{ file: "${home}/keys" }`, "{ env: VRSKY_TEST_KEYS }"));
  await compile();
  const variable = JSON.parse((await done("keys", "list", out(), "--json")).out);
  expect(variable.store).toBe("$VRSKY_TEST_KEYS");
  expect(await keys("creds", "--tenant", "acme", "--out", join(home, "x.creds"))).toMatchObject({
    code: 64,
    err: expect.stringContaining("read-only"),
  });
});
