// The real command line in a process of its own: output, exit codes, and no stack trace for a user's mistake.

import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { natsServer } from "../rig/nats.ts";

const root = new URL("../..", import.meta.url).pathname;
let folder = "";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function vrsky(...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--import", "tsx", join(root, "cli/main.ts"), ...args],
      { cwd: root },
      (_error, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
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
  const address = taken.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const ran = await vrsky("run", folder, ...where, "--metrics-port", String(port), "--data-dir", join(folder, "data"));
  await new Promise<void>((closed) => taken.close(() => closed()));
  expect(ran.code).not.toBe(0);
  expect(ran.code).not.toBe(70);
  expect(ran.err).toMatch(/in use|EADDRINUSE/);
});
