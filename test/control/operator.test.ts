// Operator mode on a real nats-server: rights that stand with the role and change while workers run, keys that are
// exchanged under load, credentials that are revoked.

import { connect, type NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import type { AccountsControl } from "../../control/access.ts";
import { type OperatorAccess, openOperatorAccess } from "../../control/accounts/operator-access.ts";
import { failureOf } from "../../control/failure.ts";
import { userAuthenticator } from "../../control/keys/authenticator.ts";
import type { UserLogin } from "../../control/keys/claims-user.ts";
import { withoutOldKeys, withRevoked, withSigningKey } from "../../control/keys/make.ts";
import type { AccountKeys } from "../../control/keys/stored.ts";
import { connectOptions } from "../../runtime/connect-options.ts";
import { run } from "../../runtime/run.ts";
import * as address from "../../schema/address.ts";
import type { TenantTopology, Topology } from "../../schema/topology.ts";
import { compileTexts } from "../rig/compile.ts";
import { fakeSystem, handMade, quiet } from "../rig/line.ts";
import { type OperatorRig, operatorServer } from "../rig/operator.ts";
import { api, createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";
import { workspaceOf } from "../rig/workspace.ts";

const orders = `integration: orders
source: { http: { path: /orders }, contract: { id: string } }
targets: { crm: { nats: { subject: sales.new } } }
`;
const invoices = orders.replace("orders", "invoices").replace("/orders", "/invoices");

function compiled(...specs: readonly string[]): TenantTopology {
  const files = Object.fromEntries(specs.map((spec, at) => [`tenants/acme/${at}.yaml`, spec]));
  const { emitted, diagnostics } = compileTexts(files);
  const [tenant] = emitted?.topology.tenants ?? [];
  if (tenant === undefined) throw new Error(JSON.stringify(diagnostics));
  return tenant;
}

interface Opened extends OperatorAccess {
  readonly accounts: AccountsControl;
}

async function opened(rig: OperatorRig, wanted: Topology = workspaceOf()): Promise<Opened> {
  const access = await openOperatorAccess({ url: rig.url, store: rig.store });
  if (!access.ok) throw new Error(access.failure.message);
  return { ...access.value, accounts: access.value.accountsFor(wanted) };
}

async function into(access: OperatorAccess, tenant: string): Promise<NatsConnection> {
  const connection = await access.open(tenant);
  if (!connection.ok) throw new Error(connection.failure.message);
  if (connection.value === undefined) throw new Error(`${tenant} has no account`);
  return connection.value;
}

/** A worker with the runtime's own options, which asks for its credentials at every connect. */
async function worker(rig: OperatorRig, login: () => UserLogin): Promise<NatsConnection> {
  return connect({ ...connectOptions("acme-worker"), servers: rig.url, authenticator: userAuthenticator(login) });
}

async function change(rig: OperatorRig, edit: (keys: AccountKeys) => AccountKeys): Promise<void> {
  const changed = await rig.store.change((keys) => {
    const { acme } = keys.tenants;
    return acme === undefined ? keys : { ...keys, tenants: { ...keys.tenants, acme: edit(acme) } };
  });
  if (!changed.ok) throw new Error(changed.failure.message);
}

/** Subjects that the server refuses, of those that are published. */
async function refused(connection: NatsConnection, subjects: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  const watching = (async () => {
    for await (const status of connection.status()) {
      if (status.type === "error") found.add(/to "([^"]+)"/.exec(status.error.message)?.[1] ?? status.error.message);
    }
  })();
  for (const subject of subjects) connection.publish(subject, "x");
  await connection.flush();
  await connection.close();
  await watching;
  return [...found].sort();
}

test("an account is brought, seen as it is wanted, opened, and removed", async () => {
  await using rig = await operatorServer({ tenants: [] });
  const acme = compiled(orders);
  await using access = await opened(rig, { workspace: "shop", tenants: [acme] });
  expect(await access.open("acme"), "no keys yet").toEqual({ ok: true, value: undefined });
  expect(await access.accounts.observe(["acme"])).toEqual(new Map());
  const before = access.accounts.wanted(acme);
  await access.accounts.put(acme);
  expect(await access.accounts.observe(["acme"])).toEqual(new Map([["acme", access.accounts.wanted(acme)]]));
  expect(access.accounts.wanted(acme)).toMatchObject({
    ...before,
    controlKeys: [expect.any(String)],
    workerKeys: [expect.any(String)],
  });
  await createTopology(await into(access, "acme"), { integration: "orders", targets: ["crm"] });

  // Survives a restart of the server: it keeps accounts itself.
  await rig.restart();
  await until("back", async () => (await access.accounts.observe([]).catch(() => undefined))?.has("acme"));
  await access.accounts.remove("acme");
  expect(await access.accounts.observe(["acme"])).toEqual(new Map());
  expect(await access.open("acme")).toEqual({ ok: true, value: undefined });
});

test("a worker with scoped rights does its work and nothing else", async () => {
  await using rig = await operatorServer({ tenants: ["acme"] });
  await using access = await opened(rig);
  await access.accounts.put(compiled(orders));
  const admin = await into(access, "acme");
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  const connection = await rig.connect("acme");
  const line = await startRun(connection, system);
  expect(await system.send({ id: "a1" })).toMatchObject({ kind: "stored", id: "a1" });
  await until("delivered", () => system.begun.length === 1);
  await quiet(admin);
  await line.stop();

  const forbidden = [
    "$JS.API.STREAM.CREATE.MINE",
    "$JS.API.STREAM.DELETE.IN_orders",
    "$JS.API.STREAM.PURGE.RETRY_orders",
    "$JS.API.CONSUMER.CREATE.IN_orders.mine",
    "$JS.API.STREAM.LIST",
    "$KV.vrsky.deploy.orders",
    "$SYS.REQ.CLAIMS.UPDATE",
    "in.invoices.m.x",
    "sales.old",
  ];
  const own = ["in.orders.m.x", "rx.orders.crm.x", "sales.new"];
  expect(await refused(await rig.connect("acme"), [...forbidden, ...own])).toEqual([...forbidden].sort());
});

test("a new integration's rights reach workers that are connected, with the credentials that they have", async () => {
  await using rig = await operatorServer({ tenants: ["acme"] });
  await using access = await opened(rig);
  await access.accounts.put(compiled(orders));
  const credentials = rig.login("acme", "worker");
  const connection = await worker(rig, () => credentials);
  const admin = await into(access, "acme");
  const heard: string[] = [];
  admin.subscribe("in.>", { callback: (_error, { subject }) => void heard.push(subject) });
  await admin.flush();
  connection.publish("in.invoices.m.x");
  await connection.flush();
  expect(heard).toEqual([]);

  const since = performance.now();
  await access.accounts.put(compiled(orders, invoices));
  await until("the worker may publish on the new subject", async () => {
    connection.publish("in.invoices.m.x");
    await connection.flush().catch(() => undefined);
    return heard.includes("in.invoices.m.x");
  });
  report("new rights in force after", performance.now() - since);
  expect(connection.isClosed()).toBe(false);
  await connection.close();
});

test("signing key and credentials are exchanged while messages pass: none is lost, nobody is locked out", async () => {
  await using rig = await operatorServer({ tenants: ["acme"] });
  await using access = await opened(rig);
  const acme = compiled(orders);
  await access.accounts.put(acme);
  const admin = await into(access, "acme");
  // An ack that is lost with a connection comes back after so long.
  await createTopology(admin, { integration: "orders", targets: ["crm"], ackWaitMs: 1_500 });
  const first = rig.login("acme", "worker");
  let credentials = first;
  const connection = await worker(rig, () => credentials);
  const system = fakeSystem();
  const line = await startRun(connection, system);

  const stored: string[] = [];
  let going = true;
  const sending = (async () => {
    for (let at = 0; going; at++) {
      const id = `m${at}`;
      // A sender that gets no answer sends again: the id is known then.
      await until(`${id} is stored`, async () => (await system.send({ id })).kind === "stored");
      stored.push(id);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  const more = async (count: number): Promise<void> => {
    const from = stored.length;
    await until(`${count} more messages`, () => stored.length >= from + count);
  };

  await more(100);
  await change(rig, (keys) => withSigningKey(withSigningKey(keys, "worker", new Date()), "control", new Date()));
  await access.accounts.put(acme);
  await more(100);
  credentials = rig.login("acme", "worker");
  // Both are valid now.
  await (await worker(rig, () => first)).close();
  await (await worker(rig, () => credentials)).close();
  await change(rig, (keys) => withoutOldKeys(withoutOldKeys(keys, "worker"), "control"));
  await access.accounts.put(acme);
  await more(100);
  going = false;
  await sending;

  await quiet(admin);
  const delivered = new Set(system.begun.map(({ id }) => id));
  expect(stored.filter((id) => !delivered.has(id))).toEqual([]);
  expect(connection.isClosed()).toBe(false);
  await expect(connect({ servers: rig.url, authenticator: userAuthenticator(() => first) })).rejects.toThrow();
  await line.stop();
  await connection.close();
});

test.each([
  ["one user", (user: string) => [user]],
  ["all", () => ["*"]],
])("revoking %s stops a connected worker, and it cannot come back", async (_what, whom) => {
  await using rig = await operatorServer({ tenants: ["acme"] });
  await using access = await opened(rig);
  const acme = compiled(orders);
  await access.accounts.put(acme);
  const credentials = rig.login("acme", "worker");
  const connection = await worker(rig, () => credentials);
  const states: string[] = [];
  void (async () => {
    for await (const { type } of connection.status()) states.push(type);
  })();
  await change(rig, (keys) => withRevoked(keys, whom(credentials.key.publicKey), new Date()));
  const since = performance.now();
  await access.accounts.put(acme);
  await until("it is disconnected", () => states.includes("disconnect"));
  report("revoked worker disconnected after", performance.now() - since);
  await until("its way back is refused", () => states.filter((type) => type === "error").length >= 2);
  expect(states).not.toContain("reconnect");
  await connection.close();
  const refusal = connect({ servers: rig.url, authenticator: userAuthenticator(() => credentials) });
  await expect(refusal).rejects.toThrow(/authorization/i);
  // Whoever gets new credentials works on.
  await (await rig.connect("acme")).close();
  // An older copy of the store gives nobody their rights back.
  await change(rig, (keys) => ({ ...keys, revocations: {} }));
  await access.accounts.put(acme);
  await expect(connect({ servers: rig.url, authenticator: userAuthenticator(() => credentials) })).rejects.toThrow();
});

test("a tenant that another workspace has, or whose keys are elsewhere, is left alone", async () => {
  await using rig = await operatorServer({ tenants: ["acme"] });
  await using ours = await opened(rig);
  await using theirs = await opened(rig, { workspace: "other", tenants: [] });
  const acme = compiled(orders);
  await ours.accounts.put(acme);
  const before = await ours.accounts.observe(["acme"]);
  const refusal = (attempt: Promise<unknown>): Promise<unknown> =>
    attempt.then(
      () => "taken",
      (error: unknown) => failureOf(error, "test"),
    );
  expect(await refusal(theirs.accounts.put(acme))).toMatchObject({
    kind: "conflict",
    message: expect.stringContaining("shop"),
  });
  expect((await theirs.accounts.observe([])).has("acme"), "not theirs").toBe(false);
  expect(await refusal(theirs.accounts.observe(["acme"]))).toMatchObject({ kind: "conflict" });
  expect(await ours.accounts.observe(["acme"])).toEqual(before);

  await using others = await operatorServer({ tenants: ["acme"] });
  await rig.store.change((keys) => ({ ...keys, tenants: others.store.keys().tenants }));
  expect(await refusal(ours.accounts.observe(["acme"]))).toMatchObject({
    kind: "conflict",
    message: expect.stringContaining("not in this key store"),
  });
});

test("what one tenant exports reaches the tenant that it is granted to, until it is not granted any more", async () => {
  const topology = shared(["globex"]);
  await using rig = await operatorServer({ tenants: ["acme", "globex", "initech"] });
  const bring = async (wanted: Topology): Promise<void> => {
    await using access = await opened(rig, wanted);
    // Whoever imports may be there before whoever exports.
    for (const tenant of wanted.tenants.toReversed()) {
      await access.accounts.put(tenant);
      const live = await access.accounts.observe([tenant.tenant]);
      expect(live.get(tenant.tenant)).toEqual(access.accounts.wanted(tenant));
    }
  };
  await bring(topology);
  await using access = await opened(rig);
  const admin = await into(access, "acme");
  const name = address.declaredStream("paid");
  await api(admin, `STREAM.CREATE.${name}`, { name, subjects: [address.declaredFilter("paid")] });
  const consumer = address.sharingConsumer("acme", "globex");
  await api(admin, `CONSUMER.CREATE.${name}.${consumer}`, {
    stream_name: name,
    config: { durable_name: consumer, deliver_subject: address.sharedDelivery("globex", "paid"), ack_policy: "none" },
  });
  const ask = `${address.sharedApi("acme", "paid")}.CONSUMER.RESET.${name}.${consumer}`;
  const answer = async (tenant: string): Promise<string> => {
    const connection = await into(access, tenant);
    return connection.request(ask, "{}", { timeout: 2_000 }).then(
      (message) => (message.string().includes("error") ? message.string() : "answered"),
      () => "nobody",
    );
  };
  expect(await answer("globex")).toBe("answered");
  expect(await answer("initech")).toBe("nobody");
  // The owner's word is enough, whatever the reader's account still says.
  const revoked = shared([]);
  await bring({ ...revoked, tenants: revoked.tenants.filter(({ tenant }) => tenant === "acme") });
  await until("the grant is gone", async () => (await answer("globex")) === "nobody");
});

/** acme's stream `paid`, granted to these; globex reads it. */
function shared(to: readonly string[]): Topology {
  const topology = workspaceOf(
    { integrations: {} },
    { tenant: "globex", integrations: {} },
    { tenant: "initech", integrations: {} },
  );
  const tenants = topology.tenants.map((each): TenantTopology => {
    const exports = each.tenant === "acme" && to.length > 0 ? [{ stream: "paid", to }] : [];
    const imports = to.includes(each.tenant) ? [{ tenant: "acme", stream: "paid" }] : [];
    return { ...each, account: { ...each.account, exports, imports } };
  });
  return { ...topology, tenants };
}

function startRun(connection: NatsConnection, system: ReturnType<typeof fakeSystem>) {
  return run({
    tenants: [
      {
        tenant: "acme",
        connection,
        inboxPrefix: address.inboxPrefix("acme-worker"),
        env: { settings: {}, secrets: {} },
        bundles: [handMade()],
      },
    ],
    connectors: { fake: system.connector },
    library: () => undefined,
    log: { info: () => undefined, warn: () => undefined },
  });
}

/** For docs/operator-mode.md; no test depends on it. */
const report = (what: string, ms: number): void => void process.stderr.write(`${what} ${ms.toFixed(0)} ms\n`);
