// Requests as they arrive at a real server, and what each answer or break means for the message.

import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { openHttpCall, openHttpTarget } from "../../connectors/http/target.ts";
import { networks } from "../../connectors/network.ts";
import type { OpenTarget } from "../../schema/connector.ts";
import type { Json, JsonObject } from "../../schema/json.ts";
import { delivery, targetContext } from "../rig/connector.ts";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly bytes: Buffer;
}

const loopback = networks(["loopback"])("acme");
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
    seen.push({ method, url, headers, text: Buffer.concat(chunks).toString(), bytes: Buffer.concat(chunks) });
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
  const made = openHttpTarget(targetContext(settings), loopback);
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

test("a payload of multipart: fields and files as a browser sends them, the same bytes on every attempt", async () => {
  const { seen, url } = await receiver();
  const png = Buffer.from([0x89, 0x50, 0x0d, 0x0a, 0x00, 0xff]);
  const multipart = {
    order: 'A"1\r\n',
    n: 7,
    ok: true,
    missing: null,
    'å"\r\nx: y': "name",
    note: { filename: 'no"te\n.txt', text: "hej å" },
    scan: { filename: "scan.png", type: "image/png", base64: png.toString("base64") },
  };
  const out = target();
  for (const attempt of [1, 2]) await out.deliver(delivery({ url, multipart }, {}, { attempt }));
  const [first, second] = seen;
  expect(second?.headers["content-type"]).toBe(first?.headers["content-type"]);
  expect(second?.bytes.equals(first?.bytes ?? Buffer.of())).toBe(true);
  // Read by the platform's own reader of such bodies.
  const type = first?.headers["content-type"] ?? "";
  const form = await new Response(first?.bytes, { headers: { "content-type": type } }).formData();
  expect([...form.keys()]).toEqual(["order", "n", "ok", 'å"\r\nx: y', "note", "scan"]);
  expect([form.get("order"), form.get("n"), form.get("ok")]).toEqual(['A"1\r\n', "7", "true"]);
  const [note, scan] = [form.get("note"), form.get("scan")];
  if (!(note instanceof File && scan instanceof File)) throw new Error("no files");
  expect([note.name, note.type, await note.text()]).toEqual(['no"te\n.txt', "text/plain; charset=utf-8", "hej å"]);
  expect([scan.name, scan.type]).toEqual(["scan.png", "image/png"]);
  expect(Buffer.from(await scan.arrayBuffer()).equals(png)).toBe(true);
});

