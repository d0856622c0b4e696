// Batches: messages of one target that wait for each other and are sent as a list. Each of them is told its own result,
// once the list has been sent, so that it is acknowledged, retried or buried like any other. What the target refuses as
// a list is sent again one by one: only the bad ones fail.

import { createHash } from "node:crypto";
import { batchBytes, batchLanes } from "../schema/batching.ts";
import type { BundleBatch, BundleTarget } from "../schema/bundle.ts";
import { type Clock, type Delivery, steadyNow } from "../schema/connector.ts";
import type { JsonObject } from "../schema/json.ts";
import type { DeliveryResult } from "../schema/outcome.ts";
import { sleep } from "./clock.ts";
import type { Context } from "./context.ts";
import { createLanes, type Lanes } from "./lanes.ts";
import type { Lease, Program } from "./program.ts";
import { createRate, type Rate } from "./rate.ts";
import { reasonOf } from "./start-failure.ts";

type Sent = Omit<Delivery, "signal">;

export interface Batches {
  /** The lease, of a target with `batch`, such that what it delivers joins others. */
  joining(lease: Lease): Lease;
  /** The lease such that what it delivers is a batch by itself and leaves at once. */
  alone(lease: Lease): Lease;
  /** What is collected leaves at once, and what joins until the returned function is called. */
  urge(): () => void;
}

export interface BatchesOptions {
  readonly target: string;
  /** True while no more messages can come in before some have left. */
  readonly full: () => boolean;
}

interface Member {
  readonly sent: Sent;
  readonly tell: (result: DeliveryResult) => void;
}

interface Collecting {
  readonly lease: Lease;
  readonly members: Member[];
  bytes: number;
  cancel: () => void;
}

export function createBatches(context: Context, { target, full }: BatchesOptions): Batches {
  const { clock } = context;
  const collecting = new Map<string, Collecting>();
  const ways = new WeakMap<Program, Way>();
  let stable: Way | undefined;
  const wayOf = ({ program, canary }: Lease): Way => {
    // The limits are those of the target, however many bundles send to it.
    if (canary && stable !== undefined) return stable;
    const way = ways.get(program) ?? createWay(program.bundle.targets[target]);
    ways.set(program, way);
    if (!canary) stable = way;
    return way;
  };
  let urgent = 0;
  let relieving = false;

  const flush = (key: string, batch: Collecting): void => {
    if (collecting.get(key) === batch) collecting.delete(key);
    batch.cancel();
    void send({ context, target, way: wayOf(batch.lease), lease: batch.lease }, batch.members);
  };
  const flushAll = (): void => {
    for (const [key, batch] of [...collecting]) flush(key, batch);
  };
  /** Of many small ones the largest go, half of what is held: what comes in their place may fill the others. */
  const relieve = (): void => {
    relieving = false;
    if (!full()) return;
    const largestFirst = [...collecting].sort(([, a], [, b]) => b.members.length - a.members.length);
    const held = largestFirst.reduce((sum, [, { members }]) => sum + members.length, 0);
    let gone = 0;
    for (const [key, batch] of largestFirst) {
      if (gone * 2 >= held) break;
      gone += batch.members.length;
      flush(key, batch);
    }
  };
  const open = (key: string, lease: Lease, withinMs: number): Collecting => {
    const batch: Collecting = { lease, members: [], bytes: 0, cancel: () => undefined };
    collecting.set(key, batch);
    batch.cancel = clock.after(urgent > 0 ? 0 : withinMs, () => flush(key, batch));
    return batch;
  };
  const join = (lease: Lease, limits: BundleBatch, member: Member): void => {
    const { program } = lease;
    const key = `${program.key} ${JSON.stringify(member.sent.settings)}`;
    const size = Buffer.byteLength(JSON.stringify(member.sent.body));
    const most = limits.bytes ?? batchBytes;
    const before = collecting.get(key);
    if (before !== undefined && before.bytes + size > most) flush(key, before);
    const batch = collecting.get(key) ?? open(key, lease, limits.within);
    batch.members.push(member);
    batch.bytes += size;
    if (batch.members.length >= limits.count || batch.bytes >= most) flush(key, batch);
    else if (!relieving && full()) {
      relieving = true;
      // Others that came with it join before.
      clock.after(0, relieve);
    }
  };
  return {
    joining: (lease) => {
      const limits = lease.program.bundle.targets[target]?.batch;
      if (limits === undefined) return lease;
      return { ...lease, send: (sent) => new Promise((tell) => join(lease, limits, { sent, tell })) };
    },
    alone: (lease) => ({ ...lease, send: (sent) => sendList({ context, target, way: wayOf(lease), lease }, [sent]) }),
    urge: () => {
      urgent += 1;
      flushAll();
      return () => {
        urgent -= 1;
      };
    },
  };
}

