// One tenant shares a stream with another: compiled, applied and run on a real server, taken back and granted again
// while messages pass, and tried by hand from the accounts of those who have no right to it.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { headers } from "@nats-io/nats-core";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { applyTopology } from "../../cli/apply-topology.ts";
import { type Embedded, startEmbedded } from "../../cli/embedded.ts";
import type { Result } from "../../cli/exit.ts";
import { type House, startHouse } from "../../cli/house.ts";
import { openAccess } from "../../cli/with-access.ts";
import type { JsonObject } from "../../schema/json.ts";
import { compileTexts } from "../rig/compile.ts";
import { until } from "../rig/wait.ts";

const acme = (to: string) => `tenant: acme
streams:
  paid: { contract: { id: string, total: number }, keep: 1h${to} }
  secret: { contract: { id: string } }
---
integration: write
source: { http: { path: /in }, contract: { id: string, total: number }, message-id: "\${ body.id }" }
targets: { out: { stream: paid } }
---
integration: own
source: { stream: paid }
steps: [{ map: { id: "\${ meta.id }" } }]
targets: { out: { file: { path: own.jsonl, format: jsonl, mode: append } } }
`;

const globex = `integration: other
source: { http: { path: /other }, contract: any }
targets: { out: { nats: { subject: other.out } } }
`;

const reads = `---
integration: read
source: { stream: acme/paid, contract: { id: string } }
steps: [{ map: { id: "\${ meta.id }", from: "\${ meta.stream }" } }]
targets: { out: { file: { path: read.jsonl, format: jsonl, mode: append } } }
`;

function compiled(granted: boolean) {
  const { emitted, diagnostics } = compileTexts({
    "vrsky.yaml": "workspace: flow\nlanguage: 1\ncontexts: { dev: {} }\n",
    "tenants/acme/a.yaml": acme(granted ? ", export-to: [globex]" : ""),
    "tenants/globex/a.yaml": granted ? globex + reads : globex,
    "tenants/initech/a.yaml": globex,
  });
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics, null, 2));
  return emitted;
}

const silent = { out: () => undefined, err: () => undefined, colorOut: false, colorErr: false, interactive: false };

function must<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.refusal.message} ${result.refusal.help ?? ""}`);
}

const copy = "SHARED_acme_paid";
const durable = "SHARED_acme_globex";

interface Rig extends AsyncDisposable {
  readonly nats: Embedded;
  readonly house: House;
  /** The account's unrestricted user. */
  admin(account: string): Promise<NatsConnection>;
  /** With the rights that the compiler derived. */
  worker(tenant: string): Promise<NatsConnection>;
  /** Puts what is compiled into effect, as an operator does: accounts, then what they hold, then the workers. */
  change(granted: boolean): Promise<void>;
  send(from: number, to: number): Promise<void>;
  ids(file: string): Promise<readonly string[]>;
}

async function startRig(): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), "vrsky-sharing-"));
  const dataDir = join(folder, "data");
  const first = { folder, ...compiled(true) };
  const io = { ...silent, env: process.env, cwd: folder };
  const nats = must(await startEmbedded(join(folder, "nats"), first.topology, io));
  const cluster = { name: "dev", context: { settings: {}, secrets: "env" as const }, url: nats.url };
  const apply = async (ready: typeof first): Promise<void> => {
    await using access = must(await openAccess(ready, { ...cluster, credentials: nats.admin() }));
    must(await applyTopology(ready, access, {}));
  };
  await apply(first);
  const workers = { ...cluster, credentials: nats.workers() };
  const house = must(await startHouse({ ready: first, cluster: workers, httpPort: 0, dataDir, quiet: true, io }));
  const connections: NatsConnection[] = [];
  const open = async (credentials: string, name: string): Promise<NatsConnection> => {
    const logins: Record<string, { user: string; password: string }> = JSON.parse(credentials);
    const { user = "", password: pass = "" } = logins[name] ?? {};
    const connection = await connect({ servers: nats.url, user, pass });
    connections.push(connection);
    return connection;
  };
  return {
    nats,
    house,
    admin: (account) => open(nats.admin(), account),
    worker: (tenant) => open(nats.workers(), tenant),
    change: async (granted) => {
      const ready = { folder, ...compiled(granted) };
      await nats.grant(ready.topology);
      await apply(ready);
      must(await house.swap(ready));
    },
    send: async (from, to) => {
      for (let n = from; n < to; n++) {
        const response = await fetch(`http://127.0.0.1:${house.httpPort}/acme/in`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ id: `m${n}`, total: n }),
        });
        expect(response.status).toBe(202);
      }
    },
    ids: async (file) => {
      const text = await readFile(join(dataDir, file), "utf8").catch(() => "");
      return text
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line).id);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(connections.map((connection) => connection.close()));
      await house.close();
      await nats[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const names = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, index) => `m${from + index}`).sort();

const sorted = (ids: readonly string[]): readonly string[] => [...ids].sort();

async function ask(connection: NatsConnection, subject: string, body: JsonObject = {}): Promise<JsonObject> {
  try {
    return (await connection.request(subject, JSON.stringify(body), { timeout: 1_000 })).json();
  } catch (error) {
    return { nobody: error instanceof Error ? error.name : "" };
  }
}

const copied = async (connection: NatsConnection): Promise<number> => {
  const { state } = await ask(connection, `$JS.API.STREAM.INFO.${copy}`);
  return Number((state as { readonly messages?: number } | undefined)?.messages);
};

