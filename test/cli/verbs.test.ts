// The real command line in a process of its own: output, exit codes, and no stack trace for a user's mistake.

import { execFile, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startNatsServer } from "../../control/nats-server/embed.ts";
import { findServer } from "../../control/nats-server/find.ts";
import { command } from "../rig/command.ts";
import { natsServer } from "../rig/nats.ts";
import { until } from "../rig/wait.ts";

const root = new URL("../..", import.meta.url).pathname;
let folder = "";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function vrsky(...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...command, ...args], { cwd: root }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vrsky-cli-"));
  await mkdir(join(folder, "tenants/acme"), { recursive: true });
  await writeFile(join(folder, "vrsky.yaml"), "workspace: cli-test\nlanguage: 1\n");
  await writeFile(
    join(folder, "tenants/acme/ticks.yaml"),
    'integration: ticks\nsource: { schedule: { every: 1h } }\ntargets: { out: { nats: { subject: "ticks.out" } } }\n',
  );
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test("an unknown verb is a usage error", async () => {
  const ran = await vrsky("bogus");
  expect(ran.code).toBe(64);
  expect(ran.err).toContain("bogus");
  expect(ran.err).not.toContain("    at ");
});

test("a folder without vrsky.yaml is said to be no workspace", async () => {
  const ran = await vrsky("validate", tmpdir());
  expect(ran.code).toBe(1);
  expect(ran.err).toContain("vrsky.yaml");
});

test("findings as JSON go to stdout, with exit code 1", async () => {
  const broken = await mkdtemp(join(tmpdir(), "vrsky-broken-"));
  await writeFile(join(broken, "vrsky.yaml"), "workspace: broken\nlanguage: 1\ncontext: {}\n");
  const ran = await vrsky("validate", broken, "--json");
  await rm(broken, { recursive: true });
  expect(ran.code).toBe(1);
  const { diagnostics } = JSON.parse(ran.out) as {
    diagnostics: { code: string; range: { start: object }; help: string }[];
  };
  expect(diagnostics[0]).toMatchObject({
    code: "VRS2002",
    range: { start: { line: 3, column: 1 } },
    help: "Did you mean `contexts`?",
  });
});

test("malformed YAML is one finding at its line", async () => {
  const broken = await mkdtemp(join(tmpdir(), "vrsky-broken-"));
  await writeFile(join(broken, "vrsky.yaml"), "workspace: [a\n");
  const ran = await vrsky("validate", broken);
  await rm(broken, { recursive: true });
  expect(ran.code).toBe(1);
  expect(ran.err).toContain("VRS1001");
  expect(ran.err).not.toContain("    at ");
});

test("compile --check tells a stale folder from a fresh one", async () => {
  const out = join(folder, "out");
  expect((await vrsky("compile", folder, "--out", out, "--check")).code).toBe(1);
  expect((await vrsky("compile", folder, "--out", out)).code).toBe(0);
  expect((await vrsky("compile", folder, "--out", out, "--check")).code).toBe(0);
  await chmod(join(out, "manifest.json"), 0o644);
  await writeFile(join(out, "acme/ticks/worker.mjs"), "changed");
  expect((await vrsky("compile", folder, "--out", out, "--check")).err).toContain("acme/ticks/worker.mjs");
});

test("an unreachable NATS is exit 69 and one line", async () => {
  const ran = await vrsky("plan", folder, "--nats", "nats://127.0.0.1:1");
  expect(ran.code).toBe(69);
  expect(ran.err.trim().split("\n").length).toBeLessThanOrEqual(2);
});

