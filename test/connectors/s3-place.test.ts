// Objects of a bucket as a place, against a real S3 server.

import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { startFileSource } from "../../connectors/file/source.ts";
import { networks } from "../../connectors/network.ts";
import { s3Place } from "../../connectors/s3/place.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { JsonObject } from "../../schema/json.ts";
import { sourceRig } from "../rig/connector.ts";
import { faultProxy } from "../rig/fault-proxy.ts";
import { type Beside, failureOf, keepsFiles, madeByOne, overwritesNothing, textOf } from "../rig/place.ts";
import { type S3Rig, s3Server } from "../rig/s3-server.ts";
import { until } from "../rig/wait.ts";

const loopback = networks(["loopback"])("acme");

function open(connection: JsonObject) {
  const warnings: string[] = [];
  const log = { info: () => undefined, warn: (_fields: JsonObject, message: string) => void warnings.push(message) };
  const place = s3Place(connection, { network: loopback, clock: systemClock, log });
  return Object.assign(place, { warnings, [Symbol.asyncDispose]: () => place.close() });
}

const beside = (rig: S3Rig): Beside => ({ put: rig.put, text: rig.object });

for (const conditional of [false, true]) {
  const server = conditional ? "a server that knows If-None-Match" : "a server that ignores If-None-Match";

  test(`${server}: an object is made, found, read from an offset, moved and removed`, async () => {
    await using rig = await s3Server({ conditional });
    await using place = open(rig.connection);
    await keepsFiles(place, beside(rig));
    await rig.put("d", "d");
    expect(await place.move("/d", "done/d")).toBe(true);
    // Its answer was lost, and it is asked for again.
    expect(await place.move("/d", "done/d")).toBe(true);
    expect(place.append).toBeUndefined();
  });

  test(`${server}: nothing is overwritten unless told`, async () => {
    await using rig = await s3Server({ conditional });
    await using place = open(rig.connection);
    await overwritesNothing(place, beside(rig));
    expect(await place.create("empty", Readable.from([]), { replace: false })).toBe(true);
    expect(await rig.object("empty")).toBe("");
    if (conditional) await madeByOne(place, beside(rig));
  });
}

const mebibyte = 1024 * 1024;

function* counted(parts: number): Generator<Buffer> {
  for (let part = 0; part < parts; part += 1) yield Buffer.alloc(mebibyte, `${part % 10}`);
}

test("what has no known end goes in parts, and becomes an object all at once", async () => {
  await using rig = await s3Server({ conditional: true });
  await using place = open(rig.connection);
  expect(await place.create("large", Readable.from(counted(20)), { replace: false })).toBe(true);
  expect(rig.requests.filter((request) => request.startsWith("PUT"))).toEqual(
    [1, 2, 3].map(() => "PUT large?partNumber&uploadId"),
  );
  expect((await rig.object("large")) === Buffer.concat([...counted(20)]).toString()).toBe(true);
  // As long as one part to the byte.
  expect(await place.create("eight", Readable.from(counted(8)), { replace: false })).toBe(true);
  expect((await rig.object("eight"))?.length).toBe(8 * mebibyte);
  // Somebody else was quicker: their object stays, and the parts go.
  rig.failing = (request) => {
    if (request !== "POST taken?uploadId") return undefined;
    rig.failing = undefined;
    return { status: 412, code: "PreconditionFailed" };
  };
  expect(await place.create("taken", Readable.from(counted(9)), { replace: false })).toBe(false);
  expect(rig.requests.at(-1)).toBe("DELETE taken?uploadId");
});

test("an upload that breaks off is given up and leaves nothing", async () => {
  await using rig = await s3Server({ conditional: true });
  await using place = open(rig.connection);
  rig.failing = (request) => (request.startsWith("POST") && !request.endsWith("uploads") ? { status: 500 } : undefined);
  expect(await failureOf(place.create("a", Readable.from(counted(9)), { replace: false }))).toMatchObject({
    kind: "unavailable",
  });
  expect(rig.requests.at(-1)).toBe("DELETE a?uploadId");
  rig.failing = undefined;
  const stop = new AbortController();
  const endless = Readable.from(
    (function* () {
      for (let n = 0; ; n += 1) {
        if (n === 20) stop.abort(new Error("stop"));
        yield Buffer.alloc(mebibyte);
      }
    })(),
  );
  expect(await failureOf(place.create("b", endless, { replace: false, signal: stop.signal }))).toMatchObject({
    message: "stop",
  });
  expect(rig.requests.at(-1)).toBe("DELETE b?uploadId");
  expect(endless.destroyed).toBe(true);
  const torn = Readable.from(
    (function* () {
      yield* counted(9);
      throw new Error("the source broke");
    })(),
  );
  expect(await failureOf(place.create("c", torn, { replace: false }))).toMatchObject({ message: "the source broke" });
  expect(await place.list("**/*")).toEqual([]);
});

