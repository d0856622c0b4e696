// A stream in memory, as far as a worker looks at one: sequences, compare-and-set by subject, roll-ups, times to live,
// schedules, and atomic batches that are stored whole or not at all.

import type { MsgHdrs } from "@nats-io/nats-core";
import type { Clock } from "../../../schema/connector.ts";
import { natsHeaders } from "../../../schema/nats-headers.ts";
import type { StreamConfig } from "../../../schema/topology.ts";
import { parseDuration } from "../../../schema/units.ts";
import { matches } from "./subjects.ts";

export interface Stored {
  readonly sequence: number;
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly until: number;
}

export interface Sent {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
}

/** `code` and text as the server gives them. */
export type Write =
  | { readonly ok: true; readonly sequence: number }
  | { readonly ok: false; readonly code: number; readonly description: string };

export interface MemoryStream {
  readonly config: StreamConfig;
  readonly takes: (subject: string) => boolean;
  first(): number;
  last(): number;
  size(): number;
  bytes(): number;
  get(sequence: number): Stored | undefined;
  lastOf(filter: string): Stored | undefined;
  /** The first one from that sequence on. */
  next(filter: string, from: number): Stored | undefined;
  count(filter: string, from: number): number;
  since(time: number): Stored | undefined;
  /** All of these or none. */
  write(messages: readonly Sent[]): Write;
  remove(sequence: number): void;
  purgeBefore(sequence: number): void;
  onStored(run: () => void): void;
}

export function createStream(clock: Clock, config: StreamConfig): MemoryStream {
  const messages = new Map<number, Stored>();
  const bySubject = new Map<string, number[]>();
  const listeners: (() => void)[] = [];
  let last = 0;
  let bytes = 0;

  const remove = (sequence: number): void => {
    const stored = messages.get(sequence);
    if (stored === undefined) return;
    messages.delete(sequence);
    bytes -= stored.data.length;
    const left = (bySubject.get(stored.subject) ?? []).filter((each) => each !== sequence);
    if (left.length === 0) bySubject.delete(stored.subject);
    else bySubject.set(stored.subject, left);
  };
  const get = (sequence: number): Stored | undefined => {
    const stored = messages.get(sequence);
    if (stored === undefined || stored.until > clock.now()) return stored;
    remove(sequence);
    return undefined;
  };
  const lastOfSubject = (subject: string): Stored | undefined => {
    const sequence = bySubject.get(subject)?.at(-1);
    return sequence === undefined ? undefined : get(sequence);
  };
  const lastOf = (filter: string): Stored | undefined => {
    if (!filter.includes("*") && !filter.endsWith(">")) return lastOfSubject(filter);
    let found: Stored | undefined;
    for (const subject of [...bySubject.keys()]) {
      if (!matches(filter, subject)) continue;
      const stored = lastOfSubject(subject);
      if (stored !== undefined && stored.sequence > (found?.sequence ?? 0)) found = stored;
    }
    return found;
  };
  const matching = function* (filter: string, from: number): Generator<Stored> {
    for (const sequence of [...messages.keys()]) {
      if (sequence < from) continue;
      const stored = get(sequence);
      if (stored !== undefined && matches(filter, stored.subject)) yield stored;
    }
  };
  const add = ({ subject, data, headers }: Sent): Stored => {
    if (headers?.get("Nats-Rollup") === "sub") for (const sequence of bySubject.get(subject) ?? []) remove(sequence);
    last += 1;
    const ttl = parseDuration(headers?.get("Nats-TTL") ?? "");
    const time = clock.now();
    const stored = { sequence: last, subject, data, headers, time, until: ttl === undefined ? never : time + ttl };
    messages.set(last, stored);
    bytes += data.length;
    const all = bySubject.get(subject) ?? [];
    all.push(last);
    bySubject.set(subject, all);
    const most = config.max_msgs_per_subject;
    if (most > 0) for (const sequence of all.slice(0, -most)) remove(sequence);
    return stored;
  };
  /** The message comes back under another subject when its time has come, unless another has taken its place. */
  const schedule = (stored: Stored): void => {
    const at = /^@at (.+)$/.exec(stored.headers?.get("Nats-Schedule") ?? "")?.[1];
    if (at === undefined || !config.allow_msg_schedules) return;
    clock.after(Math.max(0, Date.parse(at) - clock.now()), () => {
      if (get(stored.sequence) === undefined) return;
      remove(stored.sequence);
      const kept = [...(stored.headers ?? [])].filter(([name]) => !/^nats-/i.test(name));
      const headers = natsHeaders({
        ...Object.fromEntries(kept.map(([name, [value]]) => [name, value])),
        "Nats-Scheduler": stored.subject,
        "Nats-Schedule-Next": "purge",
      });
      add({ subject: stored.headers?.get("Nats-Schedule-Target") ?? "", data: stored.data, headers });
      for (const tell of listeners) tell();
    });
  };

  return {
    config,
    takes: (subject) => config.subjects.some((filter) => matches(filter, subject)),
    first: () => messages.keys().next().value ?? last + 1,
    last: () => last,
    size: () => messages.size,
    bytes: () => bytes,
    get,
    lastOf,
    next: (filter, from) => matching(filter, from).next().value,
    count: (filter, from) => [...matching(filter, from)].length,
    since: (time) => [...messages.keys()].map(get).find((stored) => stored !== undefined && stored.time >= time),
    write: (sent) => {
      const subjects = new Set(sent.map(({ subject }) => subject));
      if (sent.length > 1 && subjects.size < sent.length) return { ok: false, ...twiceInBatch };
      for (const { subject, headers } of sent) {
        const expected = headers?.get("Nats-Expected-Last-Subject-Sequence");
        if (!expected) continue;
        const under = headers?.get("Nats-Expected-Last-Subject-Sequence-Subject") || subject;
        const there = lastOf(under)?.sequence ?? 0;
        if (there !== Number(expected)) {
          return { ok: false, code: 10071, description: `wrong last sequence: ${there}` };
        }
      }
      for (const stored of sent.map(add)) schedule(stored);
      for (const tell of listeners) tell();
      return { ok: true, sequence: last };
    },
    remove,
    purgeBefore: (sequence) => {
      for (const each of [...messages.keys()]) if (each < sequence) remove(each);
    },
    onStored: (run) => listeners.push(run),
  };
}

const never = Number.POSITIVE_INFINITY;

const twiceInBatch = { code: 10201, description: "atomic publish batch contains duplicate message id" } as const;
