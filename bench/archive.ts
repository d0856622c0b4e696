// What an archive costs: the rate at which an intake takes messages in with one and without, on servers that sync every
// write, how far the archive is behind then, and the server's memory for what is archived.

import { readFileSync } from "node:fs";
import type { NatsConnection } from "@nats-io/transport-node";
import { keptBy } from "../control/archive/read.ts";
import { publishBatch } from "../control/jetstream-api.ts";
import * as address from "../schema/address.ts";
import { type NatsRig, natsServer } from "../test/rig/nats.ts";
import { createTopology } from "../test/rig/topology.ts";
import { paired, type Ratio } from "./paired.ts";

export interface ArchiveFigures {
  readonly ratio: Ratio;
  /** Milliseconds from the last acknowledgement until the archive had it. */
  readonly behindMs: number;
  /** Resident bytes of the server for each archived message, beside those of the intake. */
  readonly bytesPerMessage: number;
}

const integration = "orders";
const text = "x".repeat(512);

async function opened(archived: boolean, syncAlways: boolean) {
  const nats = await natsServer({ syncAlways });
  const admin = await nats.connect();
  const intakeBytes = 1024 ** 3;
  await createTopology(admin, { integration, targets: [], intakeBytes, ...(archived ? { archive: {} } : {}) });
  return { nats, admin };
}

export async function archive(pairs = 3, messages = 5_000, kept = 50_000): Promise<ArchiveFigures> {
  const [beside, without] = await Promise.all([opened(true, true), opened(false, true)]);
  await using _beside = beside.nats;
  await using _without = without.nats;
  let behindMs = 0;
  const rate =
    ({ admin }: { readonly admin: NatsConnection }, count: boolean) =>
    async (): Promise<number> => {
      const took = await filled(admin, messages, 100);
      const from = performance.now();
      if (count) {
        await keptBy(admin, integration);
        behindMs = Math.max(behindMs, performance.now() - from);
      }
      return (1_000 * messages) / took;
    };
  const { ratio } = await paired(pairs, rate(beside, true), rate(without, false));
  return { ratio, behindMs, bytesPerMessage: await memory(kept) };
}

async function memory(messages: number): Promise<number> {
  const grown = async (archived: boolean): Promise<number> => {
    const { nats, admin } = await opened(archived, false);
    await using _nats = nats;
    const before = resident(nats);
    await filled(admin, messages, 500);
    while ((await keptBy(admin, integration))?.behind !== undefined);
    return resident(nats) - before;
  };
  return ((await grown(true)) - (await grown(false))) / messages;
}

let next = 0;

/** Milliseconds. */
async function filled(admin: NatsConnection, messages: number, together: number): Promise<number> {
  const from = performance.now();
  for (let sent = 0; sent < messages; sent += together) {
    await publishBatch(
      admin,
      Array.from({ length: together }, () => ({
        subject: address.intakeSubject(integration, address.idHash(String(next++))),
        body: text,
        headers: { "Nats-Expected-Last-Subject-Sequence": "0" },
      })),
    );
  }
  return performance.now() - from;
}

const resident = ({ pid }: NatsRig): number =>
  1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
