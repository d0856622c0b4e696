// vrsky run as an operator has it: processes of their own, the worker's rights alone, applies from beside.

import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedServer, startNatsServer } from "../../control/nats-server/embed.ts";
import { findServer } from "../../control/nats-server/find.ts";
import { deployBucket, deployKey } from "../../schema/address.ts";
import { command } from "../rig/command.ts";
import { until } from "../rig/wait.ts";

const root = new URL("../..", import.meta.url).pathname;
let folder = "";
let nats: EmbeddedServer;
let admin: NatsConnection;

const hook = (version: number): string => `integration: hook
source: { http: { path: /hook }, contract: { id: string } }
steps: [{ map: { id: "\${ body.id }", version: ${version} } }]
targets: { out: { file: { path: hook.jsonl, format: jsonl } } }
`;
const file = (): string => join(folder, "tenants/acme/hook.yaml");
const logins = { admin: "", worker: "" };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vrsky-run-"));
  await mkdir(join(folder, "tenants/acme"), { recursive: true });
  const trust = "OAINITYKRLUPKCHEW5Q7VPLIWGETEGVIBQ364TRK2S3SJJEJTWH4NA2W";
  await writeFile(
    join(folder, "vrsky.yaml"),
    `workspace: run-test\nlanguage: 1\ncontexts: { dev: {}, strict: { trust: [${trust}] } }\n`,
  );
  await writeFile(
    join(folder, "tenants/acme/ticks.yaml"),
    'integration: ticks\nsource: { schedule: { every: 1h } }\ntargets: { out: { nats: { subject: "ticks.out" } } }\n',
  );
  await writeFile(file(), hook(1));
  const out = join(folder, "out");
  expect((await vrsky("compile", folder, "--out", out)).code).toBe(0);
  const topology = JSON.parse(await readFile(join(out, "nats/topology.json"), "utf8"));
  const [{ users }] = topology.tenants;
  const found = await findServer({ say: () => undefined });
  if (!found.ok) throw new Error(found.message);
  nats = await startNatsServer({
    binary: found.server.path,
    dir: join(folder, "nats"),
    accounts: { acme: { users: { [users[0].name]: users[0].permissions } } },
  });
  logins.admin = join(folder, "admin.json");
  logins.worker = join(folder, "worker.json");
  await writeFile(logins.admin, JSON.stringify(nats.credentials), { mode: 0o600 });
  await writeFile(logins.worker, JSON.stringify({ acme: nats.users[users[0].name] }), { mode: 0o600 });
  const login = nats.credentials.acme;
  admin = await connect({ servers: nats.url, ...(login && { user: login.user, pass: login.password }) });
});

afterAll(async () => {
  await admin.close();
  await nats.stop();
  await rm(folder, { recursive: true, force: true });
});

function vrsky(...args: readonly string[]): Promise<{ readonly code: number; readonly err: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...command, ...args], { cwd: root }, (_error, _out, err) =>
      resolve({ code: child.exitCode ?? -1, err }),
    );
  });
}

async function applied(): Promise<void> {
  const { code, err } = await vrsky("apply", folder, "--nats", nats.url, "--creds", logins.admin);
  expect({ code, err }).toMatchObject({ code: 0 });
}

interface Running extends AsyncDisposable {
  readonly said: () => string;
}

function started(...more: readonly string[]): Running {
  const where = ["--nats", nats.url, "--creds", logins.worker, "--data-dir", join(folder, "data")];
  const ports = ["--http-port", "0", "--metrics-port", "0", "--host", "127.0.0.1"];
  const args = [...command, "run", join(folder, "out"), ...where, ...ports, ...more];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return {
    said: () => said,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      expect(await ended).toBe(0);
    },
  };
}

const lines = async (): Promise<readonly { readonly id: string; readonly version: number }[]> => {
  const text = await readFile(join(folder, "data/hook.jsonl"), "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => (line.endsWith("}") ? [JSON.parse(line)] : []));
};

test("run waits for the first apply, switches on each further one, refuses a forged record, drains a removed integration", async () => {
  await using running = started();
  const [, metrics] = await until("it is up", () => /metrics on port (\d+)/.exec(running.said()) ?? undefined);
  expect(running.said()).toContain("waiting: nothing is deployed for acme yet; `vrsky apply --context dev` does");
  expect(running.said()).toContain("running: 0 integrations");
  const monitor = async (path: string): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${metrics}${path}`);
    return `${answer.status} ${await answer.text()}`;
  };
  expect(await monitor("/readyz")).toBe("200 ok\n");

  await applied();
  const [, http] = await until("it listens", () => /webhooks on port (\d+)/.exec(running.said()) ?? undefined);
  const send = (id: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${http}/acme/hook`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ id }),
    });
  expect((await send("a")).status).toBe(202);
  await until("it is delivered", async () => (await lines()).some(({ id }) => id === "a"));
  expect(await lines()).toEqual([{ id: "a", version: 1 }]);

  await writeFile(file(), hook(2));
  await applied();
  let sent = 0;
  await until("the new version runs", async () => {
    expect((await send(`b${sent++}`)).status).toBe(202);
    return (await lines()).some(({ version }) => version === 2);
  });
  await until("none is missing", async () => (await lines()).length === sent + 1);

  const key = (integration: string): string => `$KV.${deployBucket}.${deployKey(integration)}`;
  const get = (integration: string) => admin.request(`$JS.API.DIRECT.GET.KV_${deployBucket}.${key(integration)}`);
  await admin.request(key("hook"), (await get("ticks")).data);
  await until("it is told", async () => (await monitor("/healthz")).includes("acme/hook: what is deployed is refused"));
  expect(await monitor("/healthz")).toMatch(/^200 ok\n.*it is the record of run-test: acme\/ticks/);
  expect(await monitor("/readyz")).toBe("200 ok\n");
  expect(await monitor("/metrics")).toContain('vrsky_deployment_refused{tenant="acme",integration="hook"} 1');
  expect(running.said()).toContain("a deployment is refused; what ran before goes on");
  expect((await send("c")).status).toBe(202);

  await applied();
  await until("it is set right", async () => (await monitor("/healthz")) === "200 ok\n");

  await rm(file());
  await applied();
  const last = await until("it takes nothing new", async () => {
    const answer = await send("late");
    return answer.status === 202 ? undefined : answer;
  });
  expect(last.status).toBe(503);
  expect(last.headers.get("retry-after")).toBe("5");
  expect(await monitor("/readyz")).toBe("200 ok\n");
  expect(running.said()).not.toContain("    at ");
});

test("a context that trusts a key runs nothing that it has not signed, and is not ready", async () => {
  await applied();
  await using running = started("--context", "strict");
  const [, metrics] = await until("it is up", () => /metrics on port (\d+)/.exec(running.said()) ?? undefined);
  expect(running.said()).toContain("running: 0 integrations");
  const ready = await fetch(`http://127.0.0.1:${metrics}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.text()).toContain("acme/ticks: what is deployed is refused: it is not signed");
});

test("run --local runs the folder's own bundles, whatever is deployed", async () => {
  await writeFile(file(), hook(1));
  await applied();
  await rm(file());
  await applied();
  await using running = started("--local");
  const [, http] = await until("it listens", () => /webhooks on port (\d+)/.exec(running.said()) ?? undefined);
  expect(running.said()).toContain("running: 2 integrations");
  const answer = await fetch(`http://127.0.0.1:${http}/acme/hook`, { method: "POST", body: '{"id":"local"}' });
  expect(answer.status).toBe(202);
});
