// TLS as it is met: authorities of one's own, certificates that are not good, certificates that we must show, and the
// way through a proxy. Each against a real server, each refusal in words for whoever can change it.

import { afterEach, expect, test } from "vitest";
import { openHttpCall, openHttpTarget } from "../../connectors/http/target.ts";
import { networks } from "../../connectors/network.ts";
import type { OpenTarget } from "../../schema/connector.ts";
import type { JsonObject } from "../../schema/json.ts";
import { authority, lockedKey } from "../rig/certificates.ts";
import { delivery, targetContext } from "../rig/connector.ts";
import { type HttpServerRig, httpServer, proxyServer } from "../rig/http-server.ts";

const loopback = networks(["loopback"])("acme");
const house = authority("house authority");
const stranger = authority("an authority that nobody knows");
const good = house.issue({ name: "server", hosts: ["127.0.0.1", "localhost"] });

const opened: (() => PromiseLike<unknown>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

async function secure(issued: { certificate: string; key: string }, more: object = {}): Promise<HttpServerRig> {
  const rig = await httpServer(undefined, { cert: issued.certificate, key: issued.key, ...more });
  opened.push(() => rig[Symbol.asyncDispose]());
  return rig;
}

function target(connection: JsonObject, network = loopback): OpenTarget {
  const made = openHttpTarget(targetContext({ connection, timeout: 5_000 }), network);
  opened.push(() => made.close());
  return made;
}

const send = (connection: JsonObject) => target(connection).deliver(delivery({}, { a: 1 }));

const transient = (says: string) => ({
  kind: "transient",
  failure: { class: "unavailable", message: expect.stringContaining(says) },
});

test("an authority of one's own is believed where the connection says so, and nowhere else", async () => {
  const { url, seen } = await secure(good);
  expect(await send({ url, tls: { ca: house.certificate } })).toMatchObject({ kind: "delivered" });
  expect(await send({ url, tls: { ca: [stranger.certificate, house.certificate] } })).toMatchObject({
    kind: "delivered",
  });
  const both = `${stranger.certificate}${house.certificate}`;
  expect(await send({ url, tls: { ca: both } })).toMatchObject({ kind: "delivered" });
  expect(seen).toHaveLength(3);
  expect(await send({ url })).toMatchObject(transient("signed by nobody that is trusted here"));
  expect(await send({ url, tls: { ca: stranger.certificate } })).toMatchObject(transient("nobody that is trusted"));
  expect(seen).toHaveLength(3);
});

test.each([
  ["has expired", { from: -20, to: -10 }, "its certificate has expired"],
  ["is not valid yet", { from: 10, to: 20 }, "its certificate is not valid yet"],
  ["is for another host", { hosts: ["crm.example.com"] }, "its certificate is for another host name"],
])("a certificate that %s: nothing is sent, it is tried again, and the words say why", async (_name, wanted, says) => {
  const { url, seen } = await secure(house.issue({ name: "server", hosts: ["127.0.0.1"], ...wanted }));
  expect(await send({ url, tls: { ca: house.certificate } })).toMatchObject(transient(says));
  expect(seen).toEqual([]);
});

test("the name that a certificate must have can be another than the host", async () => {
  const { url } = await secure(house.issue({ name: "server", hosts: ["crm.example.com"] }));
  const tls = { ca: house.certificate, "server-name": "crm.example.com" };
  expect(await send({ url, tls })).toMatchObject({ kind: "delivered" });
  expect(await send({ url, tls: { ...tls, "server-name": "erp.example.com" } })).toMatchObject(
    transient("another host name"),
  );
});

test.each(["TLSv1.3", "TLSv1.2"] as const)("a server that asks for our certificate, over %s", async (version) => {
  const options = { ca: house.certificate, requestCert: true, rejectUnauthorized: true };
  const { url, seen } = await secure(good, { ...options, minVersion: version, maxVersion: version });
  const client = house.issue({ name: "vrsky" });
  const own = { certificate: client.certificate, key: client.key };
  expect(await send({ url, tls: { ca: house.certificate, ...own } })).toMatchObject({ kind: "delivered" });
  const locked = { certificate: client.certificate, key: lockedKey(client.key, "open sesame") };
  expect(await send({ url, tls: { ca: house.certificate, ...locked, passphrase: "open sesame" } })).toMatchObject({
    kind: "delivered",
  });
  expect(seen).toHaveLength(2);
  const wrong = stranger.issue({ name: "vrsky" });
  const other = { certificate: wrong.certificate, key: wrong.key };
  for (const tls of [{ ca: house.certificate }, { ca: house.certificate, ...other }]) {
    const refused = await send({ url, tls });
    // TLS 1.3 lets a request leave before the certificate was looked at: then nobody here can know.
    expect(["transient", "unknown"]).toContain(refused.kind);
    expect(refused).toMatchObject({ failure: { class: "unavailable" } });
  }
  expect(seen).toHaveLength(2);
});

test("a server that speaks no TLS is told as that", async () => {
  const plain = await httpServer();
  opened.push(() => plain[Symbol.asyncDispose]());
  expect(await send({ url: plain.url.replace("http:", "https:") })).toMatchObject(transient("does not speak TLS"));
});

test.each<[string, JsonObject, string]>([
  ["a certificate without its key", { certificate: good.certificate }, "both `certificate` and `key`"],
  ["a key that is another's", { certificate: good.certificate, key: house.key }, "cannot be read"],
  ["a certificate that is none", { certificate: "hush", key: "hush" }, "cannot be read"],
  ["an authority that is none", { ca: "hush" }, "`tls.ca` must hold certificates in PEM"],
  ["a locked key without its passphrase", { certificate: good.certificate, key: lockedKey(good.key, "x") }, "be read"],
])("%s stops the start, and is not shown", (_name, tls, says) => {
  const start = () => target({ url: "https://127.0.0.1:1", tls });
  expect(start).toThrow(says);
  expect(start).not.toThrow("hush");
});

test("through a proxy: the host is looked up there, TLS goes through, the proxy's login stays with it", async () => {
  const server = await secure(house.issue({ name: "server", hosts: ["crm.internal"] }));
  const proxy = await proxyServer({ to: server.port });
  opened.push(() => proxy[Symbol.asyncDispose]());
  const connection = {
    url: "https://crm.internal/api",
    tls: { ca: house.certificate },
    proxy: proxy.url.replace("//", "//worker:pass%20word@"),
  };
  const out = target(connection);
  for (const id of ["a", "b"]) {
    expect(await out.deliver(delivery({ path: "/x" }, {}, { id }))).toMatchObject({ kind: "delivered" });
  }
  expect(server.seen.map(({ url }) => url)).toEqual(["/api/x", "/api/x"]);
  expect(server.seen[0]?.headers).not.toHaveProperty("proxy-authorization");
  expect(proxy.tunnels[0]).toEqual({ to: "crm.internal:443", login: `Basic ${btoa("worker:pass word")}` });
});

test("through a proxy: plain HTTP is tunnelled too, and a call gets its answer", async () => {
  const server = await httpServer((_request, response) => void response.end('{"a":1}'));
  const proxy = await proxyServer({ to: server.port });
  opened.push(
    () => server[Symbol.asyncDispose](),
    () => proxy[Symbol.asyncDispose](),
  );
  const ask = openHttpCall(targetContext({ connection: { url: "http://crm.internal", proxy: proxy.url } }), loopback);
  opened.push(() => ask.close());
  expect(await ask.deliver(delivery({}, {}))).toMatchObject({ kind: "delivered", answer: { a: 1 } });
  expect(proxy.tunnels).toMatchObject([{ to: "crm.internal:80" }]);
});

test.each([
  [407, "the proxy answered 407: it wants a login"],
  [502, "the proxy answered 502"],
])("a proxy that answers %i: tried again, nothing was sent", async (refuse, says) => {
  const proxy = await proxyServer({ refuse });
  opened.push(() => proxy[Symbol.asyncDispose]());
  expect(await send({ url: "https://crm.internal", proxy: proxy.url })).toMatchObject(transient(says));
});

test("a proxy that is not there, and one that is no URL", async () => {
  expect(await send({ url: "https://crm.internal", proxy: "http://127.0.0.1:1" })).toMatchObject(
    transient("connection refused"),
  );
  expect(() => target({ url: "https://crm.internal", proxy: "socks5://x" })).toThrow("`proxy` must be a URL");
});
