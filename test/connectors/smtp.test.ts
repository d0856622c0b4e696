// Mail over a real SMTP server: what arrives, who gets it, and what a refusal means.

import { createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { networks, publicNetwork } from "../../connectors/network.ts";
import { openSmtpTarget } from "../../connectors/smtp/target.ts";
import type { JsonObject } from "../../schema/json.ts";
import { delivery, targetContext } from "../rig/connector.ts";
import { freePort } from "../rig/free-port.ts";
import { type MailRig, mailServer } from "../rig/mail-server.ts";
import { until } from "../rig/wait.ts";

const to = (port: number, connection: JsonObject = {}) =>
  openSmtpTarget(
    targetContext({ connection: { host: "127.0.0.1", port, tls: "none", from: "shop@example.com", ...connection } }),
    networks(["loopback"])("acme"),
  );

const mail = { to: "ann@example.com", subject: "Your order 7", text: "Thank you, Ann.\n" };

test("a mail arrives with its texts, and carries the same Message-ID on every attempt", async () => {
  await using server = await mailServer();
  const out = to(server.port);
  const settings = {
    ...mail,
    to: ["Ann Å <ann@example.com>", "bo@example.com"],
    bcc: "me@example.com",
    html: "<b>Thank you</b>",
  };
  for (const attempt of [1, 2]) {
    expect(await out.deliver(delivery(settings, null, { id: "order 7", attempt }))).toEqual({
      kind: "delivered",
      detail: "250",
    });
  }
  expect(await out.deliver(delivery(settings, null, { id: "order 8" }))).toMatchObject({ kind: "delivered" });
  await out.close();
  expect(server.mails.map((each) => [each.from, each.to])).toEqual(
    Array(3).fill(["shop@example.com", ["ann@example.com", "bo@example.com", "me@example.com"]]),
  );
  const [first, again, other] = server.mails.map(({ parsed }) => parsed);
  expect(first?.subject).toBe("Your order 7");
  expect(first?.text?.trim()).toBe("Thank you, Ann.");
  expect(first?.html).toContain("<b>Thank you</b>");
  expect(first?.headers.get("bcc")).toBeUndefined();
  expect(first?.to).toMatchObject({
    value: [{ name: "Ann Å", address: "ann@example.com" }, { address: "bo@example.com" }],
  });
  expect(first?.messageId).toMatch(/^<[0-9a-f]{40}@example\.com>$/);
  expect(again?.messageId).toBe(first?.messageId);
  expect(other?.messageId).not.toBe(first?.messageId);
});

test.each([
  ["ann@example.com, eve@example.com"],
  ["ann@example.com\r\nBcc: eve@example.com"],
  ["friends: ann@example.com, eve@example.com;"],
  ['"ann@example.com, eve@example.com" <>'],
  ["nobody"],
  [""],
  ["<eve@example.com> x <ann@example.com>"],
  ['x" <eve@example.com> "y <ann@example.com>'],
  ["eve@example.com ann@example.com"],
  ["eve@example.com<ann@example.com"],
  ["=?utf-8?q?eve=40example.com=3e?=@example.com"],
])("data makes no other recipient: %j", async (address) => {
  await using server = await mailServer();
  const out = to(server.port);
  const refused = await out.deliver(delivery({ ...mail, to: address }, null));
  expect(refused).toMatchObject({ kind: "permanent", failure: { class: "invalid" } });
  expect(JSON.stringify(refused)).not.toContain("example.com");
  await out.close();
  expect(server.mails).toEqual([]);
});

test("a name may look like anything, and stays a name; names of domains are sent as the net has them", async () => {
  await using server = await mailServer();
  const out = to(server.port, { from: '"Büro, Nord" <shop@exämple.com>' });
  const names = ["Doe, Ann", "eve@example.com", "Ann (eve@example.com)", 'Ann "A" Doe', "friends: eve@example.com;"];
  for (const name of names) {
    const delivered = await out.deliver(delivery({ ...mail, to: `${name} <ann@exämple.com>` }, null));
    expect(delivered).toMatchObject({ kind: "delivered" });
  }
  await out.close();
  expect(server.mails.map((each) => each.to)).toEqual(names.map(() => ["ann@exämple.com"]));
  const heads = server.mails.map(({ parsed }) => parsed);
  expect(heads.map(({ to: told }) => told)).toMatchObject(names.map((name) => ({ value: [{ name }] })));
  expect(heads[0]?.from).toMatchObject({
    value: [{ name: "Büro, Nord", address: expect.stringMatching(/^shop@(exämple|xn--exmple-cua)\.com$/) }],
  });
  expect(heads[0]?.messageId).toMatch(/^<[0-9a-f]{40}@xn--exmple-cua\.com>$/);
});

test("line ends in a subject make no header, and a text names no file", async () => {
  await using server = await mailServer();
  const out = to(server.port);
  const settings = { ...mail, subject: "a\r\nX-Evil: 1\r\n\r\nbody", text: "/etc/passwd" };
  expect(await out.deliver(delivery(settings, null))).toMatchObject({ kind: "delivered" });
  await out.close();
  const [{ parsed } = { parsed: undefined }] = server.mails;
  expect(parsed?.headers.get("x-evil")).toBeUndefined();
  expect(parsed?.text?.trim()).toBe("/etc/passwd");
});

const refusing = (server: MailRig, at: string, code: number, whom = "ann@example.com") => {
  server.refuse = (where, address) =>
    where === at && address === whom ? { code, text: "ann@example.com is busy" } : undefined;
};

test.each([
  ["recipient", 550, { kind: "permanent", failure: { class: "rejected", status: 550 } }],
  ["recipient", 450, { kind: "transient", failure: { class: "unavailable", status: 450 } }],
  ["text", 554, { kind: "permanent", failure: { class: "rejected", status: 554 } }],
  ["text", 452, { kind: "transient", failure: { class: "unavailable", status: 452 } }],
])("a refused %s with %i", async (at, code, wanted) => {
  await using server = await mailServer();
  const out = to(server.port);
  refusing(server, at, code);
  const refused = await out.deliver(delivery(mail, null));
  expect(refused).toMatchObject(wanted);
  // Not a word of whom it was for.
  expect(JSON.stringify(refused)).not.toContain("ann");
  server.refuse = () => undefined;
  expect(await out.deliver(delivery(mail, null))).toMatchObject({ kind: "delivered" });
  await out.close();
});

test("of two recipients one is refused: the other has got it, and it is said", async () => {
  await using server = await mailServer();
  const out = to(server.port);
  const settings = { ...mail, to: ["ann@example.com", "bo@example.com"] };
  refusing(server, "recipient", 550);
  expect(await out.deliver(delivery(settings, null))).toMatchObject({
    kind: "permanent",
    failure: { message: "mail server 127.0.0.1 refused 1 of 2 recipients; the others have got it" },
  });
  refusing(server, "recipient", 451);
  expect(await out.deliver(delivery(settings, null))).toMatchObject({ kind: "transient" });
  await out.close();
  expect(server.mails.map((each) => each.to)).toEqual([["bo@example.com"], ["bo@example.com"]]);
});

test("a login is used; a wrong one lets the message wait, and its password is told nobody", async () => {
  await using server = await mailServer({ login: { user: "vrsky", password: "the-password" } });
  const good = to(server.port, { user: "vrsky", password: "the-password" });
  expect(await good.deliver(delivery(mail, null))).toMatchObject({ kind: "delivered" });
  await good.close();
  const wrong = to(server.port, { user: "vrsky", password: "another-password" });
  const refused = await wrong.deliver(delivery(mail, null));
  expect(refused).toMatchObject({ kind: "transient", failure: { class: "unavailable", status: 535 } });
  expect(JSON.stringify(refused)).not.toContain("another-password");
  await wrong.close();
});

test.each(["starttls", "implicit"])("a server that nobody vouches for gets nothing: %s", async (tls) => {
  await using server = await mailServer();
  const out = to(server.port, { tls });
  const refused = await out.deliver(delivery(mail, null));
  expect(refused).toMatchObject({ failure: { class: "unavailable" } });
  if (tls === "starttls") expect(JSON.stringify(refused)).toContain("certificate has expired");
  await out.close();
  expect(server.mails).toEqual([]);
});

test.each(["127.0.0.1", "localhost"])(
  "nobody is connected to on %s unless whoever runs the worker says so",
  async (host) => {
    await using server = await mailServer();
    const connection = { host, port: server.port, tls: "none", from: "shop@example.com" };
    const out = openSmtpTarget(targetContext({ connection }), publicNetwork);
    const refused = await out.deliver(delivery(mail, null));
    expect(refused).toMatchObject({
      kind: "transient",
      failure: { message: expect.stringContaining("--allow-network") },
    });
    await out.close();
    expect(server.mails).toEqual([]);
  },
);

test("a server that is away, and comes back", async () => {
  const port = await freePort();
  const out = to(port);
  expect(await out.deliver(delivery(mail, null))).toMatchObject({
    kind: "transient",
    failure: { class: "unavailable" },
  });
  const first = await mailServer({ port });
  expect(await out.deliver(delivery(mail, null))).toMatchObject({ kind: "delivered" });
  await first[Symbol.asyncDispose]();
  expect((await out.deliver(delivery(mail, null))).kind).toMatch(/transient|unknown/);
  await using again = await mailServer({ port });
  expect(await out.deliver(delivery(mail, null))).toMatchObject({ kind: "delivered" });
  await out.close();
  expect(again.mails.length).toBe(1);
});

test("a stop in the middle leaves open whether it was sent", async () => {
  await using server = await mailServer();
  const out = to(server.port);
  const stop = new AbortController();
  server.refuse = () => {
    stop.abort();
    return undefined;
  };
  expect(await out.deliver(delivery(mail, null, { signal: stop.signal }))).toMatchObject({ kind: "unknown" });
  await out.close();
});

/** Says what a server says, and nothing more from the given command on. */
async function silentFrom(at: string) {
  const sockets = new Set<Socket>();
  const mails: string[] = [];
  let asked = 0;
  const rig = { at, mails, asked: () => asked };
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    let text: string | undefined;
    let rest = "";
    const say = (command: string, answer: string): void => {
      if (command === rig.at) asked += 1;
      else socket.write(`${answer}\r\n`);
    };
    say("greeting", "220 mail");
    socket.on("data", (bytes) => {
      rest += bytes;
      for (let end = rest.indexOf("\r\n"); end >= 0; end = rest.indexOf("\r\n")) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (text !== undefined && line !== ".") text += line;
        else if (text !== undefined) {
          mails.push(text);
          text = undefined;
          say("text", "250 ok");
        } else if (line === "DATA") {
          if (rig.at !== "DATA") text = "";
          say("DATA", "354 go on");
        } else say(line.slice(0, 4), "250 ok");
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  return {
    ...rig,
    heal: () => {
      rig.at = "";
    },
    port: typeof address === "object" ? (address?.port ?? 0) : 0,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}

test.each(["greeting", "EHLO", "MAIL", "RCPT", "DATA", "text"])(
  "a server that says nothing more from %s on holds nothing up: what waited for it is not sent behind one's back",
  async (at) => {
    await using server = await silentFrom(at);
    const out = to(server.port);
    const stop = new AbortController();
    const all = Array.from({ length: 6 }, (_, index) =>
      out.deliver(delivery(mail, null, { id: `m-${index}`, signal: stop.signal })),
    );
    await until("every connection is stuck", () => server.asked() === 4);
    stop.abort();
    const ends = (await Promise.all(all)).map(({ kind }) => kind);
    expect(ends).toEqual(["unknown", "unknown", "unknown", "unknown", "transient", "transient"]);
    expect(server.mails).toHaveLength(at === "text" ? 4 : 0);
    server.heal();
    for (let index = 0; index < 6; index++) {
      const again = await out.deliver(delivery(mail, null, { id: `m-${index}`, attempt: 2 }));
      expect(again).toMatchObject({ kind: "delivered" });
    }
    expect(await out.deliver(delivery(mail, null, { signal: AbortSignal.abort() }))).toMatchObject({
      kind: "transient",
    });
    await out.close();
    expect(server.mails).toHaveLength(at === "text" ? 10 : 6);
    const ids = server.mails.map((text) => /Message-ID: <([0-9a-f]{40})/.exec(text)?.[1]);
    expect(new Set(ids).size).toBe(6);
  },
);
