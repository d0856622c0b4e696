// The replication connection: changes as they come, the server held back while too much waits, and what has been
// confirmed told to it in time.

import type { Client } from "pg";
import type { Clock } from "../../schema/connector.ts";
import { quoteName, quoteText } from "./connection.ts";
import { type Lsn, lsnText } from "./lsn.ts";
import { type Change, readChange } from "./pgoutput.ts";

export type Frame =
  | Change
  /** Everything that was committed before `end` has been sent. */
  | { readonly kind: "alive"; readonly end: Lsn };

export interface ChangeStream {
  /** What has come, oldest first; undefined when nothing has. Throws once the connection has failed and all is taken. */
  take(): Frame | undefined;
  /** Resolves when there may be something to take. */
  arrived(): Promise<void>;
  /** Wakes whoever waits for something to arrive. */
  wake(): void;
  /** The server need not keep what was committed before it. */
  confirm(position: Lsn): void;
  close(): Promise<void>;
}

export interface StreamOptions {
  /** Of the replication protocol; the stream's from now on. */
  readonly client: Client;
  readonly clock: Clock;
  readonly slot: string;
  readonly publication: string;
  readonly from: Lsn;
}

/** Bytes that may wait here before the server is held back, and how few there must be before it goes on. */
const most = 8 * 1024 * 1024;
const few = 2 * 1024 * 1024;

/** The server ends a connection that says nothing for a minute (wal_sender_timeout). */
const statusMs = 5_000;

/** Rejects with pg's own error. */
export async function openStream(options: StreamOptions): Promise<ChangeStream> {
  const { client, clock, slot, publication, from } = options;
  const { connection } = client;
  const waiting: { readonly frame: Frame; readonly bytes: number }[] = [];
  let first = 0;
  let bytes = 0;
  let held = false;
  let failure: unknown;
  let closed = false;
  let received = from;
  let confirmed = from;
  let resume: () => void = () => undefined;
  const wake = (): void => {
    const run = resume;
    resume = () => undefined;
    run();
  };
  const fail = (error: unknown): void => {
    failure ??= error;
    wake();
  };
  const status = (): void => {
    if (failure === undefined && !closed) send(client, statusMessage(received, confirmed, clock.now()));
  };
  const put = (frame: Frame, size: number): void => {
    waiting.push({ frame, bytes: size });
    bytes += size;
    if (bytes > most && !held) {
      held = true;
      connection.stream.pause();
    }
    wake();
  };
  // The chunk's bytes are used again for what comes next: it is read at once.
  const read = (chunk: Buffer): void => {
    const kind = chunk.readUInt8(0);
    if (kind === 0x77) put(readChange(chunk, 25), chunk.length);
    if (kind !== 0x6b) return;
    const end = chunk.readBigUInt64BE(1);
    if (end > received) received = end;
    put({ kind: "alive", end }, 64);
    if (chunk.readUInt8(17) === 1) status();
  };
  connection.on("copyData", ({ chunk }: { readonly chunk: Buffer }) => {
    if (failure !== undefined || closed) return;
    try {
      read(chunk);
    } catch (error) {
      fail(error);
    }
  });
  client.on("error", fail);
  client.on("end", () => fail(new Error("the server has closed the connection")));

  const started = new Promise<void>((resolve) => connection.once("replicationStart", () => resolve()));
  const streaming = client.query(
    `START_REPLICATION SLOT ${quoteName(slot)} LOGICAL ${lsnText(from)}
     (proto_version '1', publication_names ${quoteText(quoteName(publication))}, messages 'true')`,
  );
  // It ends with the connection; an end without an error is one, too.
  const over = streaming.then(() => fail(new Error("the server has ended the replication")), fail);
  await Promise.race([started, over]);
  if (failure !== undefined) throw failure;
  let stopTimer: () => void = () => undefined;
  const tick = (): void => {
    status();
    stopTimer = clock.after(statusMs, tick);
  };
  tick();

  return {
    take: () => {
      const next = waiting[first];
      if (next === undefined) {
        if (failure !== undefined) throw failure;
        return undefined;
      }
      first += 1;
      // Taken from the front of a long list one by one, each would move all others.
      if (first === waiting.length || first > 4096) {
        waiting.splice(0, first);
        first = 0;
      }
      bytes -= next.bytes;
      if (held && bytes < few) {
        held = false;
        connection.stream.resume();
      }
      return next.frame;
    },
    arrived: () =>
      new Promise<void>((resolve) => {
        if (first < waiting.length || failure !== undefined || closed) resolve();
        else resume = resolve;
      }),
    wake,
    confirm: (position) => {
      if (position <= confirmed) return;
      confirmed = position;
      if (confirmed > received) received = confirmed;
      status();
    },
    close: async () => {
      if (closed) return;
      closed = true;
      stopTimer();
      wake();
      connection.stream.resume();
      await end(client, clock);
    },
  };
}

/** In order where the server answers: only then the slot is free for the next one. */
export async function end(client: Client, clock: Clock): Promise<void> {
  const cancel = clock.after(patienceMs, () => client.connection.stream.destroy());
  await client.end().catch(() => undefined);
  cancel();
}

const patienceMs = 2_000;

function send(client: Client, message: Buffer): void {
  const { connection } = client;
  if ("sendCopyFromChunk" in connection && typeof connection.sendCopyFromChunk === "function") {
    connection.sendCopyFromChunk(message);
  }
}

/** Milliseconds from 1970 to 2000. */
const epoch = 946_684_800_000;

/**
 * `received` is what the server asks for when it wonders whether anybody listens; `confirmed` is what it may forget.
 */
function statusMessage(received: Lsn, confirmed: Lsn, now: number): Buffer {
  const message = Buffer.alloc(34);
  message.writeUInt8(0x72, 0);
  message.writeBigUInt64BE(received, 1);
  message.writeBigUInt64BE(confirmed, 9);
  message.writeBigUInt64BE(confirmed, 17);
  message.writeBigInt64BE(BigInt(Math.round(now - epoch)) * 1000n, 25);
  return message;
}