test("plan, apply, and a plan that has nothing left to do", async () => {
  await using nats = await natsServer();
  const creds = join(folder, "creds.json");
  await writeFile(creds, JSON.stringify({ acme: nats.credentials("acme") }));
  const where = ["--nats", nats.url, "--creds", creds];
  expect((await vrsky("plan", folder, ...where, "--detailed-exitcode")).code).toBe(2);
  const applied = await vrsky("apply", folder, ...where);
  expect(applied.err).toContain("applied:");
  expect(applied.code).toBe(0);
  const again = await vrsky("plan", folder, ...where, "--json", "--detailed-exitcode");
  expect(again.code).toBe(0);
  expect(JSON.parse(again.out)).toMatchObject({ changes: [], drift: [] });
  const tenants = await vrsky("tenants", folder, ...where, "--json");
  expect(JSON.parse(tenants.out).tenants).toMatchObject([
    // Beside its own the account holds the control plane's three streams here.
    { tenant: "acme", integrations: 1, live: true, streams: { held: 9, wanted: 6 }, consumers: { held: 2, wanted: 2 } },
  ]);
  expect((await vrsky("tenants", folder, ...where)).out).toMatch(/^tenant +integrations +storage/);
  const letters = await vrsky("dlq", "list", folder, ...where, "--json");
  expect(JSON.parse(letters.out)).toEqual({ letters: [] });
});

test("a port in use is one line that names the way out", async () => {
  await using nats = await natsServer();
  const creds = join(folder, "creds2.json");
  await writeFile(creds, JSON.stringify({ acme: nats.credentials("acme") }));
  const where = ["--nats", nats.url, "--creds", creds];
  await vrsky("apply", folder, ...where);
  const taken = createServer();
  await new Promise<void>((open) => taken.listen(0, "127.0.0.1", open));
  const ran = await vrsky(
    "run",
    folder,
    ...where,
    "--metrics-port",
    String(portOf(taken)),
    "--data-dir",
    join(folder, "data"),
  );
  await new Promise<void>((closed) => taken.close(() => closed()));
  expect(ran.code).not.toBe(0);
  expect(ran.code).not.toBe(70);
  expect(ran.err).toMatch(/in use|EADDRINUSE/);
});

test("a server that is too old is exit 69 and names the minimum", async () => {
  const old = createServer((socket) => {
    socket.write('INFO {"server_id":"x","version":"2.11.4","headers":true,"max_payload":1048576,"proto":1}\r\n');
    socket.on("data", (chunk) => {
      if (chunk.toString().includes("PING")) socket.write("PONG\r\n");
    });
    socket.on("error", () => undefined);
  });
  await new Promise<void>((open) => old.listen(0, "127.0.0.1", open));
  const answers = await Promise.all(
    ["plan", "apply", "run"].map((verb) => vrsky(verb, folder, "--nats", `nats://127.0.0.1:${portOf(old)}`)),
  );
  await new Promise<void>((closed) => old.close(() => closed()));
  for (const ran of answers) {
    expect(ran.code).toBe(69);
    expect(ran.err).toContain("2.11.4");
    expect(ran.err).toContain("2.12.14");
    expect(ran.err).not.toContain("    at ");
  }
});

test("run says which tenants share the data directory, and how each gets its own", async () => {
  const nowhere = ["--nats", "nats://127.0.0.1:1"];
  const shared = await vrsky("run", "examples", ...nowhere, "--data-dir", "data");
  expect(shared.err).toMatch(/note: .*books, .* share the data directory; --data-dir "data\/\{tenant\}" gives/);
  const apart = await vrsky("run", "examples", ...nowhere, "--data-dir", "data/{tenant}");
  expect(apart.err).not.toContain("share the data directory");
});

test("wrong credentials are exit 77, for plan and for run", async () => {
  await using nats = await natsServer();
  const creds = join(folder, "wrong.json");
  await writeFile(creds, JSON.stringify({ acme: { user: "acme", password: "a guess" } }));
  for (const verb of ["plan", "run"]) {
    const ran = await vrsky(verb, folder, "--nats", nats.url, "--creds", creds);
    expect(ran.code).toBe(77);
    expect(ran.err).not.toContain("a guess");
  }
});