test("granted, taken back and granted again: the flow follows, nothing is lost and nothing comes twice", async () => {
  await using rig = await startRig();
  const { send, ids } = rig;
  await send(0, 20);
  await until("globex has them", async () => (await ids("read.jsonl")).length >= 20);
  await until("acme has them", async () => (await ids("own.jsonl")).length >= 20);

  await rig.change(false);
  const [mine, theirs] = [await rig.admin("acme"), await rig.admin("globex")];
  await send(20, 40);
  await until("acme's own flow goes on", async () => (await ids("own.jsonl")).length >= 40);
  // What was copied stays in globex's account until it is pruned; nothing more comes.
  expect(await copied(theirs)).toBe(20);
  expect((await ask(mine, `$JS.API.CONSUMER.INFO.STREAM_paid.${durable}`)).error).toMatchObject({ code: 404 });

  await rig.change(true);
  await send(40, 50);
  await until("globex has them all", async () => (await ids("read.jsonl")).length >= 50);
  await until("acme as well", async () => (await ids("own.jsonl")).length >= 50);
  expect(sorted(await ids("read.jsonl"))).toEqual(names(0, 50));
  expect(sorted(await ids("own.jsonl"))).toEqual(names(0, 50));
  expect(await copied(theirs)).toBe(50);
});

test("who is not granted gets nothing, and who is granted gets no more than that", async () => {
  await using rig = await startRig();
  const [mine, theirs, third] = [await rig.admin("acme"), await rig.admin("globex"), await rig.admin("initech")];
  const heard: string[] = [];
  third.subscribe(">", {
    callback: (_error, { subject }) => void (/^_INBOX|^\$SYS/.test(subject) || heard.push(subject)),
  });
  const reached: string[] = [];
  mine.subscribe(">", { callback: (_error, { subject }) => void reached.push(subject) });
  await Promise.all([mine.flush(), third.flush()]);
  await rig.send(0, 10);
  await until("globex has them", async () => (await rig.ids("read.jsonl")).length >= 10);

  const reset = `CONSUMER.RESET.STREAM_paid.${durable}`;
  const api = "shared.from.acme.paid.api";
  // The third account knows all names, and nobody answers.
  for (const subject of [`${api}.${reset}`, `$JS.FC.STREAM_paid.${durable}.forged`, "$JS.FC._.x.STREAM_paid.y.z"]) {
    expect(await ask(third, subject, { seq: 1 }), subject).toHaveProperty("nobody");
  }
  expect(heard.filter((subject) => subject.startsWith("shared.to") || subject.startsWith("stream."))).toEqual([]);

  // The reader may start its own durable anew. It may make none, look at none, and reach no other stream.
  const refused = [
    `${api}.CONSUMER.CREATE.STREAM_paid`,
    `${api}.CONSUMER.CREATE.STREAM_paid.mine`,
    `${api}.CONSUMER.RESET.STREAM_paid.own_stream`,
    `${api}.CONSUMER.RESET.STREAM_secret.${durable}`,
    `${api}.CONSUMER.INFO.STREAM_paid.${durable}`,
    `${api}.CONSUMER.DELETE.STREAM_paid.${durable}`,
    `${api}.CONSUMER.MSG.NEXT.STREAM_paid.own_stream`,
    `${api}.STREAM.INFO.STREAM_paid`,
    `${api}.STREAM.PURGE.STREAM_paid`,
    `${api}.STREAM.MSG.GET.STREAM_paid`,
    `${api}.DIRECT.GET.STREAM_secret`,
    "$JS.FC.STREAM_paid.own_stream.forged",
  ];
  const deliver = { stream_name: "STREAM_paid", config: { deliver_subject: "in.own.m.forged", ack_policy: "none" } };
  for (const subject of refused) expect(await ask(theirs, subject, deliver), subject).toHaveProperty("nobody");
  for (const subject of [
    "stream.paid.forged",
    "in.own.m.forged",
    "shared.to.globex.paid",
    "shared.from.acme.paid.messages",
  ]) {
    theirs.publish(subject, '{"id":"forged","total":0}');
  }
  theirs.publish(`$JS.FC.STREAM_paid.${durable}.forged`, "forged");
  await theirs.flush();
  expect(await ask(theirs, `${api}.${reset}`, { seq: 1 })).not.toHaveProperty("nobody");

  // nats-server trusts control messages on a delivery subject: so the owner's workers may not publish there.
  const victims: string[] = [];
  theirs.subscribe("victim", { callback: (_error, { subject }) => void victims.push(subject) });
  await theirs.flush();
  const control = headers(100, "Idle Heartbeat");
  control.set("Nats-Consumer-Stalled", "victim");
  const worker = await rig.worker("acme");
  worker.publish("shared.to.globex.paid", "", { headers: control });
  // In the stream itself, where they may, it is a message like any other, which the readers pass over.
  worker.publish("stream.paid.control", "", { headers: control });
  await worker.flush();

  // What that does is sent to itself alone, and the copy takes no message twice.
  await rig.send(10, 20);
  await until("all have them", async () => {
    const [own, read] = [await rig.ids("own.jsonl"), await rig.ids("read.jsonl")];
    return own.length >= 20 && read.length >= 20;
  });
  expect(sorted(await rig.ids("own.jsonl"))).toEqual(names(0, 20));
  expect(sorted(await rig.ids("read.jsonl"))).toEqual(names(0, 20));
  expect(victims).toEqual([]);
  expect(new Set(reached.filter((subject) => subject.endsWith(".forged")))).toEqual(
    new Set([`$JS.FC.STREAM_paid.${durable}.forged`]),
  );
});
