// CloudEvents against the official SDK, over real HTTP and a real NATS server, in both modes and both ways; and what is
// no CloudEvent, refused in words.

import { request } from "node:http";
import { type Msg, headers as natsHeaders } from "@nats-io/nats-core";
import { CloudEvent, HTTP, type Message } from "cloudevents";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { natsDoor } from "../../cli/nats-door.ts";
import { readEvents } from "../../connectors/cloud-events-read.ts";
import { decodeHeader, encodeHeader } from "../../connectors/cloud-events-text.ts";
import { httpConnector } from "../../connectors/http/connector.ts";
import { openHttpTarget } from "../../connectors/http/target.ts";
import { startNatsSource } from "../../connectors/nats/source.ts";
import { openNatsTarget } from "../../connectors/nats/target.ts";
import { networks } from "../../connectors/network.ts";
import { systemClock } from "../../runtime/clock.ts";
import { createLink } from "../../runtime/link.ts";
import type { Json, JsonObject } from "../../schema/json.ts";
import { compileTexts } from "../rig/compile.ts";
import { delivery, type SourceRig, sourceRig, targetContext } from "../rig/connector.ts";
import { httpServer } from "../rig/http-server.ts";
import { natsServer } from "../rig/nats.ts";
import { until } from "../rig/wait.ts";

const open: { close?(): Promise<unknown> }[] = [];
const silent = { info: () => undefined, warn: () => undefined };
const receivedAt = "2026-02-03T04:05:06.789Z";

afterEach(async () => {
  for (const each of open.splice(0)) await each.close?.();
});

async function webhook(settings: JsonObject = {}): Promise<{ readonly rig: SourceRig; readonly url: string }> {
  let port = 0;
  const onListening = (opened: number): void => {
    port = opened;
  };
  const connector = httpConnector({ port: 0, host: "127.0.0.1", onListening });
  open.push(connector);
  const rig = sourceRig({ settings: { path: "/in", envelope: "cloudevents", ...settings } });
  await connector.startSource?.(rig.context);
  return { rig, url: `http://127.0.0.1:${port}/acme/in` };
}

async function post(url: string, { headers, body }: Pick<Message, "headers" | "body">) {
  const response = await fetch(url, { method: "POST", headers: headers as Record<string, string>, body: String(body) });
  return { status: response.status, says: (await response.json()) as JsonObject };
}

const event = (more: Record<string, unknown> = {}) =>
  new CloudEvent({
    id: "e/1",
    source: "https://shop.example.com/orders",
    type: "com.example.order.paid",
    subject: "o-1",
    time: "2026-01-02T03:04:05.000Z",
    dataschema: "https://example.com/order.json",
    partitionkey: "eu",
    retries: 3,
    urgent: true,
    data: { id: "o-1", note: "påsk 🐣" },
    ...more,
  });

const asMeta = {
  id: "e/1",
  source: "https://shop.example.com/orders",
  type: "com.example.order.paid",
  subject: "o-1",
  time: "2026-01-02T03:04:05.000Z",
  dataschema: "https://example.com/order.json",
  extensions: { partitionkey: "eu", retries: "3", urgent: "true" },
};

const modes = ["binary", "structured"] as const;

test.each(modes)("http source: what the SDK sends in %s mode is data, attributes and an id", async (mode) => {
  const { rig, url } = await webhook();
  const sent = await post(url, HTTP[mode](event()));
  expect(sent).toEqual({ status: 202, says: { id: "https://shop.example.com/orders/e%2F1" } });
  expect(rig.taken).toMatchObject([
    { value: { id: "o-1", note: "påsk 🐣" }, id: sent.says.id, meta: { method: "POST", event: asMeta } },
  ]);
  expect(JSON.parse(Buffer.from(rig.taken[0]?.body ?? []).toString())).toEqual({ id: "o-1", note: "påsk 🐣" });
  expect(Object.keys(rig.taken[0]?.headers ?? {}).filter((name) => name.startsWith("ce-"))).toEqual([]);
});

