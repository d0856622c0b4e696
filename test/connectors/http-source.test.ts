// The webhook over a real socket: what is answered when, what is stored, and what hostile senders get.

import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { httpConnector } from "../../connectors/http/connector.ts";
import type { Limits } from "../../connectors/http/listener.ts";
import type { Connector } from "../../schema/connector.ts";
import type { JsonObject, JsonSchema } from "../../schema/json.ts";
import { type SourceRig, sourceRig } from "../rig/connector.ts";
import { until } from "../rig/wait.ts";

const open: Connector[] = [];

afterEach(async () => {
  for (const connector of open.splice(0)) await connector.close?.();
});

interface Hook {
  readonly rig: SourceRig;
  readonly port: number;
  readonly stop: () => Promise<void>;
}

async function hook(settings: JsonObject = {}, limits: Partial<Limits> = {}, contract?: JsonSchema): Promise<Hook> {
  let port = 0;
  const connector = httpConnector({
    port: 0,
    host: "127.0.0.1",
    limits,
    onListening: (opened) => {
      port = opened;
    },
  });
  open.push(connector);
  const rig = sourceRig({
    settings: { path: "/in", ...settings },
    ...(contract === undefined ? {} : { contract }),
  });
  const source = await connector.startSource?.(rig.context);
  return { rig, port, stop: async () => void (await source?.stop()) };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: JsonObject;
}

function send(port: number, body: string | Uint8Array, options: Partial<Request> = {}): Promise<Answer> {
  const { method = "POST", path = "/acme/in", headers = {} } = options;
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, host: "127.0.0.1", method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text || "{}") });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The bytes as they are; resolves with all that came back when the other side closes. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString();
    });
    socket.on("error", () => resolve(text));
    socket.on("close", () => resolve(text));
  });
}

/** A first part, and then a byte now and then; resolves with what came back when the other side closes. */
function dripped(port: number, part: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(part));
    const drip = setInterval(() => socket.write("x"), 40);
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearInterval(drip);
      resolve(text);
    });
  });
}

test("202 with the id, only once the message is stored", async () => {
  const { rig, port } = await hook();
  let store: (() => void) | undefined;
  rig.answer = () =>
    new Promise((resolve) => {
      store = () => resolve({ kind: "stored", id: "o-1", sequence: 7, duplicate: false });
    });
  let answered = false;
  const answer = send(port, '{"id":"o-1"}').finally(() => {
    answered = true;
  });
  await until("it is handed over", () => store);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(answered).toBe(false);
  store?.();
  expect(await answer).toMatchObject({ status: 202, body: { id: "o-1" } });
});

test("what could not be stored is a 503 that says when to come again", async () => {
  const { rig, port } = await hook();
  rig.answer = () => ({ kind: "unavailable", reason: "secret internals", retryAfterSeconds: 1.2 });
  const answer = await send(port, "{}");
  expect(answer.status).toBe(503);
  expect(answer.headers["retry-after"]).toBe("2");
  expect(JSON.stringify(answer.body)).not.toContain("secret internals");
});

test("a tenant that takes in as much as it may is a 429, with the time until there is room", async () => {
  const { rig, port } = await hook();
  rig.answer = () => ({ kind: "unavailable", limited: true, reason: "secret figures", retryAfterSeconds: 0.2 });
  const answer = await send(port, "{}");
  expect(answer.status).toBe(429);
  expect(answer.headers["retry-after"]).toBe("1");
  expect(JSON.stringify(answer.body)).not.toContain("secret figures");
});

test("what does not fit the contract is a 422 with each issue", async () => {
  const { rig, port } = await hook();
  rig.answer = () => ({ kind: "invalid", issues: [{ path: "/id", message: "is required" }] });
  const answer = await send(port, "{}");
  expect(answer).toMatchObject({
    status: 422,
    body: { error: "The body does not fit its contract.", issues: [{ path: "/id", message: "is required" }] },
  });
  const issues = [{ path: "", message: "the message id is longer than 1024 characters" }];
  rig.answer = () => ({ kind: "invalid", issues, fits: true });
  const other = await send(port, "{}");
  expect(other).toMatchObject({ status: 422, body: { error: "The message cannot be taken.", issues } });
});

test.each([
  ["not JSON", '{"id": "top-secret', "not valid JSON"],
  ["empty", "", "it is empty"],
  ["not UTF-8", Buffer.from([0x22, 0xff, 0x22]), "not UTF-8"],
  ["a NUL", Buffer.from([0]), "not valid JSON"],
  ["100,000 deep", "[".repeat(100_000), "nests deeper than 256"],
  ["too deep", `${"[".repeat(300)}${"]".repeat(300)}`, "nests deeper than 256"],
])("a body that is %s is a 400, stored nowhere and not quoted", async (_name, body, says) => {
  const { rig, port } = await hook();
  const answer = await send(port, body);
  expect(answer.status).toBe(400);
  expect(JSON.stringify(answer.body)).toContain(says);
  expect(JSON.stringify(answer.body)).not.toContain("top-secret");
  expect(rig.taken).toEqual([]);
  expect(rig.refused).toMatchObject([{ kind: "invalid" }]);
});

