// OAuth 2.0 client credentials against a real token server and a real API: one token for all who wait, kept, renewed in
// time and when it is refused, and never shown.

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { afterEach, expect, test } from "vitest";
import { openHttpCall, openHttpTarget } from "../../connectors/http/target.ts";
import { networks } from "../../connectors/network.ts";
import type { Clock, OpenTarget } from "../../schema/connector.ts";
import type { JsonObject } from "../../schema/json.ts";
import { delivery, targetContext } from "../rig/connector.ts";
import { type HttpServerRig, httpServer } from "../rig/http-server.ts";
import { until } from "../rig/wait.ts";

const loopback = networks(["loopback"])("acme");
const opened: (() => PromiseLike<unknown>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

interface World {
  readonly api: HttpServerRig;
  readonly issuer: HttpServerRig;
  /** Tokens that the API takes. */
  readonly good: Set<string>;
  /** What the issuer answers; a new token, good for an hour, unless set. */
  issue: (response: ServerResponse, nth: number, request: IncomingMessage) => void;
}

async function world(): Promise<World> {
  const good = new Set<string>();
  const check: RequestListener = (request, response) => {
    const token = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
    response.writeHead(good.has(token) ? 200 : 401).end(good.has(token) ? '{"ok":true}' : "");
  };
  const api = await httpServer(check);
  const issuer = await httpServer((request, response) => made.issue(response, issuer.seen.length, request));
  const made: World = {
    api,
    issuer,
    good,
    issue: (response, nth) => {
      good.add(`token-${nth}`);
      answerToken(response, { access_token: `token-${nth}`, token_type: "Bearer", expires_in: 3600 });
    },
  };
  opened.push(
    () => api[Symbol.asyncDispose](),
    () => issuer[Symbol.asyncDispose](),
  );
  return made;
}

const answerToken = (response: ServerResponse, body: JsonObject, status = 200): void =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

const connectionOf = ({ api, issuer }: World, more: JsonObject = {}): JsonObject => ({
  url: api.url,
  oauth2: {
    "token-url": `${issuer.url}/token?for=erp`,
    "client-id": "vrsky",
    "client-secret": "hush & never: tell",
    scopes: ["orders.write", "orders.read"],
    ...more,
  },
});

function target(connection: JsonObject, clock?: Clock): OpenTarget {
  const made = openHttpTarget(targetContext({ connection, timeout: 5_000 }, clock), loopback);
  opened.push(() => made.close());
  return made;
}

const tokens = ({ api }: World) => api.seen.map(({ headers }) => headers.authorization);

test("a token is asked for by the rules, once, and used for what follows", async () => {
  const all = await world();
  const out = target(connectionOf(all));
  for (const id of ["a", "b", "c"]) {
    expect(await out.deliver(delivery({}, { id }, { id }))).toMatchObject({ kind: "delivered" });
  }
  expect(tokens(all)).toEqual(["Bearer token-1", "Bearer token-1", "Bearer token-1"]);
  expect(all.issuer.seen).toHaveLength(1);
  const [asked] = all.issuer.seen;
  expect(asked).toMatchObject({ method: "POST", url: "/token?for=erp" });
  expect(asked?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
  // RFC 6749 §2.3.1: both parts are form-encoded before they become a login.
  expect(asked?.headers.authorization).toBe(`Basic ${btoa("vrsky:hush+%26+never%3A+tell")}`);
  expect(Object.fromEntries(new URLSearchParams(asked?.text))).toEqual({
    grant_type: "client_credentials",
    scope: "orders.write orders.read",
  });
});

test("a server that wants the secret in the form, and further fields", async () => {
  const all = await world();
  const more = { send: "body", parameters: { audience: "https://erp" } };
  expect(await target(connectionOf(all, more)).deliver(delivery({}, {}))).toMatchObject({ kind: "delivered" });
  expect(all.issuer.seen[0]?.headers).not.toHaveProperty("authorization");
  expect(Object.fromEntries(new URLSearchParams(all.issuer.seen[0]?.text))).toMatchObject({
    client_id: "vrsky",
    client_secret: "hush & never: tell",
    audience: "https://erp",
  });
});

test("fifty that wait share one request for a token", async () => {
  const all = await world();
  const { issue } = all;
  let answer: (() => void) | undefined;
  all.issue = (response, nth, request) => {
    answer = () => issue(response, nth, request);
  };
  const out = target(connectionOf(all));
  const sent = Array.from({ length: 50 }, (_, n) => out.deliver(delivery({}, {}, { id: `m-${n}` })));
  (await until("the issuer is asked", () => answer))();
  expect((await Promise.all(sent)).every(({ kind }) => kind === "delivered")).toBe(true);
  expect(all.issuer.seen).toHaveLength(1);
});

test("near its end a token is renewed while it is still used; after its end nobody uses it", async () => {
  let now = 1_000_000;
  const clock: Clock = { now: () => 0, steady: () => now, after: () => () => undefined };
  const all = await world();
  const out = target(connectionOf(all), clock);
  const send = async () => expect(await out.deliver(delivery({}, {}))).toMatchObject({ kind: "delivered" });
  await send();
  now += 3_500_000;
  await send();
  expect(all.issuer.seen).toHaveLength(1);
  // 59 s are left: this one still goes with the old one, and a new one is fetched beside it.
  now += 41_000;
  await send();
  await until("it is renewed", () => all.good.has("token-2"));
  await until("the new one is used", async () => {
    await send();
    return tokens(all).at(-1) === "Bearer token-2";
  });
  expect(tokens(all).slice(0, 3)).toEqual(["Bearer token-1", "Bearer token-1", "Bearer token-1"]);
  expect(all.issuer.seen).toHaveLength(2);
  now += 3_600_000;
  await send();
  expect(tokens(all).at(-1)).toBe("Bearer token-3");
});

test("a token that is refused is replaced and the request repeated, once", async () => {
  const all = await world();
  const out = target(connectionOf(all));
  await out.deliver(delivery({}, {}));
  all.good.clear();
  expect(await out.deliver(delivery({}, { a: 1 }, { id: "again" }))).toMatchObject({ kind: "delivered" });
  expect(tokens(all)).toEqual(["Bearer token-1", "Bearer token-1", "Bearer token-2"]);
  const [, first, second] = all.api.seen;
  expect(second?.text).toBe(first?.text);
  expect(second?.headers["idempotency-key"]).toBe("again");
  // A server that takes none of them is not asked a third time.
  all.issue = (response, nth) => answerToken(response, { access_token: `wrong-${nth}` });
  all.good.clear();
  expect(await out.deliver(delivery({}, {}))).toMatchObject({
    kind: "permanent",
    failure: { class: "rejected", status: 401 },
  });
  expect(all.issuer.seen).toHaveLength(3);
  expect(all.api.seen).toHaveLength(5);
});

test("many that meet a refused token fetch one new one between them", async () => {
  const all = await world();
  const out = target(connectionOf(all));
  await out.deliver(delivery({}, {}));
  all.good.clear();
  const sent = Array.from({ length: 20 }, (_, n) => out.deliver(delivery({}, {}, { id: `m-${n}` })));
  expect((await Promise.all(sent)).every(({ kind }) => kind === "delivered")).toBe(true);
  expect(all.issuer.seen).toHaveLength(2);
});

test.each<[string, (response: ServerResponse) => void, string]>([
  [
    "a wrong secret",
    (r) => answerToken(r, { error: "invalid_client", error_description: "hush" }, 401),
    "answered 401 Unauthorized (invalid_client)",
  ],
  ["a wrong scope", (r) => answerToken(r, { error: "invalid_scope" }, 400), "answered 400 Bad Request (invalid_scope)"],
  ["an error that is no code", (r) => answerToken(r, { error: "hush <script>" }, 400), "answered 400 Bad Request"],
  ["a server in trouble", (r) => answerToken(r, {}, 503), "answered 503"],
  ["no JSON", (r) => void r.end("<html>hush</html>"), "without an `access_token`"],
  ["no token", (r) => answerToken(r, { token: "hush" }), "without an `access_token`"],
  ["a token with a line break", (r) => answerToken(r, { access_token: "hush\r\nx: y" }), "without an `access_token`"],
  ["another type", (r) => answerToken(r, { access_token: "hush", token_type: "mac" }), "not of the type Bearer"],
  ["far too much", (r) => void r.end(`{"access_token":"${"hush".repeat(100_000)}"}`), "without an `access_token`"],
  ["nothing", (r) => void r.socket?.destroy(), "the connection was cut"],
])("%s: no message is sent or lost, it is tried again, and no secret is told", async (_name, answer, says) => {
  const all = await world();
  all.issue = answer;
  const result = await target(connectionOf(all)).deliver(delivery({}, {}));
  expect(result).toMatchObject({
    kind: "transient",
    failure: { class: "unavailable", message: expect.stringContaining("no token: POST http://127.0.0.1:") },
  });
  expect(result).toMatchObject({ failure: { message: expect.stringContaining(says) } });
  expect(JSON.stringify(result)).not.toMatch(/hush|for=erp/);
  expect(all.api.seen).toEqual([]);
});

test("an issuer that says when to come again is listened to", async () => {
  const all = await world();
  all.issue = (response) => void response.writeHead(429, { "retry-after": "7" }).end();
  expect(await target(connectionOf(all)).deliver(delivery({}, {}))).toMatchObject({
    kind: "transient",
    retryAfterMs: 7_000,
  });
});

test("after a failure the next message asks anew", async () => {
  const all = await world();
  const { issue } = all;
  all.issue = (response) => answerToken(response, {}, 500);
  const out = target(connectionOf(all));
  expect(await out.deliver(delivery({}, {}))).toMatchObject({ kind: "transient" });
  all.issue = issue;
  expect(await out.deliver(delivery({}, {}))).toMatchObject({ kind: "delivered" });
});

test("a worker that stops waits for no issuer, and what was not sent is not unknown", async () => {
  const all = await world();
  all.issue = () => undefined;
  const stop = new AbortController();
  const waiting = target(connectionOf(all)).deliver(delivery({}, {}, { signal: stop.signal }));
  await until("the issuer is asked", () => all.issuer.seen.length === 1);
  stop.abort();
  expect(await waiting).toMatchObject({ kind: "transient", failure: { message: expect.stringContaining("stopped") } });
});

test("a call asks with a token too, and the question that answers are kept for has none in it", async () => {
  const all = await world();
  const ask = openHttpCall(targetContext({ connection: connectionOf(all) }), loopback);
  opened.push(() => ask.close());
  expect(await ask.deliver(delivery({ path: "/x" }, {}))).toMatchObject({ kind: "delivered", answer: { ok: true } });
  expect(JSON.stringify(ask.question?.({ settings: { path: "/x" }, body: {} }))).not.toMatch(/token|hush/);
});

test("a login of the author's own wins, and then no token is asked for", async () => {
  const all = await world();
  all.good.add("own");
  const result = await target(connectionOf(all)).deliver(delivery({ headers: { Authorization: "Bearer own" } }, {}));
  expect(result).toMatchObject({ kind: "delivered" });
  expect(all.issuer.seen).toEqual([]);
});

test("a token URL that is none stops the start", () => {
  const oauth2 = { "token-url": "token", "client-id": "a", "client-secret": "b" };
  expect(() => target({ url: "http://127.0.0.1:1", oauth2 })).toThrow("`token-url` must be a URL");
});