test.each<[string, JsonObject]>([
  ["a list", { a: [1] }],
  ["a file without a name", { a: { text: "x" } }],
  ["no base64", { a: { filename: "x", base64: "%%%" } }],
  ["a type with a line break", { a: { filename: "x", text: "x", type: "text/plain\r\nx: y" } }],
])("a payload of multipart with %s is refused for good and never sent", async (_name, multipart) => {
  const { seen, url } = await receiver();
  expect(await target().deliver(delivery({ url, multipart }, {}))).toMatchObject({
    kind: "permanent",
    failure: { class: "invalid" },
  });
  expect(seen).toEqual([]);
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

test.each([
  ["POST", 307, true],
  ["PUT", 308, true],
  ["POST", 301, false],
  ["POST", 302, false],
  ["POST", 303, false],
  ["GET", 301, true],
  ["GET", 302, true],
  ["GET", 303, true],
])("%s answered with %i within the same origin is followed: %s", async (method, status, follows) => {
  const { seen, url } = await receiver((request, response) => {
    if (request.url === "/here") response.writeHead(status, { location: "/there?x=1" });
    response.end();
  });
  const headers = { authorization: "Bearer t" };
  const result = await target({ method }).deliver(delivery({ url: `${url}/here`, headers }, { a: 1 }));
  expect(result).toMatchObject(follows ? { kind: "delivered" } : { kind: "permanent", failure: { class: "rejected" } });
  expect(seen.map(({ url }) => url)).toEqual(follows ? ["/here", "/there?x=1"] : ["/here"]);
  if (follows)
    expect(seen[1]).toMatchObject({ method, text: seen[0]?.text, headers: { ...headers, "idempotency-key": "m-1" } });
});

test("a redirect that goes in circles ends", async () => {
  const { seen, url } = await receiver((_request, response) => void response.writeHead(307, { location: "/" }).end());
  expect(await target().deliver(delivery({ url }, {}))).toMatchObject({ kind: "permanent", failure: { status: 307 } });
  expect(seen).toHaveLength(6);
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

test.each([
  ["is no HTTP", "SSH-2.0-OpenSSH_9.2 hush\r\n", "its answer is no HTTP"],
  [
    "has too many headers",
    `HTTP/1.1 200 OK\r\n${"x: hush\r\n".repeat(10_000)}\r\n`,
    "headers of its answer are too large",
  ],
  ["ends in its head", "HTTP/1.1 200 OK\r\nx: hush", "the connection was cut"],
  [
    "has two lengths",
    "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nhush",
    "its answer contradicts its own length",
  ],
])("an answer that %s is unknown, and not quoted", async (_name, answer, says) => {
  const server = createTcpServer((socket) => {
    socket.on("data", () => socket.end(answer));
    socket.on("error", () => undefined);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  opened.push({ close: () => new Promise((closed) => server.close(closed)) });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const result = await target({ timeout: 5_000 }).deliver(delivery({ url: `http://127.0.0.1:${port}/` }, {}));
  expect(result).toMatchObject({
    kind: "unknown",
    failure: { class: "unavailable", message: expect.stringContaining(says) },
  });
  expect(JSON.stringify(result)).not.toContain("hush");
});

test("an answer that drips ends with the time that it has as a whole", async () => {
  const { url } = await receiver((_request, response) => {
    response.writeHead(200, { "content-length": "1000" });
    const drip = setInterval(() => response.write("x"), 20);
    response.on("close", () => clearInterval(drip));
  });
  const ask = openHttpCall(targetContext({ timeout: 200 }), loopback);
  opened.push(ask);
  expect(await ask.deliver(delivery({ url }, {}))).toMatchObject({
    kind: "unknown",
    failure: { message: expect.stringContaining("no complete answer within 0.2 s") },
  });
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

test.each<[string, string | Buffer, Readonly<Record<string, string>>, unknown]>([
  ["JSON", '{"a":[1]}', { "content-type": "application/problem+json" }, { kind: "delivered", answer: { a: [1] } }],
  ["nothing", "", {}, { kind: "delivered", answer: null }],
  ["text", "hej å", { "content-type": "text/plain" }, { kind: "delivered", answer: "hej å" }],
  ["more than 4 MiB", "x".repeat(4 * 1024 * 1024 + 1), {}, "answered more than 4194304 bytes"],
  ["JSON that is none", "hush", {}, "answered JSON that cannot be read: it is not valid JSON"],
  ["JSON 100,000 deep", "[".repeat(100_000), {}, "nests deeper than 256 levels"],
  ["what is not UTF-8", Buffer.from([0x22, 0xff, 0x22]), {}, "it is not UTF-8"],
  ["text that is not UTF-8", Buffer.from([0xff]), { "content-type": "text/plain" }, "something that is not UTF-8"],
  ["a bomb of gzip", gzipSync(Buffer.alloc(16 * 1024 * 1024)), { "content-encoding": "gzip" }, "a compressed body"],
])("a call that is answered with %s", async (_name, body, headers, wanted) => {
  const { url } = await receiver((_request, response) => void response.writeHead(200, headers).end(body));
  const ask = openHttpCall(targetContext({}), loopback);
  opened.push(ask);
  const result = await ask.deliver(delivery({ url: `${url}/?token=hush` }, {}));
  const refused = {
    kind: "permanent",
    failure: { class: "invalid", message: expect.stringContaining(String(wanted)) },
  };
  expect(result).toMatchObject(typeof wanted === "string" ? refused : Object(wanted));
  expect(JSON.stringify(result)).not.toContain("hush");
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
