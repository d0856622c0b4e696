// Who gets a connection, who does not, and what a person is told.

import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectTenants } from "../../control/connect.ts";
import { exitCode } from "../../control/failure.ts";
import { startNatsServer } from "../../control/nats-server/embed.ts";
import { findServer } from "../../control/nats-server/find.ts";
import { observe } from "../../control/observe.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { workspaceOf } from "../rig/workspace.ts";

let nats: NatsRig;
beforeAll(async () => {
  nats = await natsServer({ accounts: ["acme", "globex"] });
});
afterAll(() => nats[Symbol.asyncDispose]());

/** What went wrong; connecting must not work. */
async function refusal(options: Parameters<typeof connectTenants>[0]) {
  const result = await connectTenants(options);
  if (!result.ok) return { ...result.failure, exit: exitCode(result.failure) };
  await result.value[Symbol.asyncDispose]();
  throw new Error("connected");
}

test("each tenant is connected to its own account", async () => {
  const credentials = JSON.stringify({ acme: nats.credentials("acme"), globex: nats.credentials("globex") });
  const result = await connectTenants({ url: nats.url, credentials, tenants: ["acme", "globex"] });
  if (!result.ok) throw new Error(result.failure.message);
  await using connections = result.value;
  const [acme, globex] = connections.tenants;
  expect(connections.tenants.map(({ tenant }) => tenant)).toEqual(["acme", "globex"]);
  const heard: string[] = [];
  globex?.connection.subscribe("hello", { callback: (_, message) => void heard.push(message.string()) });
  await globex?.connection.flush();
  acme?.connection.publish("hello", "from acme");
  await acme?.connection.flush();
  globex?.connection.publish("hello", "from globex");
  await globex?.connection.flush();
  expect(heard).toEqual(["from globex"]);
});

test("nobody answers: unreachable, at once, with the address", async () => {
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  const result = await refusal({ url: `nats://me:secret@127.0.0.1:${port}`, tenants: ["acme"] });
  expect(result).toMatchObject({ kind: "unreachable", exit: 69 });
  expect(result.message).toContain(`127.0.0.1:${port}`);
  expect(result.message).not.toContain("secret");
});

test("an address that is none: unreachable, no stack", async () => {
  expect(await refusal({ url: "nats://no.such.host.invalid:4222", tenants: ["acme"] })).toMatchObject({ exit: 69 });
});

test("a wrong password: denied", async () => {
  const credentials = JSON.stringify({ acme: { ...nats.credentials("acme"), password: "wrong" } });
  const result = await refusal({ url: nats.url, credentials, tenants: ["acme"] });
  expect(result).toMatchObject({ kind: "denied", exit: 77 });
  expect(result.message).toContain("acme");
});

test("no credentials where the server wants some: denied", async () => {
  expect(await refusal({ url: nats.url, tenants: ["acme"] })).toMatchObject({ kind: "denied", exit: 77 });
});

test("an account without JetStream: unsupported", async () => {
  const credentials = JSON.stringify({ acme: nats.systemCredentials });
  const result = await refusal({ url: nats.url, credentials, tenants: ["acme"] });
  expect(result).toMatchObject({ kind: "unsupported", exit: 69 });
  expect(result.message).toContain("JetStream");
});

test("credentials files that do not fit the workspace", async () => {
  const url = nats.url;
  const both = ["acme", "globex"];
  const creds = "-----BEGIN NATS USER JWT-----\nx\n------END NATS USER JWT------\n";
  const user = { user: "u", password: "p" };
  const cases = [
    { credentials: undefined, tenants: both, says: "name their users" },
    { credentials: creds, tenants: both, says: "opens one account" },
    { credentials: creds, tenants: ["acme"], says: "no usable" },
    { credentials: "user: me", tenants: ["acme"], says: "neither JSON" },
    { credentials: "[]", tenants: ["acme"], says: "neither JSON" },
    { credentials: "{}", tenants: ["acme"], says: "no user for tenant acme" },
    { credentials: '{"acme":{"user":"u"}}', tenants: ["acme"], says: '"password"' },
    { credentials: JSON.stringify({ acme: user, globex: user }), tenants: both, says: "same user" },
  ];
  for (const { credentials, tenants, says } of cases) {
    const result = await refusal({ url, tenants, ...(credentials === undefined ? {} : { credentials }) });
    expect(result).toMatchObject({ kind: "credentials", exit: 64 });
    expect(result.message).toContain(says);
  }
});

test("a server that is too old is named with the minimum", async () => {
  const old = createServer((socket) => {
    socket.on("error", () => {});
    socket.write('INFO {"server_id":"OLD","version":"2.11.0","headers":true,"max_payload":1048576,"proto":1}\r\n');
    socket.on("data", (chunk) => {
      if (chunk.includes("PING")) socket.write("PONG\r\n");
    });
  }).listen(0, "127.0.0.1");
  await once(old, "listening");
  try {
    const { port } = old.address() as AddressInfo;
    const result = await refusal({ url: `nats://127.0.0.1:${port}`, tenants: ["acme"] });
    expect(result).toMatchObject({ kind: "unsupported", exit: 69 });
    expect(result.message).toContain("2.11.0");
    expect(result.message).toContain("2.12.14");
  } finally {
    old.close();
  }
});

test("a user that may not administer JetStream: denied, with the subject", async () => {
  const found = await findServer();
  if (!found.ok) throw new Error(found.message);
  const dir = await mkdtemp(join(tmpdir(), "vrsky-nats-"));
  const accounts = { acme: { users: { narrow: { publish: { allow: ["$JS.API.INFO"] } } } } };
  const server = await startNatsServer({ binary: found.server.path, dir, accounts });
  try {
    const credentials = JSON.stringify({ acme: server.users.narrow });
    const result = await connectTenants({ url: server.url, credentials, tenants: ["acme"] });
    if (!result.ok) throw new Error(result.failure.message);
    await using connections = result.value;
    const observed = await observe(workspaceOf({ integrations: {} }), connections.tenants);
    expect(observed).toMatchObject({ ok: false, failure: { kind: "denied" } });
    expect(JSON.stringify(observed)).toContain("$JS.API.STREAM.LIST");
  } finally {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  }
});