test("http source: unicode in attributes, percent-encoded in a header and as it is in JSON; a trace inside of the event", async () => {
  const { rig, url } = await webhook();
  const subject = 'Euro € 😀 100% "x"';
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await post(url, HTTP.structured(event({ subject, traceparent })));
  const inHeaders = HTTP.binary(event({ traceparent }));
  const headers = { ...inHeaders.headers, "ce-subject": "Euro%20%E2%82%AC%20%f0%9f%98%80%20100%25%20%22x%22" };
  await post(url, { ...inHeaders, headers });
  expect(rig.taken.map(({ meta }) => meta.event)).toMatchObject([{ subject }, { subject }]);
  expect(rig.taken.map((message) => message.traceparent)).toEqual([traceparent, traceparent]);
});

test("http source: data in base64, no data, and a batch", async () => {
  const { rig, url } = await webhook();
  const plain = { specversion: "1.0", id: "1", source: "/a", type: "t" };
  const send = (body: Json, type = "application/cloudevents+json") =>
    post(url, { headers: { "content-type": type }, body: JSON.stringify(body) });
  await send({ ...plain, data_base64: Buffer.from('{"n":1}').toString("base64") });
  await send({ ...plain, subject: null });
  const batch = await send(
    [plain, { ...plain, id: "2", data: 2 }],
    "application/cloudevents-batch+json; charset=UTF-8",
  );
  expect(rig.taken.map(({ value }) => value)).toEqual([{ n: 1 }, null, null, 2]);
  expect(batch).toEqual({ status: 202, says: { ids: ["/a/1", "/a/2"] } });
  rig.answer = ({ id }) =>
    id === "/a/2" ? { kind: "invalid", issues: [] } : { kind: "stored", id: id ?? "", sequence: 1, duplicate: false };
  const partly = await send([plain, { ...plain, id: "2" }], "application/cloudevents-batch+json");
  expect(partly).toMatchObject({ status: 422, says: { event: 2 } });
});

const whole = { specversion: "1.0", id: "1", source: "/a", type: "t" };
const json = "application/cloudevents+json";
const inHeaders = { "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/a", "ce-type": "t" };

test.each<[number, string, Record<string, string>, string]>([
  [400, "is none: there is neither a header `ce-specversion` nor", { "content-type": "application/json" }, "{}"],
  [400, "has no header `ce-source`, no header `ce-type`.", { "ce-specversion": "1.0", "ce-id": "1" }, "{}"],
  [400, "has no `specversion`, no `id`, no `source`, no `type`.", { "content-type": json }, "{}"],
  [400, "is no JSON object", { "content-type": json }, "[]"],
  [400, "is no list", { "content-type": "application/cloudevents-batch+json" }, "{}"],
  [
    400,
    "number 2 of the batch has no `id`",
    { "content-type": "application/cloudevents-batch+json" },
    JSON.stringify([whole, { ...whole, id: null }]),
  ],
  [400, "cannot be read: it is not valid JSON", { "content-type": json }, "{"],
  [415, "is in another format", { "content-type": "application/cloudevents+avro" }, "x"],
  [415, "is in another charset", { "content-type": `${json}; charset=latin1` }, "{}"],
  [
    415,
    "has another `specversion` than 1.0",
    { "content-type": json },
    JSON.stringify({ ...whole, specversion: "0.3" }),
  ],
  [400, "has `id` that is empty", { "content-type": json }, JSON.stringify({ ...whole, id: "" })],
  [
    400,
    "has `source` that is not a URI reference",
    { "content-type": json },
    JSON.stringify({ ...whole, source: "a b" }),
  ],
  [
    400,
    "has `dataschema` that is not an absolute URI",
    { "content-type": json },
    JSON.stringify({ ...whole, dataschema: "/x" }),
  ],
  [
    400,
    "has `time` that is not a time",
    { "content-type": json },
    JSON.stringify({ ...whole, time: "2026-13-40T00:00:00Z" }),
  ],
  [
    400,
    "has `Partition`: names of attributes are",
    { "content-type": json },
    JSON.stringify({ ...whole, Partition: "x" }),
  ],
  [400, "has header `ce-my-key`: names of attributes are", { ...inHeaders, "ce-my-key": "x" }, "{}"],
  [
    400,
    "has `n`, which is neither text, whole number nor boolean",
    { "content-type": json },
    JSON.stringify({ ...whole, n: 1.5 }),
  ],
  [400, "has `x` that holds characters", { "content-type": json }, JSON.stringify({ ...whole, x: "\u0007" })],
  [400, "has a header `ce-subject` that is not percent-encoded UTF-8", { ...inHeaders, "ce-subject": "%C0%A0" }, "{}"],
  [
    400,
    "has header `ce-datacontenttype`: `content-type` says it",
    { ...inHeaders, "ce-datacontenttype": "application/json" },
    "{}",
  ],
  [415, "has data of another `datacontenttype` than JSON", { ...inHeaders, "content-type": "text/xml" }, "<x/>"],
  [
    415,
    "has data of another `datacontenttype` than JSON",
    { "content-type": json },
    JSON.stringify({ ...whole, datacontenttype: "text/plain", data: "x" }),
  ],
  [
    400,
    "has both `data` and `data_base64`",
    { "content-type": json },
    JSON.stringify({ ...whole, data: 1, data_base64: "MQ==" }),
  ],
  [
    400,
    "has `data_base64` that is not base64",
    { "content-type": json },
    JSON.stringify({ ...whole, data_base64: "%" }),
  ],
  [
    400,
    "has data that cannot be read: it is not valid JSON",
    { ...inHeaders, "content-type": "application/json" },
    "x",
  ],
])("http source: %i, the CloudEvent %s", async (status, says, headers, body) => {
  const { rig, url } = await webhook();
  const answer = await post(url, { headers, body });
  expect([answer.status, answer.says.error]).toEqual([status, expect.stringContaining(`The CloudEvent ${says}`)]);
  expect(rig.taken).toEqual([]);
  expect(rig.refused).toHaveLength(1);
});

