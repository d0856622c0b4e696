// Messages that kill the process end in the dead letters, and nobody else does; those that are only under suspicion
// hold up neither their neighbours nor the suspects of others. What throws, loops and allocates is in
// test/flow/cases/poison.yaml.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInbox, type NatsConnection } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import { envelopeHeaders } from "../../runtime/envelope.ts";
import { createLink } from "../../runtime/link.ts";
import { expectSequence, publish } from "../../runtime/publish.ts";
import * as address from "../../schema/address.ts";
import { deadLetters, fakeSystem, handMade, quiet, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { scriptFile } from "../rig/scripts.ts";
import { createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const silent = { info: () => undefined, warn: () => undefined };

/** As a source stores it. */
async function store(connection: NatsConnection, integration: string, id: string, body: object = {}): Promise<void> {
  const link = createLink(connection, "_INBOX", systemClock, silent);
  const envelope = { id, source: "door", receivedAt: "", contract: "", bundle: "", meta: {}, headers: {} };
  const stored = await publish(link.requests, {
    subject: address.intakeSubject(integration, address.idHash(id)),
    data: JSON.stringify({ id, ...body }),
    headers: { ...envelopeHeaders(envelope), ...expectSequence(0) },
  });
  link.close();
  expect(stored.kind).toBe("stored");
}

test("messages that kill the process, in the steps and at the target, die alone of all that was in flight", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  const names = ["orders", "desk"];
  for (const integration of names) {
    await createTopology(admin, { integration, targets: ["crm"], ackWaitMs: 400 });
  }
  const innocent = Array.from({ length: 60 }, (_, index) => `m${index}`);
  for (const id of innocent.slice(0, 30)) await store(admin, "orders", id);
  await store(admin, "orders", "killer", { sigkill: true });
  for (const id of innocent.slice(30)) await store(admin, "desk", id);
  await store(admin, "desk", "exit");

  const dir = await mkdtemp(join(tmpdir(), "vrsky-poison-"));
  const ledger = join(dir, "ledger");
  await writeFile(ledger, "");
  const { user, password } = nats.credentials();
  const start = (): ChildProcess =>
    spawn(process.execPath, [scriptFile("poison"), nats.url, user, password, ledger], {
      stdio: ["ignore", "ignore", "inherit"],
    });
  let worker = start();
  let deaths = 0;
  let ending = false;
  // As a supervisor does it.
  const watch = (): void => {
    worker.once("exit", () => {
      if (ending) return;
      deaths += 1;
      worker = start();
      watch();
    });
  };
  watch();
  try {
    const count = async () => (await deadLetters(admin)).length;
    await until("both are dead", async () => (await count()) >= 2, 60_000);
    for (const integration of names) await quiet(admin, integration);
    const letters = await deadLetters(admin);
    expect(letters.map(({ letter }) => letter.id).sort()).toEqual(["exit", "killer"]);
    for (const { letter } of letters) {
      expect(letter.failure.message).toContain("killed its worker");
      expect(letter.possiblyDelivered).toBe(true);
    }
    const delivered = new Set((await readFile(ledger, "utf8")).split("\n").slice(0, -1));
    expect([...delivered].sort()).toEqual([...innocent].sort());
    // Each needs two deaths to be suspected and three starts; they share some.
    expect(deaths).toBeGreaterThanOrEqual(5);
    expect(deaths).toBeLessThanOrEqual(10);
  } finally {
    ending = true;
    worker.kill("SIGKILL");
    await rm(dir, { recursive: true, force: true });
  }
});

/** Hands all messages out and back so often that they are under suspicion. */
async function makeSuspects(connection: NatsConnection, integration: string, count: number): Promise<void> {
  const next = `$JS.API.CONSUMER.MSG.NEXT.${address.intakeStream(integration)}.crm`;
  const inbox = createInbox();
  const handedOut: string[] = [];
  connection.subscribe(inbox, { callback: (_, message) => void handedOut.push(message.reply ?? "") });
  for (let round = 0; round < 3; round += 1) {
    connection.publish(next, JSON.stringify({ batch: count, expires: 10_000_000_000 }), { reply: inbox });
    await until("all are handed out", () => handedOut.length === count);
    for (const reply of handedOut.splice(0)) connection.publish(reply, "-NAK");
    await connection.flush();
  }
}

test("suspects that hang hold up neither their neighbours nor the suspects of another integration", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  const ids = Array.from({ length: 10 }, (_, index) => `m${index}`);
  for (const integration of ["orders", "desk"]) {
    await createTopology(admin, { integration, targets: ["crm"] });
    for (const id of ids) await store(admin, integration, `${integration}-${id}`);
    await makeSuspects(admin, integration, ids.length);
  }
  const system = fakeSystem();
  const released: (() => void)[] = [];
  system.answer = ({ id }) =>
    /^orders-m/.test(id)
      ? new Promise((resolve) => released.push(() => resolve({ kind: "delivered" })))
      : { kind: "delivered" };
  await using line = await startLine(nats, system, {
    bundles: [handMade(), handMade({ integration: "desk" })],
  });
  await system.send({ id: "orders-new" }, {}, "orders");
  await quiet(admin, "desk");
  await until("the neighbour is delivered", () => line.outcomes().includes("delivered orders-new"));
  // One after the other, and the first has not come back.
  expect(line.outcomes().filter((outcome) => outcome.startsWith("delivered orders-m"))).toEqual([]);
  expect(line.outcomes().filter((outcome) => outcome.startsWith("delivered desk"))).toHaveLength(10);
  const free = setInterval(() => {
    for (const release of released.splice(0)) release();
  }, 10);
  await quiet(admin, "orders");
  clearInterval(free);
  expect(line.outcomes().filter((outcome) => outcome.startsWith("delivered orders-m"))).toHaveLength(10);
});