test("the body is handed over byte for byte, without its byte order mark", async () => {
  const { rig, port } = await hook();
  await send(port, '\ufeff{ "a":1.0,\n"__proto__":{"x":1}, "b":"\\u00e5" }');
  expect(Buffer.from(rig.taken[0]?.body ?? []).toString()).toBe('{ "a":1.0,\n"__proto__":{"x":1}, "b":"\\u00e5" }');
  expect(Object.keys(rig.taken[0]?.value as object)).toEqual(["a", "__proto__", "b"]);
  expect(Object.hasOwn(Object.prototype, "x")).toBe(false);
});

test("format text hands the body over as a string", async () => {
  const { rig, port } = await hook({ format: "text" });
  await send(port, 'line "one"\n');
  expect(rig.taken[0]?.value).toBe('line "one"\n');
});

test("format form: fields by name, what comes several times is a list, types by the contract", async () => {
  const contract = {
    type: "object",
    properties: {
      n: { type: "integer" },
      ok: { type: "boolean" },
      tags: { type: "array", items: { type: "integer" } },
    },
  };
  const { rig, port } = await hook({ format: "form" }, {}, contract);
  const form = "text=a+b%26%C3%A5&n=7&ok=true&tags=1&more=x&more=y&empty=&__proto__=z";
  expect((await send(port, form)).status).toBe(202);
  expect(JSON.parse(Buffer.from(rig.taken[0]?.body ?? []).toString())).toEqual(
    JSON.parse('{"text":"a b&å","n":7,"ok":true,"tags":[1],"more":["x","y"],"empty":"","__proto__":"z"}'),
  );
  for (const bad of ["a=%zz", "a=%ff", Buffer.from([0x61, 0x3d, 0xff]), "a=b\n", "a&".repeat(1_002), '{"a": 1}']) {
    const answer = await send(port, bad);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatch(/The body cannot be read: it /);
  }
  expect(rig.taken).toHaveLength(1);
});

test("another method is a 405 with Allow, another path a 404, a query does not matter", async () => {
  const { rig, port } = await hook({ methods: ["POST", "PUT"] });
  const wrong = await send(port, "", { method: "DELETE" });
  expect(wrong.status).toBe(405);
  expect(wrong.headers.allow).toBe("POST, PUT");
  for (const path of ["/in", "/acme/in/", "/acme/IN", "/other/in", "/acme/%69n", "/acme/x/../in"]) {
    expect((await send(port, "{}", { path })).status).toBe(404);
  }
  expect((await send(port, "{}", { path: "/acme/in?a=b" })).status).toBe(202);
  expect((await send(port, "{}", { method: "PUT" })).status).toBe(202);
  expect(rig.taken).toHaveLength(2);
});

test("a body that is too large is a 413, told by its length or found on the way", async () => {
  const { rig, port } = await hook({ "max-body": 1_000 });
  expect((await send(port, JSON.stringify("x".repeat(2_000)))).status).toBe(413);
  expect((await send(port, Buffer.alloc(10 * 1024 * 1024, "x"))).status).toBe(413);
  const chunked = await raw(
    port,
    `POST /acme/in HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n7d0\r\n${"x".repeat(2_000)}\r\n0\r\n\r\n`,
  );
  expect(chunked).toContain("413");
  expect((await send(port, JSON.stringify("x".repeat(998)))).status).toBe(202);
  expect(rig.taken).toHaveLength(1);
});

test("compressed bodies are a 415", async () => {
  const { port } = await hook();
  expect((await send(port, "x", { headers: { "content-encoding": "gzip" } })).status).toBe(415);
});

