// What a large message costs: how long small ones of the same stream wait for their acknowledgement beside it, and how
// fast its bytes are stored as chunks and as messages of their own. Servers that sync every write, as deployed.

import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { startNatsServer } from "../control/nats-server/embed.ts";
import { findServer } from "../control/nats-server/find.ts";
import { systemClock } from "../runtime/clock.ts";
import { connectOptions } from "../runtime/connect-options.ts";
import { bodyInChunks } from "../runtime/content/pack.ts";
import { type Outgoing, publishBatch } from "../runtime/publish.ts";
import { createRequests, type Requests } from "../runtime/request.ts";
import { chunkBytes, inlineBytes, mostChunkedBytes } from "../schema/content.ts";

export interface Waits {
  readonly what: string;
  /** Milliseconds from a small message to its acknowledgement. */
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

export interface LargeFigures {
  readonly waits: readonly Waits[];
  /** MB/s: chunks of one batch, and messages of 256 KiB, 16 at a time. */
  readonly chunks: number;
  readonly inline: number;
}

export async function large(rounds = 5): Promise<LargeFigures> {
  const dir = await mkdtemp(join(tmpdir(), "vrsky-bench-"));
  const opened: NatsConnection[] = [];
  try {
    const found = await findServer({ say: (line) => process.stderr.write(`${line}\n`) });
    if (!found.ok) throw new Error(found.message);
    await using server = await startNatsServer({
      binary: found.server.path,
      dir,
      accounts: ["acme"],
      syncAlways: true,
    });
    const { user = "", password: pass = "" } = server.credentials.acme ?? {};
    const open = async (): Promise<Requests> => {
      const connection = await connect({ ...connectOptions("bench"), servers: server.url, user, pass });
      opened.push(connection);
      return createRequests(connection, "_INBOX_bench", systemClock);
    };
    const [small, big] = [await open(), await open()];
    await small.send("$JS.API.STREAM.CREATE.B", JSON.stringify(stream));
    const body = randomBytes(mostChunkedBytes);
    const alone: number[] = [];
    const beside: number[] = [];
    const seconds = { chunks: 0, inline: 0 };
    for (let round = 0; round < rounds; round += 1) {
      await waitsUntil(small, alone, pause(2_000));
      await waitsUntil(
        small,
        beside,
        timed(seconds, "chunks", () => storeChunks(big, body, round)),
      );
      await timed(seconds, "inline", () => storeInline(big, body, round));
      await small.send("$JS.API.STREAM.PURGE.B", "");
    }
    const megabytes = (rounds * body.length) / 1e6;
    return {
      waits: [waitsOf("alone", alone), waitsOf("beside 64 MiB in one batch", beside)],
      chunks: megabytes / seconds.chunks,
      inline: megabytes / seconds.inline,
    };
  } finally {
    await Promise.all(opened.map((connection) => connection.close()));
    await rm(dir, { recursive: true, force: true });
  }
}

const stream = {
  name: "B",
  subjects: ["b.>"],
  storage: "file",
  num_replicas: 1,
  allow_atomic: true,
  allow_direct: true,
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One small message after the other. */
async function waitsUntil(requests: Requests, waits: number[], end: Promise<void>): Promise<void> {
  let over = false;
  const ended = end.finally(() => {
    over = true;
  });
  while (!over) {
    const began = performance.now();
    const answer = await requests.send("b.small", randomBytes(256), undefined, 60_000);
    if (answer.kind === "none") throw new Error(answer.reason);
    waits.push(performance.now() - began);
    await pause(5);
  }
  await ended;
}

async function timed<K extends string>(seconds: Record<K, number>, kind: K, run: () => Promise<void>): Promise<void> {
  const began = performance.now();
  await run();
  seconds[kind] += (performance.now() - began) / 1000;
}

async function storeChunks(requests: Requests, body: Uint8Array, round: number): Promise<void> {
  const { chunks } = bodyInChunks(body, `b.c.${round}`, chunkBytes);
  const head: Outgoing = { subject: `b.m.${round}`, data: "", headers: {}, chunks };
  const published = await publishBatch(requests, [head]);
  if (published.kind !== "stored") throw new Error(JSON.stringify(published));
}

async function storeInline(requests: Requests, body: Uint8Array, round: number): Promise<void> {
  let at = 0;
  const work = async (): Promise<void> => {
    while (at < body.length) {
      const part = body.subarray(at, at + inlineBytes);
      at += inlineBytes;
      const answer = await requests.send(`b.i.${round}`, part, undefined, 60_000);
      if (answer.kind === "none") throw new Error(answer.reason);
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
}

function waitsOf(what: string, waits: readonly number[]): Waits {
  const sorted = waits.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { what, p50: at(0.5), p99: at(0.99), most: at(1) };
}
