// Where HTTP may go: public addresses, and what the operator opens. Asked of real connections as far as they can be
// refused here, and of every form in which an address can be written.

import { createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { openHttpCall, openHttpTarget } from "../../connectors/http/target.ts";
import { lookupWithin, networks, publicNetwork } from "../../connectors/network.ts";
import type { JsonObject } from "../../schema/json.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { delivery, targetContext } from "../rig/connector.ts";
import { type HttpServerRig, httpServer, proxyServer } from "../rig/http-server.ts";

const opened: (() => PromiseLike<unknown>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

async function server(...given: Parameters<typeof httpServer>): Promise<HttpServerRig> {
  const rig = await httpServer(...given);
  opened.push(() => rig[Symbol.asyncDispose]());
  return rig;
}

async function send(url: string, allowed: readonly string[] = [], connection: JsonObject = {}) {
  const settings = { connection: { url, ...connection }, timeout: 5_000 };
  const out = openHttpTarget(targetContext(settings), networks(allowed)("acme"));
  opened.push(() => out.close());
  return await out.deliver(delivery({}, {}));
}

const blocked = (what = "the worker's own machine") => ({
  kind: "transient",
  failure: {
    class: "unavailable",
    message: expect.stringContaining(`it leads to ${what}, where this worker does not`),
  },
});

test.each([
  ["as it is", "127.0.0.1"],
  ["another of the block", "127.8.9.10"],
  ["decimal", "2130706433"],
  ["octal", "0177.0.0.01"],
  ["hexadecimal", "0x7f.1"],
  ["one number of hexadecimal digits", "0x7f000001"],
  ["short", "127.1"],
  ["wide digits", "１２７.0.0.1"],
  ["zero", "0"],
  ["a name", "localhost"],
  ["IPv6", "[::1]"],
  ["IPv6, nobody's", "[::]"],
  ["IPv4 in IPv6", "[::ffff:127.0.0.1]"],
  ["IPv4 in IPv6, hexadecimal", "[::ffff:7f00:1]"],
  ["IPv4 translated to IPv6", "[::ffff:0:127.0.0.1]"],
  ["NAT64", "[64:ff9b::7f00:1]"],
])("this machine is not reached, written %s", async (_name, host) => {
  const { port, seen } = await server();
  expect(await send(`http://${host}:${port}/`)).toMatchObject(blocked());
  expect(seen).toEqual([]);
});

test.each([
  ["169.254.169.254", "a cloud's metadata"],
  ["2852039166", "a cloud's metadata"],
  ["0xa9fea9fe", "a cloud's metadata"],
  ["0251.0376.0251.0376", "a cloud's metadata"],
  ["[::ffff:169.254.169.254]", "a cloud's metadata"],
  ["[::ffff:0:169.254.169.254]", "a cloud's metadata"],
  ["[64:ff9b::a9fe:a9fe]", "a cloud's metadata"],
  ["[fd00:ec2::254]", "a cloud's metadata"],
  ["168.63.129.16", "a cloud's metadata"],
  ["100.100.100.200", "a cloud's metadata"],
  ["169.254.7.7", "the link-local network"],
  ["[fe80::1]", "the link-local network"],
  ["10.1.2.3", "a private network"],
  ["172.16.0.1", "a private network"],
  ["192.168.1.1", "a private network"],
  ["100.64.0.1", "a private network"],
  ["[fd12::1]", "a private network"],
  ["224.0.0.1", "a network that is not public"],
  ["255.255.255.255", "a network that is not public"],
  ["192.0.2.1", "a network that is not public"],
  ["[2002:7f00:1::]", "a network that is not public"],
  ["[::127.0.0.1]", "a network that is not public"],
  ["[64:ff9b:1::7f00:1]", "a network that is not public"],
  ["[4000::1]", "a network that is not public"],
  ["[2001:0:1::1]", "a network that is not public"],
])("%s is not connected to: %s", async (host, what) => {
  expect(await send(`http://${host}/`)).toMatchObject(blocked(what));
});

test("the message of a refusal names the origin and what opens it, no address that a name led to", async () => {
  const { port } = await server();
  const result = await send(`http://localhost:${port}/path?token=hush`);
  expect(result).toMatchObject({ failure: { message: expect.stringContaining(`POST http://localhost:${port}: `) } });
  expect(result).toMatchObject({ failure: { message: expect.stringContaining("--allow-network") } });
  expect(JSON.stringify(result)).not.toMatch(/127\.|hush/);
});

test("what the operator opens is reached: a group, a block, an address, for all or for one tenant", async () => {
  const { url, seen } = await server();
  for (const allowed of ["loopback", "127.0.0.0/8", "127.0.0.1", "acme=loopback", "acme=127.0.0.1/32"]) {
    expect(await send(url, [allowed])).toMatchObject({ kind: "delivered" });
  }
  expect(seen).toHaveLength(5);
  for (const allowed of ["private", "127.0.0.2", "other=loopback", "::1"]) {
    expect(await send(url, [allowed])).toMatchObject(blocked());
  }
  expect(seen).toHaveLength(5);
});

test.each([
  ["0.0.0.0/0", "169.254.169.254", false],
  ["0.0.0.0/0", "10.0.0.1", true],
  ["169.254.0.0/16", "169.254.7.7", true],
  ["169.254.0.0/16", "169.254.169.254", false],
  ["169.254.169.254", "169.254.169.254", true],
  ["private", "fd00:ec2::254", false],
  ["private", "169.254.1.1", false],
  ["private", "::ffff:10.0.0.1", true],
  ["::/0", "fe80::1", false],
  ["::/0", "fd12::1", true],
  ["::/0", "::ffff:0:169.254.169.254", false],
  ["::/0", "::ffff:0:10.0.0.1", false],
  ["private", "::ffff:0:10.0.0.1", true],
  ["fe80::/10", "fe80::1%eth0", true],
  ["10.0.0.0/8", "93.184.216.34", true],
])("with %s open, %s is reached: %s", (allowed, address, reached) => {
  expect(networks([allowed])("acme").refusal(address) === undefined).toBe(reached);
});

test.each([
  "10.0.0.0/33",
  "10.0.0",
  "everything",
  "::ffff:10.0.0.0/104",
  "::ffff:0:10.0.0.1",
  "64:ff9b::/96",
  "",
  "acme=",
  "0x0a.0.0.1",
])("%j is no network, and says what is", (text) => {
  expect(() => networks([text])).toThrow("write loopback, private, an address or a block such as 10.1.0.0/16");
});

test("public addresses of both kinds are reached without a word", () => {
  for (const address of [
    "93.184.216.34",
    "1.1.1.1",
    "2606:4700:4700::1111",
    "::ffff:1.1.1.1",
    "::ffff:0:1.1.1.1",
    "64:ff9b::101:101",
  ]) {
    expect(publicNetwork.refusal(address)).toBeUndefined();
  }
  expect(publicNetwork.refusal("nonsense")).toContain("no address that can be judged");
});

test("a redirect to the inside is not followed, though the address is open", async () => {
  const inside = await server();
  for (const location of [
    inside.url,
    "http://169.254.169.254/latest/meta-data/",
    "//localhost/",
    "file:///etc/passwd",
  ]) {
    const { url } = await server((_request, response) => void response.writeHead(307, { location }).end());
    const result = await send(url, ["loopback"]);
    expect(result).toMatchObject({ kind: "permanent", failure: { class: "rejected", status: 307 } });
    expect(JSON.stringify(result)).not.toMatch(/169\.254|passwd/);
  }
  expect(inside.seen).toEqual([]);
});

test("a name is judged by what it leads to at the moment of connecting", async () => {
  const found = await new Promise<string>((resolve) =>
    lookupWithin(publicNetwork)("localhost", { all: true }, (error, found) =>
      resolve(error === null ? JSON.stringify(found) : `${error.code}: ${error.message}`),
    ),
  );
  expect(found).toContain("ERR_NETWORK_REFUSED: it leads to the worker's own machine");
  const one = await new Promise((resolve) =>
    lookupWithin(networks(["loopback"])("acme"))("localhost", { family: 4 }, (_error, found) => resolve(found)),
  );
  expect(one).toBe("127.0.0.1");
});

test("a name that changes its mind, or leads to both sides, does not get in", async () => {
  const outside = { address: "93.184.216.34", family: 4 };
  const inside = [
    { address: "169.254.169.254", family: 4 },
    { address: "::1", family: 6 },
  ];
  const answers = [[outside], inside, [...inside, outside]];
  const lookup = lookupWithin(publicNetwork, (_name, _options, callback) => callback(null, answers.shift() ?? []));
  const found = () =>
    new Promise((resolve) => lookup("x", { all: true }, (error, all) => resolve(error === null ? all : error.message)));
  expect(await found()).toEqual([outside]);
  expect(await found()).toContain("it leads to a cloud's metadata");
  expect(await found()).toEqual([outside]);
});

test("calls, tokens and proxies go nowhere else either", async () => {
  const inside = await server();
  const ask = openHttpCall(targetContext({ connection: { url: inside.url } }), publicNetwork);
  opened.push(() => ask.close());
  expect(await ask.deliver(delivery({}, {}))).toMatchObject(blocked());
  const oauth2 = { "token-url": `${inside.url}/token`, "client-id": "a", "client-secret": "b" };
  const token: DeliveryResult = await send("https://203.0.113.1/", [], { oauth2 });
  expect(token).toMatchObject({
    kind: "transient",
    failure: { message: expect.stringMatching(/^no token: .*own machine/) },
  });
  expect(await send("https://crm.example.com/", [], { proxy: inside.url })).toMatchObject(blocked());
  expect(inside.seen).toEqual([]);
});

test("a proxy that is open is not asked for an address that is not", async () => {
  const proxy = await proxyServer();
  opened.push(() => proxy[Symbol.asyncDispose]());
  const [, port = ""] = /:(\d+)$/.exec(proxy.url) ?? [];
  expect(port).not.toBe("");
  const only = ["127.0.0.1"];
  for (const [url, what] of [
    ["http://169.254.169.254/", "a cloud's metadata"],
    ["http://2852039166/", "a cloud's metadata"],
    ["http://10.0.0.1/", "a private network"],
  ] as const) {
    expect(await send(url, only, { proxy: proxy.url })).toMatchObject(blocked(what));
  }
  expect(await send("http://localhost/", ["private"], { proxy: proxy.url })).toMatchObject(blocked());
  expect(proxy.tunnels).toEqual([]);
});

test("nothing knocks: no connection is begun to what is not open", async () => {
  let knocks = 0;
  const listener = createServer((socket) => {
    knocks += 1;
    socket.destroy();
  });
  await new Promise<void>((listening) => listener.listen(0, "127.0.0.1", listening));
  opened.push(() => new Promise((closed) => listener.close(closed)));
  const address = listener.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  for (const url of [`https://127.0.0.1:${port}/`, `http://localhost:${port}/`, `https://localhost:${port}/`]) {
    expect(await send(url)).toMatchObject(blocked());
  }
  expect(knocks).toBe(0);
});
