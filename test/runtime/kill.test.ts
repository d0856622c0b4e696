// A real process, killed for real, in the middle of 10,000 messages.

import type { ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import { envelopeHeaders } from "../../runtime/envelope.ts";
import { createLink } from "../../runtime/link.ts";
import { expectSequence, publish } from "../../runtime/publish.ts";
import * as address from "../../schema/address.ts";
import { deadLetters, quiet } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { spawnWorker } from "../rig/process-worker.ts";
import { createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const count = 10_000;
const silent = { info: () => undefined, warn: () => undefined };

test("kill -9 of the worker three times and of the server once: every accepted message is delivered as it was", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"], ackWaitMs: 1_000 });
  const dir = await mkdtemp(join(tmpdir(), "vrsky-kill-"));
  const ledger = join(dir, "ledger");
  await writeFile(ledger, "");
  const lines = async () => (await readFile(ledger, "utf8")).split("\n").slice(0, -1);
  const start = () => spawnWorker("worker", nats, [ledger]);
  let worker = start();
  try {
    const sending = sendAll(nats.connect);
    for (const taken of [1_000, 3_000, 5_000]) {
      await until(`${taken} are taken`, async () => (await lines()).length >= taken);
      await ended(worker, "SIGKILL");
      // The kill hit the middle.
      expect(new Set((await lines()).map(idOf)).size).toBeLessThan(count);
      if (taken === 3_000) {
        await nats.kill("SIGKILL");
        await nats.restart();
      }
      worker = start();
    }
    await sending;
    await quiet(admin);
    await ended(worker, "SIGTERM");
    const taken = await lines();
    expect(new Set(taken.map(idOf)).size).toBe(count);
    for (const line of taken) {
      const { id, body } = JSON.parse(line);
      expect(body).toEqual({ id, text: `text of ${id}` });
    }
    expect(await deadLetters(admin)).toEqual([]);
  } finally {
    worker.kill("SIGKILL");
    await rm(dir, { recursive: true, force: true });
  }
});

const idOf = (line: string): string => JSON.parse(line).id;

/** As a source does it: again and again until the server has said that it is stored. */
async function sendAll(connect: () => ReturnType<Awaited<ReturnType<typeof natsServer>>["connect"]>): Promise<void> {
  const link = createLink(await connect(), "_INBOX", systemClock, silent);
  let next = 0;
  const send = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const id = `m${index}`;
      const envelope = { id, source: "door", receivedAt: "", contract: "", bundle: "", meta: {}, headers: {} };
      await until(
        `${id} is stored`,
        async () => {
          const published = await publish(link.requests, {
            subject: address.intakeSubject("orders", address.idHash(id)),
            data: JSON.stringify({ id, text: `text of ${id}` }),
            headers: { ...envelopeHeaders(envelope), ...expectSequence(0) },
          });
          return published.kind !== "unavailable";
        },
        40_000,
      );
    }
  };
  await Promise.all(Array.from({ length: 32 }, send));
  link.close();
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await gone;
}
