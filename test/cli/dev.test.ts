// The local loop as a user has it: one process, edits on disk, messages over HTTP, the trace on stderr.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { command } from "../rig/command.ts";
import { until } from "../rig/wait.ts";

const root = new URL("../..", import.meta.url).pathname;
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vrsky-dev-"));
  await mkdir(join(folder, "tenants/acme"), { recursive: true });
  await writeFile(join(folder, "vrsky.yaml"), "workspace: dev-test\nlanguage: 1\n");
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const spec = (url: string, label: string): string => `integration: hello
source:
  http: { path: /hello }
  contract: { name: string }
steps:
  - map: { text: "${label} \${ body.name }" }
targets:
  out: { http: { url: ${url} } }
`;

interface Running {
  readonly child: ChildProcess;
  readonly said: () => string;
}

const dev = (...args: readonly string[]): Running => start(folder, ...args);

const endOf = ({ child }: Running): Promise<number | null> =>
  new Promise((resolve) => child.once("close", (code) => resolve(code)));

function start(workspace: string, ...args: readonly string[]): Running {
  const child = spawn(process.execPath, [...command, "dev", workspace, ...args], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const chunks: string[] = [];
  child.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  return { child, said: () => chunks.join("") };
}

test("dev runs, swaps a good edit in, keeps the last good version on a broken one, and stops on SIGINT", async () => {
  const got: string[] = [];
  const receiver = createServer((request, response) => {
    request.setEncoding("utf8");
    let text = "";
    request.on("data", (chunk: string) => {
      text += chunk;
    });
    request.on("end", () => {
      got.push(text);
      response.end();
    });
  });
  await new Promise<void>((open) => receiver.listen(0, "127.0.0.1", open));
  const address = receiver.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/in`;
  const file = join(folder, "tenants/acme/hello.yaml");
  await writeFile(file, spec(url, "hello"));

  const { child, said } = dev("--http-port", "0");
  try {
    await until("dev is up", () => /curl -i \S+/.test(said()));
    const webhook = /curl -i (\S+)/.exec(said())?.[1] ?? "";
    // The pasted request itself is accepted.
    const pasted = /-d '(.*)'/.exec(said())?.[1] ?? "";
    expect(JSON.parse(pasted)).toEqual({ name: "text" });
    const send = (name: string) =>
      fetch(webhook, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name }),
      });
    expect((await send("Ann")).status).toBe(202);
    await until("the first message is there", () => got.length === 1);
    expect(JSON.parse(got[0] ?? "")).toEqual({ text: "hello Ann" });
    await until("its trace is shown", () => /hello +ok .*→ out/.test(said()));

    expect(said()).toContain(`look: node ${command[0]} status ${folder}`);
    await until("it is said how that is looked at again", () => /what became of it: .* trace /.test(said()));
    const status = await promisify(execFile)(process.execPath, [...command, "status", folder, "--json"], { cwd: root });
    expect(JSON.parse(status.stdout).totals).toMatchObject({ integrations: 1, waiting: 0, dead: 0 });

    const again = dev("--http-port", "0");
    expect(await endOf(again)).toBe(3);
    expect(again.said()).toContain("A `vrsky dev` runs in this workspace already.");
    const elsewhere = await mkdtemp(join(tmpdir(), "vrsky-dev-port-"));
    await cp(join(folder, "vrsky.yaml"), join(elsewhere, "vrsky.yaml"));
    await cp(join(folder, "tenants"), join(elsewhere, "tenants"), { recursive: true });
    const { port } = new URL(webhook);
    const beside = start(elsewhere, "--http-port", port);
    expect(await endOf(beside)).not.toBe(0);
    expect(beside.said()).toMatch(new RegExp(`port \\S*${port} is in use[^]*help: --http-port 8081, or 0`));
    await rm(elsewhere, { recursive: true });

    await writeFile(file, spec(url, "hello").replace("body.name", "body.nam"));
    await until("the mistake is shown in place", () => said().includes("kept:"));
    expect(said()).toContain("tenants/acme/hello.yaml:6:");
    expect(said()).toContain("Did you mean");
    expect((await send("Bo")).status).toBe(202);
    await until("the last good version still runs", () => got.length === 2);
    expect(JSON.parse(got[1] ?? "")).toEqual({ text: "hello Bo" });

    await writeFile(file, spec(url, "hello"));
    await until("nothing is other than what runs", () => said().includes("as before:"));
    // A file that no integration uses, too, is no reason to touch what runs.
    await writeFile(join(folder, "notes.txt"), "call Ann");
    expect(said()).not.toContain("swapped:");

    await writeFile(file, spec(url, "hi"));
    await until("the edit is swapped in", () => said().includes("swapped: acme/hello"));
    await send("Cy");
    await until("the new version runs", () => got.length === 3);
    expect(JSON.parse(got[2] ?? "")).toEqual({ text: "hi Cy" });

    // An integration that did not exist when the server was set up has its rights, too.
    await writeFile(
      join(folder, "tenants/acme/later.yaml"),
      spec(url, "later").replace("integration: hello", "integration: later").replace("/hello", "/later"),
    );
    await until("the new integration runs", () => said().includes("swapped: acme/later"));
    await fetch(webhook.replace("/hello", "/later"), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"name":"Di"}',
    });
    await until("its message is there", () => got.length === 4);

    // A tenant that nobody had heard of when the server and the worker started.
    await mkdir(join(folder, "tenants/globex"), { recursive: true });
    await writeFile(join(folder, "tenants/globex/hello.yaml"), spec(url, "globex"));
    await until("the new tenant runs", () => said().includes("swapped: globex/hello"));
    const other = await fetch(webhook.replace("/acme/", "/globex/"), { method: "POST", body: '{"name":"Ed"}' });
    expect(other.status).toBe(202);
    await until("its message is there", () => got.length === 5);
    expect(JSON.parse(got[4] ?? "")).toEqual({ text: "globex Ed" });
    expect(said()).not.toContain("    at ");
  } finally {
    const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    await new Promise<void>((closed) => receiver.close(() => closed()));
  }
});

test("dev on a workspace that does not compile says so and ends", async () => {
  const broken = await mkdtemp(join(tmpdir(), "vrsky-dev-broken-"));
  await writeFile(join(broken, "vrsky.yaml"), "workspace: x\nlanguage: 1\ncontext: {}\n");
  const child = spawn(process.execPath, [...command, "dev", broken], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const code = await new Promise((resolve) => child.once("exit", resolve));
  await rm(broken, { recursive: true });
  expect(code).toBe(1);
});
