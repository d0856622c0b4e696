// Requests as they arrive at a real server, and what each answer or break means for the message.

import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { openHttpTarget } from "../../connectors/http/target.ts";
import { networks } from "../../connectors/network.ts";
import type { OpenTarget } from "../../schema/connector.ts";
import type { Json, JsonObject } from "../../schema/json.ts";
import { delivery, targetContext } from "../rig/connector.ts";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const opened: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

async function receiver(answer: RequestListener = (_request, response) => void response.end()) {
  const seen: Seen[] = [];
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers } = request;
    seen.push({ method, url, headers, text: Buffer.concat(chunks).toString() });
    answer(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  opened.push({
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  });
  const address = server.address();
  return { seen, url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}` };
}

function target(settings: JsonObject = {}): OpenTarget {
  const made = openHttpTarget(targetContext(settings), networks(["loopback"])("acme"));
  opened.push(made);
  return made;
}

test("POST of the body as JSON, with the id as idempotency key, the same on every attempt", async () => {
  const { seen, url } = await receiver();
  const out = target();
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  for (const attempt of [1, 2]) {
    const result = await out.deliver(delivery({ url }, { a: 1, å: "ö" }, { id: "o-1", attempt, traceparent }));
    expect(result).toMatchObject({ kind: "delivered" });
  }
  expect(seen).toHaveLength(2);
  for (const { method, headers, text } of seen) {
    expect(method).toBe("POST");
    expect(headers).toMatchObject({ "idempotency-key": "o-1", traceparent });
    expect(headers["content-type"]).toMatch(/^application\/json/);
    expect(JSON.parse(text)).toEqual({ a: 1, å: "ö" });
  }
});

test.each<[string, JsonObject, string, RegExp]>([
  ["json", { json: { x: [1, null] } }, '{"x":[1,null]}', /^application\/json/],
  ["text", { text: "hej å" }, "hej å", /^text\/plain/],
  ["form", { form: { a: "1 2", b: "å&=" } }, "a=1+2&b=%C3%A5%26%3D", /^application\/x-www-form-urlencoded/],
  ["body", { body: "<x/>", headers: { "content-type": "text/xml" } }, "<x/>", /^text\/xml/],
])("a payload of %s instead of the body", async (_name, settings, text, type) => {
  const { seen, url } = await receiver();
  await target().deliver(delivery({ url, ...settings }, { left: "out" }));
  expect(seen[0]?.text).toBe(text);
  expect(seen[0]?.headers["content-type"]).toMatch(type);
});

test("GET and DELETE send no body unless one is given", async () => {
  const { seen, url } = await receiver();
  await target({ method: "DELETE" }).deliver(delivery({ url }, { a: 1 }));
  await target({ method: "DELETE" }).deliver(delivery({ url, json: { b: 1 } }, { a: 1 }));
  expect(seen.map(({ method, text }) => `${method} ${text}`)).toEqual(["DELETE ", 'DELETE {"b":1}']);
});

test("a connection gives base and headers; the path is appended; the target's headers win", async () => {
  const { seen, url } = await receiver();
  const connection = { url: `${url}/api/`, headers: { authorization: "Bearer t", "x-a": "connection" } };
  const out = target({ connection });
  await out.deliver(delivery({ path: "/people/a%2Fb?x=1", headers: { "X-A": "target" } }, {}));
  expect(seen[0]?.url).toBe("/api/people/a%2Fb?x=1");
  expect(seen[0]?.headers).toMatchObject({ authorization: "Bearer t", "x-a": "target" });
});

test.each(["/a/../../admin", "/a/%2e%2e/admin", "/a/./b", "/a\\b", "/a b", "/a\nb"])(
  "a path of %j is refused for good and never sent",
  async (path) => {
    const { seen, url } = await receiver();
    const result = await target({ connection: { url } }).deliver(delivery({ path }, {}));
    expect(result).toMatchObject({ kind: "permanent", failure: { class: "invalid" } });
    expect(seen).toEqual([]);
  },
);

test.each(["ftp://x/", "file:///etc/passwd", "x", "http://"])("the URL %s is refused for good", async (url) => {
  expect(await target().deliver(delivery({ url }, {}))).toMatchObject({
    kind: "permanent",
    failure: { class: "invalid" },
  });
});

test.each([
  [200, "delivered", undefined],
  [204, "delivered", undefined],
  [301, "permanent", "rejected"],
  [400, "permanent", "rejected"],
  [401, "permanent", "rejected"],
  [404, "permanent", "not-found"],
  [410, "permanent", "not-found"],
  [422, "permanent", "rejected"],
  [408, "transient", "unavailable"],
  [425, "transient", "unavailable"],
  [429, "transient", "unavailable"],
  [500, "transient", "unavailable"],
  [503, "transient", "unavailable"],
])("an answer of %i is %s", async (status, kind, failure) => {
  const { url } = await receiver((_request, response) => void response.writeHead(status).end("a secret of theirs"));
  const result = await target().deliver(delivery({ url: `${url}/path?key=mine` }, {}));
  expect(result.kind).toBe(kind);
  if (failure !== undefined) expect(result).toMatchObject({ failure: { class: failure, status } });
  expect(JSON.stringify(result)).not.toMatch(/secret of theirs|key=mine/);
});

test("a redirect is not followed, to nowhere", async () => {
  const elsewhere = await receiver();
  const { url } = await receiver(
    (_request, response) => void response.writeHead(307, { location: elsewhere.url }).end(),
  );
  expect(await target().deliver(delivery({ url }, {}))).toMatchObject({ kind: "permanent" });
  expect(elsewhere.seen).toEqual([]);
});

test.each([
  ["seconds", () => "7", 7_000, 7_000],
  ["a date", () => new Date(Date.now() + 60_000).toUTCString(), 55_000, 60_000],
  ["years", () => "999999999", 86_400_000, 86_400_000],
  ["nonsense", () => "soon", undefined, undefined],
])("Retry-After in %s", async (_name, value, least, most) => {
  const { url } = await receiver(
    (_request, response) => void response.writeHead(503, { "retry-after": value() }).end(),
  );
  const result = await target().deliver(delivery({ url }, {}));
  if (result.kind !== "transient") throw new Error(result.kind);
  if (least === undefined) expect(result.retryAfterMs).toBeUndefined();
  else {
    expect(result.retryAfterMs).toBeGreaterThanOrEqual(least);
    expect(result.retryAfterMs).toBeLessThanOrEqual(most ?? 0);
  }
});

test("nobody there, and a name that is not known, are transient: nothing was sent", async () => {
  for (const url of ["http://127.0.0.1:1/", "http://nowhere.invalid/"]) {
    expect(await target().deliver(delivery({ url }, {}))).toMatchObject({
      kind: "transient",
      failure: { class: "unavailable" },
    });
  }
});

test("a connection that is cut after the request left is unknown", async () => {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on("data", () => socket.destroy());
    socket.on("error", () => undefined);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  opened.push({ close: () => new Promise((closed) => server.close(closed)) });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const result = await target().deliver(delivery({ url: `http://127.0.0.1:${port}/` }, {}));
  expect(result).toMatchObject({ kind: "unknown", failure: { message: expect.stringContaining("cut") } });
});