test("http source: an attribute that came twice is not the two of them joined", async () => {
  const { rig, url } = await webhook();
  const headers = { ...inHeaders, "ce-id": ["1", "2"] };
  const status = await new Promise((resolve) =>
    request(url, { method: "POST", headers }, (response) => resolve(response.resume().statusCode)).end("{}"),
  );
  expect([status, rig.taken]).toEqual([400, []]);
  expect(rig.refused).toMatchObject([{ reason: "The CloudEvent has several headers `ce-id`." }]);
});

test("http source: a batch is not taken where each event has a reply", async () => {
  const { rig, url } = await webhook();
  Object.assign(rig.context, { answer: () => Promise.reject(new Error("not asked")) });
  const headers = { "content-type": "application/cloudevents-batch+json" };
  expect(await post(url, { headers, body: "[]" })).toMatchObject({ status: 415 });
});

const settings: JsonObject = {
  type: "com.example.order.paid",
  subject: 'Euro € 😀 "x"',
  dataschema: "https://example.com/order.json",
  extensions: { partitionkey: "eu 1", retries: 3, urgent: true, left: null },
};

async function receiver() {
  const server = await httpServer();
  open.push({ close: async () => void (await server[Symbol.asyncDispose]()) });
  return server;
}

/** As the SDK reads it; it leaves the header values as they are, where the binding says that they are encoded. */
function readBySdk(message: Message, mode: (typeof modes)[number]) {
  const read = HTTP.toEvent(message);
  if (!(read instanceof CloudEvent)) throw new Error("a batch");
  expect(read.validate()).toBe(true);
  const texts = (value: unknown) => (mode === "binary" ? decodeURIComponent(String(value)) : value);
  return { ...read, subject: texts(read.subject), partitionkey: texts(read.partitionkey) };
}

const wanted = (mode: string) => ({
  specversion: "1.0",
  id: "m 1/å",
  source: "/acme/orders/out",
  type: "com.example.order.paid",
  subject: 'Euro € 😀 "x"',
  time: receivedAt,
  dataschema: "https://example.com/order.json",
  datacontenttype: "application/json",
  partitionkey: "eu 1",
  retries: mode === "binary" ? "3" : 3,
  urgent: mode === "binary" ? "true" : true,
  data: { å: "🐣" },
});

test.each(modes)("http target: the SDK reads what is sent in %s mode, the same on every attempt", async (mode) => {
  const { seen, url } = await receiver();
  const out = openHttpTarget(targetContext({}), networks(["loopback"])("acme"));
  open.push(out);
  for (const attempt of [1, 2]) {
    const sent = delivery(
      { url, cloudevents: { mode, ...settings } },
      { å: "🐣" },
      { id: "m 1/å", attempt, receivedAt },
    );
    expect(await out.deliver(sent)).toMatchObject({ kind: "delivered" });
  }
  const [first, second] = seen;
  if (first === undefined) throw new Error("nothing came");
  const { id, ...read } = readBySdk({ headers: first.headers, body: first.text }, mode);
  const { id: own, ...rest } = wanted(mode);
  expect(mode === "binary" ? decodeURIComponent(id) : id).toBe(own);
  expect(read).toMatchObject(rest);
  expect(read).not.toHaveProperty("left");
  expect({ ...second, headers: {} }).toEqual({ ...first, headers: {} });
});

