// The lease on a source that one worker at a time runs: a message with a time to live, beside what the source remembers.
// Its sequence is the fencing token: each renewal, and each write of the source's state, expects it. Whoever was stopped
// for too long finds another sequence there, and the server refuses what it writes, whatever its clock says.

import { nuid } from "@nats-io/nats-core";
import * as address from "../schema/address.ts";
import { type SourceFailure, steadyNow } from "../schema/connector.ts";
import { isJsonObject, type JsonObject } from "../schema/json.ts";
import type { SourceLease } from "../schema/lease.ts";
import { pause, sleep, within } from "./clock.ts";
import type { Context } from "./context.ts";
import { parseJson } from "./parse-json.ts";
import { expectSequence, isUnanswered, type Outgoing, publish, publishTogether } from "./publish.ts";
import type { Held, Seat } from "./seat.ts";
import { lastOf } from "./stream-api.ts";

/** Who is not certain to have it does not act: so much of its time is left for what is on its way. */
const margin = 1 / 5;

/** For the next one to see: it need not wait for the end of the time. */
const givenBackSeconds = 60;

interface There {
  readonly sequence: number;
  readonly record: JsonObject;
}

export function leaseOn(context: Context, source: string): Seat {
  const { link, clock, limits } = context;
  const subject = address.sourceLeaseSubject(context.integration, source);
  const read = async (): Promise<There | undefined | string> => {
    const stored = await lastOf(link.requests, address.sourceStateStream, subject);
    if (stored.kind === "unavailable") return stored.reason;
    if (stored.kind === "none") return undefined;
    const record = parseJson(Buffer.from(stored.data).toString("utf8"));
    return { sequence: stored.sequence, record: isJsonObject(record) ? record : {} };
  };

  return {
    take: async (signal, waiting) => {
      const id = nuid.next();
      const since = new Date(clock.now()).toISOString();
      while (!signal.aborted) {
        const there = await read();
        const free = there === undefined || (typeof there === "object" && there.record.free === true);
        if (typeof there === "string") waiting(`its lease cannot be asked for: ${there}`);
        else if (!free && there.record.id !== id) waiting(taken);
        else {
          const lease = holding(context, { subject, id, since }, there?.sequence ?? 0, read);
          const why = await lease.take();
          if (why === undefined) return lease.held;
          waiting(why);
        }
        await pause(clock, (limits.leaseMs / 5) * (1 + context.random() / 4), signal);
      }
      return undefined;
    },
  };
}

interface Own {
  readonly subject: string;
  readonly id: string;
  readonly since: string;
}

interface Holding {
  readonly held: Held;
  /** Why it is not had, if so. */
  take(): Promise<string | undefined>;
}

function holding(
  context: Context,
  { subject, id, since }: Own,
  first: number,
  read: () => Promise<There | undefined | string>,
): Holding {
  const { link, clock, limits } = context;
  const seconds = Math.max(1, Math.ceil(limits.leaseMs / 1000));
  const lasting = seconds * 1000;
  let sequence = first;
  let until = Number.NEGATIVE_INFINITY;
  let lost: (() => void) | undefined;
  let over = false;
  let said: Partial<SourceLease> = {};
  /** So that a write whose answer was lost is known when it is found. */
  let writes = 0;
  let turn: Promise<unknown> = Promise.resolve();
  let cancelRenewal: () => void = () => undefined;
  let cancelEnd: () => void = () => undefined;

  /** One write after the other: each expects what the one before has left. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };
  const lose = (): void => {
    if (over) return;
    drop();
    lost?.();
  };
  const drop = (): void => {
    over = true;
    cancelRenewal();
    cancelEnd();
  };
  const message = (more: Partial<SourceLease>, ttl = seconds): Outgoing => {
    const record: SourceLease = { id, since, condition: "running", write: writes, ...said, ...more };
    return { subject, data: JSON.stringify(record), headers: { ...expectSequence(sequence), "Nats-TTL": `${ttl}s` } };
  };
  const hold = (from: number, at: number): void => {
    sequence = at;
    until = from + lasting * (1 - margin);
    cancelEnd();
    cancelEnd = clock.after(Math.max(0, until - steadyNow(context.clock)), lose);
  };
  /** What became of a write that met another one, or was not answered. */
  const lookUp = async (): Promise<number | "lost" | undefined> => {
    const there = await read();
    if (typeof there === "string") return undefined;
    if (there?.record.id !== id || there.record.free === true) return "lost";
    // One that was given up on came late.
    if (there.record.write !== writes) sequence = there.sequence;
    return there.record.write === writes ? there.sequence : undefined;
  };
  /** With the lease, in one atomic batch. Undefined: done; else why not. */
  const write = async (others: readonly Outgoing[]): Promise<string | undefined> => {
    writes += 1;
    const asked = steadyNow(context.clock);
    let reason = "it is being changed";
    for (let tries = 1; tries <= mostTries && !over; tries += 1) {
      const published = await publishTogether(link.requests, [...others, message({})]);
      if (published.kind === "unavailable") reason = published.reason;
      const unclear = published.kind === "conflict" || isUnanswered(published);
      const at = published.kind === "stored" ? published.sequence : unclear ? await lookUp() : undefined;
      // Of a first one that was not answered, and is not there, nobody knows yet.
      if (at === "lost" && (published.kind === "conflict" || until > Number.NEGATIVE_INFINITY)) {
        lose();
        return taken;
      }
      if (typeof at === "number" && !over) {
        hold(asked, at);
        return undefined;
      }
      await sleep(clock, 50 * tries);
    }
    return over ? taken : reason;
  };
  const later = (): void => {
    cancelRenewal = clock.after(lasting / 3, () => {
      void inTurn(() => write([])).then(() => {
        if (!over) later();
      });
    });
  };

  return {
    take: async () => {
      const why = await inTurn(() => write([]));
      if (why !== undefined) {
        drop();
        return why;
      }
      if (context.crash) await context.crash("lease-taken");
      later();
      return undefined;
    },
    held: {
      holds: () => !over && steadyNow(context.clock) < until,
      write: async (messages) => {
        const why = await inTurn(() => write(messages));
        if (why !== undefined) throw new Error(`the source's state cannot be written: ${why}`);
      },
      say: (failure) => {
        const next = failure === undefined ? {} : told(context, failure);
        if (next.condition === said.condition && next.reason === said.reason) return;
        said = next;
        if (!over) void inTurn(() => write([]));
      },
      onLost: (run) => {
        lost = run;
        if (over) run();
      },
      release: async (failure) => {
        const had = !over;
        drop();
        await inTurn(async () => {
          if (!had || !link.connected()) return;
          writes += 1;
          said = failure === undefined ? {} : told(context, failure);
          const last = message({ free: true }, givenBackSeconds);
          await within(clock, 1_000, publish(link.requests, last), undefined);
        });
      },
    },
  };
}

const told = ({ mask }: Context, failure: SourceFailure): Partial<SourceLease> => ({
  condition: failure.kind,
  reason: mask(failure.reason),
  ...(failure.kind === "halted" ? { help: mask(failure.help) } : {}),
});

const mostTries = 4;
const taken = "another worker runs it";
