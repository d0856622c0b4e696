// The doors of one worker that serves two tenants: paths of its HTTP server, and files. What one tenant proves itself
// with opens nothing of the other, however the path is written.

import { createHmac } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { applyTopology } from "../../cli/apply-topology.ts";
import { startEmbedded } from "../../cli/embedded.ts";
import type { Result } from "../../cli/exit.ts";
import { type House, startHouse } from "../../cli/house.ts";
import { openAccess } from "../../cli/with-access.ts";
import type { RunEvent } from "../../schema/outcome.ts";
import { ask } from "../rig/attempts.ts";
import { compileTexts } from "../rig/compile.ts";
import { until } from "../rig/wait.ts";

const hook = (path: string): string => `integration: hook
source:
  http: { path: ${path}, signature: { scheme: hmac, header: x-signature, secret: "\${ secrets.hook }" } }
  contract: { id: string }
targets: { out: { nats: { subject: hook.out } } }
---
integration: files
source: { file: { path: "**/*.jsonl", format: jsonl, every: 50ms, stable-for: 10ms }, contract: { id: string } }
targets: { out: { file: { path: "out/\${ body.id }.json", format: json } } }
`;

const secrets = { acme: "acme's own secret", globex: "globex's own secret" };

function must<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.refusal.message} ${result.refusal.help ?? ""}`);
}

interface Rig extends AsyncDisposable {
  readonly house: House;
  readonly dataDir: string;
  readonly events: readonly RunEvent[];
  /** Messages in the intake of a tenant's integration. */
  stored(tenant: string, integration: string): Promise<number>;
}

async function startRig(): Promise<Rig> {
  const { emitted, diagnostics } = compileTexts({
    "tenants/acme/a.yaml": `tenant: acme\nsecrets: [hook]\n---\n${hook("/hook")}`,
    "tenants/globex/a.yaml": `tenant: globex\nsecrets: [hook]\n---\n${hook("/hook")}`,
  });
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics, null, 2));
  const folder = await mkdtemp(join(tmpdir(), "vrsky-doors-"));
  const env = { VRSKY_SECRET_ACME_HOOK: secrets.acme, VRSKY_SECRET_GLOBEX_HOOK: secrets.globex };
  const silent = { out: () => undefined, err: () => undefined, colorOut: false, colorErr: false, interactive: false };
  const io = { ...silent, env: { ...process.env, ...env }, cwd: folder };
  const ready = { folder, ...emitted };
  const nats = must(await startEmbedded(join(folder, "nats"), ready.topology, io));
  const cluster = { name: "dev", context: { settings: {}, secrets: "env" as const }, url: nats.url };
  {
    await using access = must(await openAccess(ready, { ...cluster, credentials: nats.admin() }));
    must(await applyTopology(ready, access, {}));
  }
  const dataDir = join(folder, "data");
  const events: RunEvent[] = [];
  const workers = { ...cluster, credentials: nats.workers() };
  const onEvent = (event: RunEvent) => void events.push(event);
  const house = must(
    await startHouse({
      ready,
      cluster: workers,
      httpPort: 0,
      dataDir: join(dataDir, "{tenant}"),
      quiet: true,
      onEvent,
      io,
    }),
  );
  const logins: Readonly<Record<string, { user: string; password: string }>> = JSON.parse(nats.admin());
  return {
    house,
    dataDir,
    events,
    stored: async (tenant, integration) => {
      const { user = "", password: pass = "" } = logins[tenant] ?? {};
      const admin = await connect({ servers: nats.url, user, pass });
      const { state } = await ask(admin, `$JS.API.STREAM.INFO.IN_${integration}`);
      await admin.close();
      return Number((state as { readonly messages?: number } | undefined)?.messages);
    },
    [Symbol.asyncDispose]: async () => {
      await house.close();
      await nats[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** As it is written: fetch would tidy the path. */
function send(port: number, path: string, by: keyof typeof secrets): Promise<number> {
  const body = JSON.stringify({ id: path.slice(0, 100) });
  const signature = createHmac("sha256", secrets[by]).update(body).digest("hex");
  const headers = { "content-type": "application/json", "x-signature": signature, "content-length": body.length };
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, method: "POST", headers }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Ways to write a tenant's path, coming from another tenant's or from nowhere. */
function spellings(victim: string, attacker: string, path: string): readonly string[] {
  const direct = `/${victim}${path}`;
  const dots = ["..", "%2e%2e", ".%2e", "%2E%2E", "..%00", "..;"];
  const slashes = ["/", "%2f", "%2F", "\\", "%5c", "//"];
  const climbing = dots.flatMap((dot) =>
    slashes.flatMap((slash) => [
      `/${attacker}${slash}${dot}${slash}${victim}${slash}${path.slice(1)}`,
      `/${attacker}${path}${slash}${dot}${slash}${dot}${slash}${victim}${slash}${path.slice(1)}`,
    ]),
  );
  return [
    direct,
    ...climbing,
    ...slashes.map((slash) => `${slash}${victim}${slash}${path.slice(1)}`),
    `//${victim}${path}`,
    `/./${victim}${path}`,
    `${direct}/`,
    `${direct}//`,
    `${direct}?tenant=${attacker}`,
    `${direct}#${attacker}`,
    `${direct};${attacker}`,
    `${direct}%00`,
    `${direct}%20`,
    `${direct}.`,
    `/${victim.toUpperCase()}${path}`,
    `/${victim}${path.toUpperCase()}`,
    `/%67${victim.slice(1)}${path}`,
    `http://${victim}${path}`,
    `http://127.0.0.1/${victim}${path}`,
    `/${attacker}/${victim}${path}`,
    `/${victim}/${attacker}${path}`,
    "/",
    "*",
    "/metrics",
    "/healthz",
    "/readyz",
  ];
}