/** What `limit` says of lists. */
interface Way {
  readonly lanes: Lanes;
  readonly rate: Rate | undefined;
}

function createWay(target: BundleTarget | undefined): Way {
  const rate = target?.limit?.rate;
  return { lanes: createLanes(batchLanes(target ?? {})), rate: rate === undefined ? undefined : createRate(rate) };
}

interface Sending {
  readonly context: Context;
  readonly target: string;
  readonly lease: Lease;
  readonly way: Way;
}

/** Never rejects. What was not sent when the worker breaks off is told nothing: it is handed back. */
async function send(sending: Sending, members: readonly Member[]): Promise<void> {
  const { context, way } = sending;
  await way.lanes(async () => {
    // What is collected was let in, and still does not begin while a suspect is alone.
    const wait = context.suspects.enter();
    if (wait !== undefined) await wait;
    try {
      await sendAll(sending, members);
    } finally {
      context.suspects.leave();
    }
  });
}

async function sendAll(sending: Sending, members: readonly Member[]): Promise<void> {
  const { context } = sending;
  if (context.attempts.ended()) return;
  const all = members.map(({ sent }) => sent);
  const result = await sendList(sending, all);
  if (result.kind !== "permanent" || members.length === 1) {
    for (const { tell } of members) tell(result);
    return;
  }
  if (context.crash) await context.crash("after-batch-refused");
  for (const { sent, tell } of members) {
    if (context.attempts.ended()) return;
    tell(await sendList(sending, [sent]));
  }
}

async function sendList({ context, target, lease, way }: Sending, members: readonly Sent[]): Promise<DeliveryResult> {
  const { clock, attempts, mask } = context;
  const count = members.length;
  const id = batchId(members);
  const items = members.map(({ body }) => body);
  const settings = settingsOf(lease.program, target, { id, count, items });
  if ("kind" in settings) return settings;
  if (way.rate !== undefined) await itsTurn(clock, way.rate);
  const startedAt = clock.now();
  const [first] = members;
  const attempt = members.reduce((most, sent) => Math.max(most, sent.attempt), 1);
  const result = await attempts.deliver(lease.open, {
    id,
    attempt,
    settings: settings.given,
    body: items,
    receivedAt: earliest(members),
    batch: { id, count, ids: members.map((member) => member.id) },
    traceparent: count === 1 ? first?.traceparent : undefined,
    tracestate: count === 1 ? first?.tracestate : undefined,
  });
  const durationMs = clock.now() - startedAt;
  context.tell({ kind: "batch", target, batch: id, count, durationMs, result: result.kind });
  if (result.kind === "delivered") {
    const detail = `batch ${id} of ${count}`;
    return { kind: "delivered", detail: result.detail === undefined ? detail : `${detail}: ${result.detail}` };
  }
  if (result.kind === "permanent" && count > 1) {
    const { class: type, message } = result.failure;
    context.log.info({ target, batch: id, count, class: type, error: mask(message) }, "refused as a list");
  }
  return result;
}

async function itsTurn(clock: Clock, rate: Rate): Promise<void> {
  for (let now = steadyNow(clock); rate.free(now) < 1; now = steadyNow(clock)) {
    await sleep(clock, Math.max(1, Math.ceil(rate.next(now) - now)));
  }
  rate.start(steadyNow(clock));
}

/** Equal members, equal id, in whatever order they came: an idempotency key, and fit for a file's name. */
function batchId(members: readonly Sent[]): string {
  const ids = members.map(({ id }) => id).sort();
  return createHash("sha256").update(JSON.stringify(ids)).digest("hex").slice(0, 32);
}

/** ISO texts of the same form have the order of their times. */
const earliest = (members: readonly Sent[]): string | undefined =>
  members.flatMap(({ receivedAt }) => receivedAt ?? []).sort()[0];

type Batch = { readonly id: string; readonly count: number; readonly items: Sent["body"][] };

function settingsOf(
  { bundle, code, env }: Program,
  target: string,
  batch: Batch,
): { readonly given: JsonObject } | Extract<DeliveryResult, { kind: "permanent" }> {
  const refused = (message: string, place = -1) => {
    const found = bundle.places[place];
    const failure = { class: "invalid", message, ...(found === undefined ? {} : { place: found }) } as const;
    return { kind: "permanent", failure } as const;
  };
  try {
    const made = code.targets[target]?.batch?.({ ...env, batch });
    if (made === undefined) return { given: {} };
    return made.kind === "failed" ? refused(made.message, made.place) : { given: made.settings };
  } catch (error) {
    // Compiled code does not throw.
    return refused(reasonOf(error));
  }
}
