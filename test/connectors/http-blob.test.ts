// `format: blob` over a real socket: what is taken of whom, and that nothing of what is refused or cut stays anywhere.

import { createHash, randomBytes } from "node:crypto";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { httpConnector } from "../../connectors/http/connector.ts";
import { createSpool, type Spool } from "../../runtime/content/spool.ts";
import type { Connector } from "../../schema/connector.ts";
import type { JsonObject } from "../../schema/json.ts";
import { type SourceRig, sourceRig } from "../rig/connector.ts";
import { until } from "../rig/wait.ts";

const open: Connector[] = [];
afterEach(async () => {
  for (const connector of open.splice(0)) await connector.close?.();
});

const mebibyte = 1024 * 1024;

interface Door {
  readonly rig: SourceRig;
  readonly spool: Spool;
  readonly port: number;
}

async function door(settings: JsonObject = {}, most = 8 * mebibyte): Promise<Door> {
  let port = 0;
  const connector = httpConnector({
    port: 0,
    host: "127.0.0.1",
    onListening: (opened) => {
      port = opened;
    },
  });
  open.push(connector);
  const spool = createSpool({ most });
  const rig = sourceRig({ settings: { path: "/in", format: "blob", "max-size": 2 * mebibyte, ...settings }, spool });
  // As the runtime does.
  rig.answer = async (message) => {
    await message.content?.discard();
    return { kind: "stored", id: message.id ?? "", sequence: 1, duplicate: false };
  };
  await connector.startSource?.(rig.context);
  return { rig, spool, port };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

function post(port: number, body: Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { port, host: "127.0.0.1", method: "POST", path: "/acme/in", headers, agent: false };
    const request = httpRequest(options, async (response) => {
      let text = "";
      for await (const part of response) text += String(part);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
    });
    request.on("error", reject);
    request.end(body);
  });
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

test.each([
  ['attachment; filename="report 1.pdf"', "report 1.pdf"],
  ["attachment; filename*=UTF-8''na%C3%AFve.pdf; filename=\"naive.pdf\"", "naïve.pdf"],
  ["attachment; filename=plain.pdf", "plain.pdf"],
  ['form-data; filename="../../etc/passwd"', "passwd"],
  ['attachment; filename="C:\\\\temp\\\\a.pdf"', "a.pdf"],
  ['attachment; filename=".."', undefined],
  ["inline", undefined],
])("the name in %s", async (disposition, name) => {
  const { rig, port } = await door();
  const bytes = Buffer.from("abc");
  const headers = { "content-disposition": disposition, "content-type": "application/pdf" };
  expect((await post(port, bytes, headers)).status).toBe(202);
  const body = { name: name ?? sha256(bytes), size: 3, type: "application/pdf", sha256: sha256(bytes) };
  expect(rig.taken).toMatchObject([{ value: body, id: sha256(bytes), content: { size: 3, sha256: sha256(bytes) } }]);
});

test("bytes of any kind, also none; the provider's id wins, and what is no media type is none", async () => {
  const { rig, port, spool } = await door();
  const bytes = randomBytes(mebibyte);
  expect((await post(port, bytes, { "idempotency-key": "k1", "content-type": "no type" })).status).toBe(202);
  expect((await post(port, Buffer.alloc(0), { "x-file-name": "na%C3%AFve.bin" })).status).toBe(202);
  expect(rig.taken.map(({ id, value }) => [id, value])).toMatchObject([
    ["k1", { size: mebibyte, type: "application/octet-stream", sha256: sha256(bytes) }],
    [sha256(Buffer.alloc(0)), { name: "naïve.bin", size: 0 }],
  ]);
  expect(spool.used()).toBe(0);
});

/** Resolves with all that came back when the other side closes; `said`: what has come so far. */
function raw(
  port: number,
  head: string,
): { readonly socket: Socket; said(): string; readonly closed: Promise<string> } {
  const socket = connect(port, "127.0.0.1");
  socket.write(head);
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString();
  });
  socket.on("error", () => undefined);
  return { socket, said: () => text, closed: new Promise((resolve) => socket.on("close", () => resolve(text))) };
}

const head = (length: number, more = ""): string =>
  `POST /acme/in HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n${more}\r\n`;

test("what is larger is refused before it is read; who asks first is told so instead of being told to go on", async () => {
  const { rig, port, spool } = await door();
  const asking = raw(port, head(3 * mebibyte, "expect: 100-continue\r\n"));
  expect(await asking.closed).toMatch(/^HTTP\/1\.1 413 /);
  const welcome = raw(port, head(3, "expect: 100-continue\r\nconnection: close\r\n"));
  await until("it may go on", () => welcome.said().startsWith("HTTP/1.1 100 Continue"));
  expect(rig.taken).toEqual([]);
  welcome.socket.write("abc");
  expect(await welcome.closed).toMatch(/HTTP\/1\.1 202 /);
  // Who does not say how much it is, is cut off when it is too much.
  const endless = raw(port, "POST /acme/in HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
  const part = `10000\r\n${"x".repeat(65_536)}\r\n`;
  let written = 0;
  while (!endless.socket.destroyed && !endless.said().startsWith("HTTP/1.1 413") && written < 1_000) {
    await new Promise((resolve) => endless.socket.write(part, resolve));
    written += 1;
  }
  expect(endless.said()).toMatch(/^HTTP\/1\.1 413 /);
  expect(written).toBeLessThan(1_000);
  endless.socket.destroy();
  expect(rig.refused.map(({ reason }) => reason)).toEqual(Array(2).fill("The body is larger than 2097152 bytes."));
  expect(rig.taken).toHaveLength(1);
  await until("nothing is kept", () => spool.used() === 0);
});

test("a sender that is cut leaves nothing behind, nor does one that announces more than it sends", async () => {
  const { rig, port, spool } = await door();
  const cut = raw(port, head(mebibyte));
  cut.socket.write(randomBytes(100_000));
  await until("some of it is put aside", () => spool.used() > 0);
  cut.socket.destroy();
  await until("nothing is kept", () => spool.used() === 0);
  const lying = raw(port, `${head(10)}abc`);
  await until("it is put aside", () => spool.used() === 3);
  lying.socket.end();
  await lying.closed;
  await until("nothing is kept", () => spool.used() === 0);
  expect(rig.taken).toEqual([]);
  // What comes behind the announced end is a request of its own, and none: the sender gets to know that.
  const more = raw(port, `${head(3)}abcdef\r\n\r\n`);
  expect(await more.closed).toMatch(/HTTP\/1\.1 400 /);
  await until("nothing is kept", () => spool.used() === 0);
});

test("where there is no room for more at once, the others are told to come again", async () => {
  const { port, spool, rig } = await door({}, mebibyte);
  let goOn = (): void => undefined;
  const waiting = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const stored = rig.answer;
  rig.answer = async (message) => {
    await waiting;
    return await stored(message);
  };
  const first = post(port, randomBytes(900_000));
  await until("it is put aside", () => spool.used() === 900_000);
  const second = await post(port, randomBytes(500_000));
  expect([second.status, second.headers["retry-after"]]).toEqual([503, "5"]);
  goOn();
  expect((await first).status).toBe(202);
  expect((await post(port, randomBytes(500_000))).status).toBe(202);
  expect(spool.used()).toBe(0);
});