test("no spelling of a path takes a message to another tenant under one's own signature", async () => {
  await using rig = await startRig();
  const port = rig.house.httpPort ?? 0;
  const paths = spellings("globex", "acme", "/hook");
  const taken: string[] = [];
  for (const path of paths) {
    const status = await send(port, path, "acme");
    if (status < 400) taken.push(`${path} ${status}`);
  }
  expect(taken).toEqual([]);
  expect(await rig.stored("globex", "hook")).toBe(0);
  expect(await rig.stored("acme", "hook")).toBe(0);
  // Each opens its own, and that alone.
  expect(await send(port, "/acme/hook", "acme")).toBe(202);
  expect(await send(port, "/globex/hook", "globex")).toBe(202);
  expect(await send(port, "/acme/hook", "globex")).toBe(401);
  expect([await rig.stored("acme", "hook"), await rig.stored("globex", "hook")]).toEqual([1, 1]);
  process.stdout.write(`isolation, HTTP paths: ${paths.length} attempts, ${taken.length} leaks\n`);
});

test("a tenant's files are its own: another's are neither found, followed by a link, nor written", async () => {
  await using rig = await startRig();
  const [mine, theirs] = [join(rig.dataDir, "acme"), join(rig.dataDir, "globex")];
  await mkdir(join(theirs, "in"), { recursive: true });
  await symlink(theirs, join(mine, "linked"));
  await symlink(join(theirs, "in/theirs.jsonl"), join(mine, "linked.jsonl"));
  await writeFile(join(rig.dataDir, "outside.jsonl"), '{"id":"outside"}\n');
  await writeFile(join(theirs, "in/theirs.jsonl"), '{"id":"theirs"}\n');
  // Data that would lead out, were it taken for a path.
  const hostile = ["../../globex/in/forged", "..", "/etc/forged", "a/../../globex/b"];
  await writeFile(join(mine, "mine.jsonl"), hostile.map((id) => `${JSON.stringify({ id })}\n`).join(""));

  const ended = (tenant: string): number =>
    rig.events.filter((event) => event.kind === "outcome" && event.tenant === tenant).length;
  await until("both are done", () => ended("acme") >= hostile.length && ended("globex") >= 1);
  expect(await rig.stored("acme", "files")).toBe(hostile.length);
  expect(await rig.stored("globex", "files")).toBe(1);
  expect((await readdir(theirs)).sort()).toEqual(["in", "out"]);
  expect(await readdir(join(theirs, "in"))).toEqual(["theirs.jsonl"]);
  expect(await readdir(join(theirs, "out"))).toEqual(["theirs.json"]);
  expect(await readFile(join(theirs, "in/theirs.jsonl"), "utf8")).toBe('{"id":"theirs"}\n');
  expect((await readdir(rig.dataDir)).sort()).toEqual(["acme", "globex", "outside.jsonl"]);
});