test("files that cannot be read are findings of their own; the rest is checked all the same", async () => {
  const broken = await mkdtemp(join(tmpdir(), "vrsky-unreadable-"));
  await writeFile(join(broken, "vrsky.yaml"), "workspace: x\nlanguage: 1\n");
  await mkdir(join(broken, "tenants/acme"), { recursive: true });
  await mkdir(join(broken, "contracts"));
  await symlink(join(broken, "nowhere"), join(broken, "tenants/acme/lost.yaml"));
  await writeFile(join(broken, "tenants/acme/bytes.yaml"), Buffer.from([0x69, 0x3a, 0x20, 0xff, 0xfe, 0x0a]));
  await writeFile(join(broken, "contracts/order@1.json"), '{ "type": "object",\n  "properties": { "id": }\n}\n');
  await writeFile(join(broken, "tenants/acme/typo.yaml"), "integraton: x\n");
  const ran = await vrsky("validate", broken, "--json");
  await rm(broken, { recursive: true });
  expect(ran.code).toBe(1);
  const { diagnostics } = JSON.parse(ran.out) as {
    diagnostics: { file: string; message: string; range: { start: { line: number; column: number } } }[];
  };
  const files = diagnostics.map(({ file, range }) => `${file}:${range.start.line}`);
  expect(files).toContain("tenants/acme/lost.yaml:1");
  expect(files).toContain("tenants/acme/bytes.yaml:1");
  expect(files).toContain("contracts/order@1.json:2");
  expect(files).toContain("tenants/acme/typo.yaml:1");
});

test("run takes a message with the worker's rights alone, says that it is ready, and drains on SIGTERM", async () => {
  const hook = await mkdtemp(join(tmpdir(), "vrsky-run-"));
  await mkdir(join(hook, "tenants/acme"), { recursive: true });
  await writeFile(join(hook, "vrsky.yaml"), "workspace: run-test\nlanguage: 1\n");
  await writeFile(
    join(hook, "tenants/acme/hook.yaml"),
    "integration: hook\nsource: { http: { path: /hook }, contract: { id: string } }\ntargets: { out: { file: { path: hook.jsonl, format: jsonl } } }\n",
  );
  expect((await vrsky("compile", hook, "--out", join(hook, "out"))).code).toBe(0);
  const topology = JSON.parse(await readFile(join(hook, "out/nats/topology.json"), "utf8"));
  const [{ users }] = topology.tenants;
  const found = await findServer({ say: () => undefined });
  if (!found.ok) throw new Error(found.message);
  await using nats = await startNatsServer({
    binary: found.server.path,
    dir: join(hook, "nats"),
    accounts: { acme: { users: { [users[0].name]: users[0].permissions } } },
  });
  const admin = join(hook, "admin.json");
  const worker = join(hook, "worker.json");
  await writeFile(admin, JSON.stringify(nats.credentials));
  await writeFile(worker, JSON.stringify({ acme: nats.users[users[0].name] }));
  expect((await vrsky("apply", join(hook, "out"), "--nats", nats.url, "--creds", admin)).code).toBe(0);

  const ports = ["--http-port", "0", "--metrics-port", "0", "--host", "127.0.0.1"];
  const args = ["run", join(hook, "out"), "--nats", nats.url, "--creds", worker, "--data-dir", join(hook, "data")];
  const child = spawn(process.execPath, [...command, ...args, ...ports], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  try {
    const [, http, metrics] = await until(
      "it runs",
      () => /webhooks on port (\d+), metrics on port (\d+)/.exec(said) ?? undefined,
    );
    const url = `http://127.0.0.1:${http}/acme/hook`;
    const headers = { "content-type": "application/json" };
    expect((await fetch(url, { method: "POST", headers, body: '{"id":"a"}' })).status).toBe(202);
    expect((await fetch(url, { method: "POST", headers, body: '{"id":7}' })).status).toBe(422);
    expect((await fetch(`http://127.0.0.1:${metrics}/readyz`)).status).toBe(200);
    const line = await until("the file is written", () =>
      readFile(join(hook, "data/hook.jsonl"), "utf8").then(
        (text) => text.endsWith("\n") && text,
        () => undefined,
      ),
    );
    expect(JSON.parse(line)).toEqual({ id: "a" });
  } finally {
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    await rm(hook, { recursive: true, force: true });
  }
});

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