test("a service that does not know the condition is asked without it", async () => {
  await using rig = await s3Server();
  await using place = open(rig.connection);
  let refused = 0;
  rig.failing = (request) => {
    if (!/^(?:PUT [^?]*|POST [^?]*\?uploadId)$/.test(request) || refused % 2 === 1) {
      if (/^(?:PUT [^?]*|POST [^?]*\?uploadId)$/.test(request)) refused += 1;
      return undefined;
    }
    refused += 1;
    return { status: 501, code: "NotImplemented" };
  };
  expect(await place.create("a", Buffer.from("one"), { replace: false })).toBe(true);
  expect(await place.create("large", Readable.from(counted(9)), { replace: false })).toBe(true);
  expect(await place.move("a", "b")).toBe(true);
  expect(refused).toBe(6);
  expect(await rig.object("b")).toBe("one");
});

test("an answer that is lost does no harm: the same again finds it done", async () => {
  await using rig = await s3Server({ conditional: true });
  await using place = open(rig.connection);
  const once = (wanted: string) => (request: string) => {
    if (request !== wanted) return undefined;
    rig.failing = undefined;
    return "done and cut" as const;
  };
  rig.failing = once("PUT a");
  expect(await failureOf(place.create("a", Buffer.from("one"), { replace: false }))).toMatchObject({
    kind: "disconnected",
  });
  expect(await place.create("a", Buffer.from("one"), { replace: false })).toBe(false);
  rig.failing = once("PUT b");
  expect(await failureOf(place.move("a", "b"))).toMatchObject({ kind: "disconnected" });
  expect(await place.move("a", "b")).toBe(true);
  expect((await place.list("*")).map(({ path }) => path)).toEqual(["b"]);
  rig.failing = once("DELETE b");
  expect(await failureOf(place.remove("b"))).toMatchObject({ kind: "disconnected" });
  await place.remove("b");
  expect(await place.list("*")).toEqual([]);
});

test("many objects are listed page by page, and only what the pattern begins with", async () => {
  await using rig = await s3Server({ pageSize: 100 });
  await using place = open(rig.connection);
  const names = Array.from({ length: 203 }, (_, n) => `many/n-${String(n).padStart(5, "0")}.csv`);
  for (let start = 0; start < names.length; start += 50)
    await Promise.all(names.slice(start, start + 50).map((name) => rig.put(name, "")));
  await rig.put("many/old/n-0.csv", "");
  await rig.put("more/n-0.csv", "");
  expect((await place.list("many/n-*.csv")).map(({ path }) => path)).toEqual(names);
  expect(rig.requests).toEqual([
    "GET ?list-type&encoding-type&prefix&delimiter",
    "GET ?list-type&encoding-type&prefix&delimiter&continuation-token",
    "GET ?list-type&encoding-type&prefix&delimiter&continuation-token",
  ]);
  expect((await place.list("many/*/*.csv")).map(({ path }) => path)).toEqual(["many/old/n-0.csv"]);
  expect((await place.list("m*/n-0.csv")).map(({ path }) => path)).toEqual(["more/n-0.csv"]);
});

test.each([false, true])(
  "odd names arrive as they are; what no URL can say is left alone; plain keys: %s",
  async (plainKeys) => {
    await using rig = await s3Server({ plainKeys });
    await using place = open(rig.connection);
    const odd = [
      "a b.csv",
      "å – 見.csv",
      'it\'s "q".csv',
      "a+b&c<d>.csv",
      "100%.csv",
      "a#b?.csv",
      "$(x)!*'().csv",
      "a%2Fb.csv",
    ];
    for (const name of odd) expect(await place.create(`out/${name}`, Buffer.from(name), { replace: false })).toBe(true);
    const found = (await place.list("out/*.csv")).map(({ path }) => path);
    expect(found).toEqual(odd.map((name) => `out/${name}`).sort());
    for (const name of odd) expect(await textOf(place, `out/${name}`)).toBe(name);
    for (const path of ["", "/", "../a", "a/./b", "a/..", "folder/", "nul\0"]) {
      expect(await failureOf(place.find(path))).toMatchObject({ kind: "rejected" });
      expect(await failureOf(place.create(path, Buffer.from("x"), { replace: true }))).toMatchObject({
        kind: "rejected",
      });
    }
  },
);

test("a service that answers a question for a part with the whole is read from the offset all the same", async () => {
  await using rig = await s3Server({ wholeOnly: true });
  await using place = open(rig.connection);
  await rig.put("a", "0123456789");
  expect(await textOf(place, "a", 4)).toBe("456789");
});

test("a connection that is cut while an object is read fails the reading", async () => {
  await using rig = await s3Server();
  await using wire = await faultProxy(() => rig.port);
  await using place = open({ ...rig.connection, endpoint: `http://127.0.0.1:${wire.port}` });
  await place.create("large", Buffer.alloc(20 * mebibyte, "x"), { replace: false });
  let got = 0;
  const read = async (): Promise<void> => {
    for await (const chunk of await place.read("large")) {
      got += chunk.length;
      if (got > mebibyte) wire.reset();
    }
  };
  expect(await failureOf(read())).toMatchObject({
    kind: "disconnected",
    message: expect.stringContaining("S3, reading"),
  });
  expect(got).toBeLessThan(20 * mebibyte);
  await rig.stop();
  expect(await failureOf(place.list("*"))).toMatchObject({ kind: "disconnected" });
  await rig.start();
  expect(await place.list("*")).toHaveLength(1);
  // A reader that has enough frees the connection.
  for await (const _ of await place.read("large")) break;
  await expect.poll(() => wire.open()).toBeLessThanOrEqual(1);
});