test("headers are stored in lower case, without credentials and without what belongs to the connection", async () => {
  const { rig, port } = await hook({ auth: { "api-key": { header: "X-Partner", key: "k" } } });
  const headers = {
    "X-Shop": "Lund",
    "X-Partner": "k",
    Authorization: "Bearer t",
    Cookie: "c=1",
    "Vrsky-Replay": "not-one",
    Traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "Idempotency-Key": "key-1",
  };
  await send(port, "{}", { headers });
  const [message] = rig.taken;
  expect(message?.headers).toMatchObject({ "x-shop": "Lund" });
  for (const name of ["x-partner", "authorization", "cookie", "connection", "content-length", "vrsky-replay"]) {
    expect(message?.headers).not.toHaveProperty(name);
  }
  expect(message?.id).toBe("key-1");
  expect(message?.traceparent).toBe("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
});

test.each([
  ["basic", { basic: { username: "shop", password: ["old", "new"] } }, { authorization: `Basic ${btoa("shop:new")}` }],
  ["bearer", { bearer: "token-1" }, { authorization: "bearer token-1" }],
  ["api-key", { "api-key": { key: "key-1" } }, { "x-api-key": "key-1" }],
])("auth %s: right is taken, wrong and missing are 401 with a challenge", async (_name, auth, right) => {
  const { rig, port } = await hook({ auth });
  expect((await send(port, "{}", { headers: right })).status).toBe(202);
  const [name = "", value = ""] = Object.entries(right)[0] ?? [];
  for (const headers of [
    {},
    { [name]: value.replace(/.{4}$/, "AAAA") },
    { [name]: value.slice(0, -4) },
    { [name]: "" },
  ]) {
    const answer = await send(port, "{}", { headers });
    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toBeDefined();
  }
  expect(rig.taken).toHaveLength(1);
  expect(rig.refused.every(({ kind }) => kind === "unauthorized")).toBe(true);
});

test("a source that stops finishes what it has in hand and sends the next ones away for a while", async () => {
  const { rig, port, stop } = await hook();
  let store: (() => void) | undefined;
  rig.answer = () =>
    new Promise((resolve) => {
      store = () => resolve({ kind: "stored", id: "a", sequence: 1, duplicate: false });
    });
  const first = send(port, "{}");
  await until("it is in hand", () => store);
  const stopping = stop();
  const late = await send(port, "{}");
  expect(late.status).toBe(503);
  expect(Number(late.headers["retry-after"])).toBeGreaterThan(0);
  store?.();
  expect((await first).status).toBe(202);
  await stopping;
});

test("hostile requests are cut or answered, and the next one is served", async () => {
  const { rig, port } = await hook(
    {},
    { headersTimeout: 200, requestTimeout: 400, checkEvery: 50, headerBytes: 2_048 },
  );
  expect(await raw(port, "nonsense\r\n\r\n")).toContain("400");
  expect(await raw(port, `POST /acme/in HTTP/1.1\r\nhost: x\r\nx-big: ${"x".repeat(4_000)}\r\n\r\n`)).toContain("431");
  // Two lengths: a door for request smuggling.
  const both = "POST /acme/in HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}";
  expect(await raw(port, both)).toContain("400");
  expect(
    await raw(port, "POST /acme/in HTTP/1.1\r\nhost: x\r\nx-a: b\u0000c\r\ncontent-length: 2\r\n\r\n{}"),
  ).toContain("400");
  // Slow: the headers never end; the body never comes.
  expect(await raw(port, "POST /acme/in HTTP/1.1\r\nhost:")).toMatch(/^(?:HTTP\/1\.1 408.*)?/s);
  expect(await raw(port, "POST /acme/in HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{")).toMatch(/408|^$/);
  expect(rig.taken).toEqual([]);
  expect((await send(port, "{}")).status).toBe(202);
});

test("who sends slowly holds up nobody, and is cut", async () => {
  const { rig, port } = await hook({}, { headersTimeout: 300, requestTimeout: 600, checkEvery: 50 });
  const parts = ["POST /acme/in HTTP/1.1\r\n", "POST /acme/in HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{"];
  const slow = Array.from({ length: 100 }, (_, n) => dripped(port, parts[n % 2] ?? ""));
  for (let n = 0; n < 20; n += 1) expect((await send(port, "{}")).status).toBe(202);
  for (const text of await Promise.all(slow)) expect(text).toMatch(/^$|^HTTP\/1\.1 40[08] /);
  expect(rig.taken).toHaveLength(20);
});

test("floods of headers, and lengths that contradict each other, are refused", async () => {
  const { rig, port } = await hook({}, { headerBytes: 8_192 });
  const head = "POST /acme/in HTTP/1.1\r\nhost: x\r\n";
  const many = Array.from({ length: 3_000 }, (_, n) => `h${n}: 1\r\n`).join("");
  expect(await raw(port, `${head}${many}\r\n`)).toContain(" 431 ");
  for (const lengths of [
    "content-length: 2\r\ntransfer-encoding: chunked",
    "transfer-encoding: chunked\r\ncontent-length: 2",
    "content-length: 2\r\ncontent-length: 3",
    "content-length: -1",
    "content-length: 2, 3",
    "transfer-encoding: identity, chunked, gzip",
    "transfer-encoding : chunked",
  ]) {
    expect(await raw(port, `${head}${lengths}\r\n\r\n{}\r\n`)).toContain(" 400 ");
  }
  expect(rig.taken).toEqual([]);
});

test("bodies of all requests together are bounded", async () => {
  const { port } = await hook({ "max-body": 100_000 }, { bodyBytes: 50_000 });
  const answer = await send(port, JSON.stringify("x".repeat(60_000)));
  expect(answer.status).toBe(503);
  expect((await send(port, JSON.stringify("x".repeat(30_000)))).status).toBe(202);
  expect((await send(port, JSON.stringify("x".repeat(30_000)))).status).toBe(202);
});

test("a port in use is told in one line", async () => {
  const { port } = await hook();
  const second = httpConnector({ port, host: "127.0.0.1" });
  const { context } = sourceRig({ settings: { path: "/in" } });
  await expect(second.startSource?.(context)).rejects.toThrow(`HTTP port 127.0.0.1:${port} is in use`);
});