test("http target: an event's own source, id, time and json", async () => {
  const { seen, url } = await receiver();
  const out = openHttpTarget(targetContext({}), networks(["loopback"])("acme"));
  open.push(out);
  const own = { type: "t", source: "urn:shop", id: "o-1", time: "2026-01-01T00:00:00Z" };
  await out.deliver(delivery({ url, cloudevents: own, json: { only: 1 } }, { left: "out" }, { receivedAt }));
  expect(HTTP.toEvent({ headers: seen[0]?.headers ?? {}, body: seen[0]?.text })).toMatchObject({
    ...own,
    time: "2026-01-01T00:00:00.000Z",
    data: { only: 1 },
  });
});

test("http target: headers that a connection has for all its requests leave an event what it is", async () => {
  const { seen, url } = await receiver();
  const headers = { "Content-Type": "text/plain", "CE-Type": "another", "x-own": "kept" };
  const out = openHttpTarget(targetContext({}), networks(["loopback"])("acme"));
  open.push(out);
  for (const mode of ["binary", "structured"])
    await out.deliver(delivery({ url, headers, cloudevents: { mode, type: "t" } }, { a: 1 }, { receivedAt }));
  expect(seen.map(({ headers: sent }) => sent["x-own"])).toEqual(["kept", "kept"]);
  for (const { headers: sent, text } of seen)
    expect(HTTP.toEvent({ headers: sent, body: text })).toMatchObject({ type: "t", data: { a: 1 } });
});

const wrong: readonly (readonly [string, JsonObject])[] = [
  ["`cloudevents.type` is missing", {}],
  ["`cloudevents.type` is empty", { type: "" }],
  ["`cloudevents.subject` holds characters", { type: "t", subject: "a\u0000" }],
  ["`cloudevents.source` is not a URI reference", { type: "t", source: "a b" }],
  ["`cloudevents.time` is not a time", { type: "t", time: "today" }],
  ["`cloudevents.dataschema` is not an absolute URI", { type: "t", dataschema: "order" }],
  ["`mode` must be one of binary, structured", { type: "t", mode: "batched" }],
  ["`cloudevents.extensions.n` must be a text, a whole", { type: "t", extensions: { n: 1.5 } }],
  ["`cloudevents.extensions` has a name", { type: "t", extensions: { "my-key": 1 } }],
  ["`cloudevents.extensions` has a name", { type: "t", extensions: { data: 1 } }],
];

test.each(wrong)("a target refuses for good: %s", async (says, cloudevents) => {
  const { seen, url } = await receiver();
  const out = openHttpTarget(targetContext({}), networks(["loopback"])("acme"));
  open.push(out);
  const refused = { kind: "permanent", failure: { class: "invalid", message: expect.stringContaining(says) } };
  expect(await out.deliver(delivery({ url, cloudevents }, 1))).toEqual(refused);
  expect(seen).toEqual([]);
});