test("an answer that does not come in time is unknown, and a stop breaks the wait off", async () => {
  const { url } = await receiver(() => undefined);
  const late = await target({ timeout: 50 }).deliver(delivery({ url }, {}));
  expect(late).toMatchObject({ kind: "unknown", failure: { message: expect.stringContaining("0.05 s") } });
  const stop = new AbortController();
  const waiting = target().deliver(delivery({ url }, {}, { signal: stop.signal }));
  setTimeout(() => stop.abort(), 30);
  expect(await waiting).toMatchObject({ kind: "unknown", failure: { message: expect.stringContaining("stopped") } });
});

test("an endless answer does not fill the memory, and the next delivery goes on", async () => {
  let endless = true;
  const { url } = await receiver((_request, response) => {
    if (!endless) return void response.end();
    response.writeHead(200);
    const more = (): void => {
      if (!response.destroyed && response.write("x".repeat(65_536))) setImmediate(more);
      else response.once("drain", more);
    };
    more();
  });
  const out = target({ timeout: 2_000 });
  expect(await out.deliver(delivery({ url }, {}))).toMatchObject({ kind: "delivered" });
  endless = false;
  expect(await out.deliver(delivery({ url }, {}))).toMatchObject({ kind: "delivered" });
});

test("headers with line breaks, and names that are none, never leave", async () => {
  const { seen, url } = await receiver();
  const bad: Json[] = [{ "x-a": "1\r\nx-b: 2" }, { "x a": "1" }, { "x-a\n": "1" }];
  for (const headers of bad) {
    expect(await target().deliver(delivery({ url, headers }, {}))).toMatchObject({
      kind: "permanent",
      failure: { class: "invalid" },
    });
  }
  expect(seen).toEqual([]);
});