test("failures are told apart: later, never, or a person must look; by the setting's name, and without a value", async () => {
  await using rig = await s3Server();
  const failed = async (change: JsonObject): Promise<unknown> => {
    const given: JsonObject = { ...rig.connection, ...change };
    await using place = open(given);
    const failure = await failureOf(place.list("*"));
    const { message = "" } = Object(failure);
    for (const value of Object.values(change)) expect(message).not.toContain(value);
    return failure;
  };
  expect(await failed({ "access-key": "AKIAWRONG" })).toEqual({
    kind: "disconnected",
    message: "S3, listing the bucket: the service does not know `access-key` (403 InvalidAccessKeyId)",
  });
  expect(await failed({ "secret-key": "wrong-secret" })).toEqual({
    kind: "disconnected",
    message: "S3, listing the bucket: `secret-key` does not belong to `access-key` (403 SignatureDoesNotMatch)",
  });
  expect(await failed({ bucket: "elsewhere" })).toEqual({
    kind: "disconnected",
    message: "S3, listing the bucket: there is no such `bucket` (404 NoSuchBucket)",
  });
  expect(await failed({ endpoint: "http://127.0.0.1:1" })).toEqual({
    kind: "disconnected",
    message: "S3, listing the bucket: nothing listens at `endpoint`",
  });
  expect(await failed({ endpoint: "http://nowhere.invalid" })).toMatchObject({ kind: "disconnected" });
  expect(await failed({ endpoint: "http://169.254.169.254" })).toMatchObject({
    message: expect.stringContaining("a cloud's metadata"),
  });
  expect(await failed({ endpoint: `https://127.0.0.1:${rig.port}` })).toEqual({
    kind: "disconnected",
    message: "S3, listing the bucket: `endpoint` does not speak TLS: is it http?",
  });
  await using place = open({ ...rig.connection, timeout: 200 });
  const byStatus = async (status: number, code?: string) => {
    rig.failing = () => ({ status, ...(code === undefined ? {} : { code }) });
    return Object(await failureOf(place.create("a", Buffer.from("x"), { replace: true }))).kind;
  };
  expect(await byStatus(503, "SlowDown")).toBe("unavailable");
  expect(await byStatus(500)).toBe("unavailable");
  expect(await byStatus(429)).toBe("unavailable");
  expect(await byStatus(403, "AccessDenied")).toBe("rejected");
  expect(await byStatus(400, "EntityTooLarge")).toBe("rejected");
  expect(await byStatus(301, "PermanentRedirect")).toBe("disconnected");
  expect(await byStatus(400, "<script>")).toBe("rejected");
  rig.failing = () => "silent";
  expect(await failureOf(place.list("*"))).toEqual({
    kind: "disconnected",
    message: "S3, listing the bucket: no answer in time",
  });
});

test("keys that are lent go with their token, which is signed as well", async () => {
  await using rig = await s3Server();
  const tokens: unknown[] = [];
  await using place = open({ ...rig.connection, "session-token": "a-token" });
  rig.failing = (_request, headers) => {
    tokens.push(headers["x-amz-security-token"]);
    return undefined;
  };
  expect(await place.create("a b/c.txt", Buffer.from("x"), { replace: true })).toBe(true);
  expect(tokens).toEqual(["a-token"]);
});

test("a source whose bucket is away says that it is not connected", async () => {
  await using rig = await s3Server();
  await rig.stop();
  const settings = { path: "*.jsonl", format: "jsonl", every: 10, connection: { connector: "s3", ...rig.connection } };
  const source = sourceRig({ settings });
  const running = await startFileSource(source.context, "/nowhere", { network: loopback, believed: new Map() });
  await until("it says so", () => source.failures.length > 0);
  await running.stop();
  expect(source.failures[0]).toEqual({
    kind: "disconnected",
    reason: "S3, listing the bucket: nothing listens at `endpoint`",
  });
});

test("settings that cannot be right are refused", () => {
  const fine = { endpoint: "https://s3.example.com", bucket: "raw", "access-key": "a", "secret-key": "b" };
  const refusal = (change: JsonObject) => () => open({ ...fine, ...change });
  expect(refusal({ endpoint: "s3.example.com" })).toThrow("`endpoint` must be a URL");
  expect(refusal({ endpoint: "https://user:secret@s3.example.com" })).toThrow("`endpoint` must be a URL");
  expect(refusal({ bucket: "raw/../other" })).toThrow("`bucket` must be the name of a bucket");
  expect(refusal({ "secret-key": "" })).toThrow("`secret-key` must be a text that is not empty");
});

test("a listing that lies is bounded", async () => {
  await using rig = await s3Server();
  await using place = open(rig.connection);
  rig.failing = () => ({ status: 200, code: "InternalError" });
  expect(await failureOf(place.list("*"))).toMatchObject({ kind: "disconnected" });
});