test("nats, both ways: events of the SDK in both modes arrive, and the SDK reads what is published", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  const link = createLink(await nats.connect(), "_INBOX", systemClock, silent);
  const rig = sourceRig({ settings: { subject: "in", envelope: "cloudevents" } });
  const source = await startNatsSource(rig.context, natsDoor(link));
  await link.flush();
  const publish = ({ headers, body }: Message, left: readonly string[] = []): void => {
    const fields = natsHeaders();
    for (const [name, value] of Object.entries(headers)) if (!left.includes(name)) fields.set(name, String(value));
    connection.publish("in", String(body), { headers: fields });
  };
  publish(HTTP.binary(event()));
  publish(HTTP.structured(event()));
  publish(HTTP.structured(event()), ["content-type"]);
  publish({ headers: { "content-type": "application/cloudevents-batch+json" }, body: "[]" });
  publish({ headers: {}, body: "{}" });
  const twice = natsHeaders();
  for (const [name, value] of Object.entries(inHeaders)) twice.set(name, value);
  twice.append("Ce-Id", "2");
  connection.publish("in", "{}", { headers: twice });
  await until("they have come", () => rig.taken.length === 3 && rig.refused.length === 3);
  for (const { value, id, meta } of rig.taken) {
    expect(value).toEqual({ id: "o-1", note: "påsk 🐣" });
    expect(id).toBe("https://shop.example.com/orders/e%2F1");
    expect(meta).toEqual({ subject: "in", event: asMeta });
  }
  expect(rig.refused.map(({ reason }) => reason)).toEqual([
    "a message to in: the CloudEvent is a batch, which NATS does not know",
    "a message to in: the CloudEvent has no `specversion`, no `id`, no `source`, no `type`",
    "a message to in: the CloudEvent has several headers `ce-id`",
  ]);
  await source.stop();

  const heard: Msg[] = [];
  connection.subscribe("out", { callback: (_error, message) => void heard.push(message) });
  await connection.flush();
  const out = openNatsTarget(targetContext({}), natsDoor(link));
  for (const mode of modes) {
    const sent = delivery(
      { subject: "out", cloudevents: { mode, ...settings } },
      { å: "🐣" },
      { id: "m 1/å", receivedAt },
    );
    expect(await out.deliver(sent)).toEqual({ kind: "delivered" });
  }
  await until("they are heard", () => heard.length === 2);
  for (const [index, mode] of modes.entries()) {
    const message = heard[index];
    const headers = Object.fromEntries(
      (message?.headers?.keys() ?? []).map((key) => [key, message?.headers?.get(key)]),
    );
    const { id, ...read } = readBySdk({ headers, body: message?.string() }, mode);
    const { id: own, ...rest } = wanted(mode);
    expect(mode === "binary" ? decodeURIComponent(id) : id).toBe(own);
    expect(read).toMatchObject(rest);
  }
  expect(await out.deliver(delivery({ subject: "out", cloudevents: { type: "" } }, 1))).toMatchObject({
    kind: "permanent",
    failure: { class: "invalid", message: "`cloudevents.type` is empty" },
  });
});

test("a header's value is printable ASCII and comes back as it was", () => {
  expect(encodeHeader("Euro € 😀")).toBe("Euro%20%E2%82%AC%20%F0%9F%98%80");
  expect(decodeHeader('"a \\"b\\" %41"')).toBe('a "b" A');
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const encoded = encodeHeader(text);
      expect(encoded).toMatch(/^[\x21\x23-\x7e]*$/);
      expect(decodeHeader(encoded)).toBe(text);
    }),
  );
});

test("whatever headers and bytes come, they are read or refused", () => {
  const name = fc.constantFrom("ce-id", "ce-source", "ce-type", "ce-specversion", "ce-time", "content-type", "ce-x");
  const value = fc.oneof(fc.string(), fc.constantFrom("1.0", "/a", json, "application/json"));
  fc.assert(
    fc.property(fc.dictionary(name, value), fc.oneof(fc.json(), fc.string()), (headers, body) => {
      const read = readEvents({ headers, body: Buffer.from(body) });
      if (read.kind === "one") expect(read.event.attributes.id).not.toBe("");
    }),
  );
});

const typed = (source: string, expression: string): readonly string[] =>
  compileTexts({
    "tenants/acme/a.yaml": `integration: a
source: { ${source}, contract: { id: string } }
steps: [{ filter: "\${ ${expression} }" }]
targets: { out: { http: { url: https://example.com } } }
`,
  }).diagnostics.map(({ code }) => code);

test.each<[string, string, readonly string[]]>([
  ["http: { path: /a, envelope: cloudevents }", "meta.event.type === 't' && meta.method === 'POST'", []],
  ["nats: { subject: a, envelope: cloudevents }", "meta.event.source === meta.subject", []],
  ["nats: { subject: a, envelope: cloudevents }", "meta.event.subject.length > 1", ["VRS4003"]],
  ["http: { path: /a, envelope: cloudevents }", "meta.event.extensions.key.length > 1", ["VRS4003"]],
  ["http: { path: /a, envelope: cloudevents }", "meta.event.data === 1", ["VRS4002"]],
  ["http: { path: /a }", "meta.event.type === 't'", ["VRS4002"]],
  ["http: { path: /a, envelope: cloudevents, format: xml }", "true", ["VRS2004"]],
])("the attributes are typed, and there with the envelope only: %s, %s", (source, expression, wanted) => {
  expect(typed(source, expression)).toEqual(wanted);
});
