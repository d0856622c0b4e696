// Keeps the intake from filling up: what every target has acknowledged and what is older than the history goes. Any
// worker may do it, also two at once. It stops as soon as it does not know every consumer of the stream: whoever reads
// there without our knowing must not lose what it has not read.

import * as address from "../schema/address.ts";
import type { Bundle, Retention } from "../schema/bundle.ts";
import { steadyNow } from "../schema/connector.ts";
import { header } from "../schema/envelope.ts";
import { isoTime } from "./clock.ts";
import { readReference } from "./content/reference.ts";
import type { Context } from "./context.ts";
import type { Requests } from "./request.ts";
import { reasonOf } from "./start-failure.ts";
import { consumerFacts, firstSince, purgeBefore, query, type StreamFacts, streamFacts } from "./stream-api.ts";

interface History {
  readonly ageMs: number;
  readonly messages: number;
  /** Share of the stream's max_bytes. */
  readonly share: number;
  /** Up to this sequence it has to go: there is no room for the large contents of its messages. */
  readonly upTo: number;
}

const hour = 3_600_000;

const histories: Readonly<Record<Retention | "standard", Omit<History, "upTo">>> = {
  short: { ageMs: hour, messages: 100_000, share: 0.5 },
  standard: { ageMs: 24 * hour, messages: 1_000_000, share: 0.7 },
  long: { ageMs: 7 * 24 * hour, messages: 10_000_000, share: 0.85 },
};

export type Trimmed =
  | { readonly kind: "trimmed"; readonly below: number }
  | { readonly kind: "kept"; readonly reason?: string };

export type Around = Pick<Context, "integration" | "link" | "clock" | "log" | "limits">;

/** One round: purges up to the lowest of the targets' ack floors and the history. */
async function trimIntake(
  context: Around,
  bundle: Bundle,
  upTo: number,
  note: (facts: StreamFacts) => number,
): Promise<Trimmed> {
  const history = { ...histories[bundle.retention ?? "standard"], upTo };
  const { requests } = context.link;
  const stream = address.intakeStream(context.integration);
  const facts = await streamFacts(requests, stream);
  if (facts === undefined) return { kind: "kept" };
  const everywhere = note(facts);
  if (facts.messages === 0) return { kind: "kept" };

  const outdated = await outsideHistory(context, bundle, stream, facts, history);
  if (outdated < facts.firstSequence) return { kind: "kept" };
  const readers = Object.keys(bundle.targets).flatMap((target) => readersOf(context, bundle, target));
  if (facts.consumers > readers.length) return { kind: "kept", reason: "the stream has consumers of others" };
  const floors = await Promise.all(readers.map((reader) => floorOf(context, stream, reader, everywhere)));
  const known = floors.filter((floor) => floor !== undefined);
  if (known.length < readers.length) return { kind: "kept", reason: "a target's consumer is missing" };

  const copied = bundle.archive === true ? await archivedUpTo(context, stream, facts) : Number.POSITIVE_INFINITY;
  if (typeof copied === "string") return { kind: "kept", reason: copied };

  const below = await notInside(context, stream, Math.min(...known, outdated, copied) + 1, everywhere);
  if (below === undefined || below <= facts.firstSequence) return { kind: "kept" };
  const done = await purgeBefore(requests, stream, below);
  return done ? { kind: "trimmed", below } : { kind: "kept", reason: "the purge was refused" };
}

/**
 * A message and its chunks go together: where the cut would come between them, it comes before. Undefined: nobody can say
 * now.
 */
async function notInside(
  { link, integration }: Around,
  stream: string,
  below: number,
  everywhere: number,
): Promise<number | undefined> {
  const next = await query(link.requests, stream, { seq: below, next_by_subj: address.intakeFilter(integration) });
  if (next.kind === "unavailable") return undefined;
  if (next.kind === "none") return Math.min(below, everywhere + 1);
  const reference = readReference(next.headers?.get(header.content) ?? "");
  return reference?.at === "chunks" ? Math.min(below, next.sequence - reference.count) : below;
}

interface Reader {
  readonly consumer: string;
  /** Absent: it reads all that the stream holds. */
  readonly filter?: string;
}

function readersOf({ integration }: Around, { order }: Bundle, target: string): readonly Reader[] {
  const [first = "", ...partitions] = address.intakeConsumers(target, order);
  if (order === undefined) return [{ consumer: first }];
  return [
    { consumer: first, filter: address.unorderedFilter(integration) },
    ...partitions.map((consumer, partition) => ({ consumer, filter: address.partitionFilter(integration, partition) })),
  ];
}

/**
 * Up to here the reader needs nothing any more. Where little comes for it its own ack floor stays behind: then it is the
 * first message for it after that floor that counts, and `everywhere` when there is none.
 */
async function floorOf(
  { link }: Around,
  stream: string,
  { consumer, filter }: Reader,
  everywhere: number,
): Promise<number | undefined> {
  const facts = await consumerFacts(link.requests, stream, consumer);
  if (facts === undefined || filter === undefined) return facts?.ackFloor;
  const next = await query(link.requests, stream, { seq: facts.ackFloor + 1, next_by_subj: filter });
  if (next.kind === "unavailable") return undefined;
  return next.kind === "none" ? Math.max(everywhere, facts.ackFloor) : next.sequence - 1;
}

/**
 * Up to here the archive has everything: its last message says of which sequence it is a copy. What the server reports
 * of its copying is right only while it copies. Or why it cannot be told.
 */
async function archivedUpTo(
  { link, clock, integration }: Around,
  intake: string,
  facts: StreamFacts,
): Promise<number | string> {
  const archive = address.archiveStream(integration);
  const last = await query(link.requests, archive, { last_by_subj: ">" });
  if (last.kind === "unavailable") return "the archive cannot be read";
  if (last.kind === "none") {
    // It is new, or all that it had is older than it is kept. Whatever is as old as that in the intake it would not have
    // any more: an intake that is full takes in nothing that would say how far the archive is.
    const maxAge = (await streamFacts(link.requests, archive))?.maxAgeMs ?? 0;
    return maxAge > 0 ? await olderThan(link.requests, intake, facts, clock.now() - maxAge) : 0;
  }
  const [stream, sequence] = last.headers?.get("Nats-Stream-Source").split(" ") ?? [];
  if (stream !== intake || !(Number(sequence) > 0)) return "the archive does not say how far it is";
  // It may have a copy of what came in since.
  const end = Number(sequence) > facts.lastSequence ? await streamFacts(link.requests, intake) : facts;
  if (end === undefined) return "the intake cannot be read";
  return Number(sequence) > end.lastSequence ? "the archive is that of another intake" : Number(sequence);
}

/** Highest sequence that was stored before that time, in milliseconds since 1970; 0: none, or it cannot be told. */
async function olderThan(requests: Requests, stream: string, facts: StreamFacts, time: number): Promise<number> {
  const first = await firstSince(requests, stream, isoTime(time));
  if (first.kind === "unavailable") return 0;
  return first.kind === "none" ? facts.lastSequence : first.sequence - 1;
}

/** Highest sequence that is not part of the history any more; never one that is inside the dedupe time. */
async function outsideHistory(
  { link, clock }: Around,
  bundle: Bundle,
  stream: string,
  facts: StreamFacts,
  history: History,
): Promise<number> {
  const { firstSequence, lastSequence, messages, bytes, maxBytes } = facts;
  const upTo = (ms: number): Promise<number> => olderThan(link.requests, stream, facts, clock.now() - ms);
  const byCount = lastSequence - history.messages;
  const excess = maxBytes > 0 ? bytes - history.share * maxBytes : 0;
  const byBytes = excess > 0 ? firstSequence - 1 + Math.ceil((excess / bytes) * messages) : 0;
  const byAge = await upTo(history.ageMs);
  const wanted = Math.max(byCount, byBytes, byAge, history.upTo);
  if (wanted < firstSequence) return 0;
  const dedupe = Math.max(0, ...Object.values(bundle.sources).map((source) => source.dedupe));
  return Math.min(wanted, dedupe > 0 ? await upTo(dedupe) : wanted);
}

/** A copy of the stream may be behind by so much and answer what is asked all the same. */
const behindMs = 5_000;

/** Told the last sequence in each round: up to which one every copy of the stream knows that a message is there. */
function reachedEverywhere({ link, clock }: Around): (last: number) => number {
  let known = 0;
  let next: { readonly sequence: number; readonly at: number } | undefined;
  return (last) => {
    if (link.connection.info?.cluster === undefined) return last;
    const at = steadyNow(clock);
    if (next === undefined || at - next.at >= behindMs) {
      known = next?.sequence ?? 0;
      next = { sequence: last, at };
    }
    return Math.min(known, last);
  };
}

export interface Trimming {
  /** So many bytes were stored: under load the next round comes early, long before the stream is full. */
  stored(bytes: number): void;
  stop(): void;
}

/** Share of the stream that may fill up between two rounds. */
const step = 1 / 20;

/** Trims again and again until told to stop. `pressing`: up to which sequence the history has to go; see sweep.ts. */
export function keepTrimming(context: Around, bundle: () => Bundle, pressing: () => number): Trimming {
  const { clock, limits, log, link } = context;
  let stopped = false;
  let trimming = false;
  let since = 0;
  /** Unknown before the first round, so the first message brings that. */
  let most = 0;
  let said: string | undefined;
  let cancel: () => void = () => undefined;
  const reached = reachedEverywhere(context);
  const note = (facts: StreamFacts): number => {
    most = facts.maxBytes > 0 ? facts.maxBytes * step : Number.POSITIVE_INFINITY;
    return reached(facts.lastSequence);
  };
  const trim = async (): Promise<Trimmed> =>
    link.connected() && !stopped ? trimIntake(context, bundle(), pressing(), note) : { kind: "kept" };
  const round = async (): Promise<void> => {
    trimming = true;
    since = 0;
    most = Number.POSITIVE_INFINITY;
    const trimmed = await trim().catch((error: unknown) => ({ kind: "kept" as const, reason: reasonOf(error) }));
    const reason = trimmed.kind === "kept" ? trimmed.reason : undefined;
    if (reason !== undefined && reason !== said) log.warn({ reason }, "the intake is not trimmed");
    said = reason;
    trimming = false;
    if (!stopped) cancel = clock.after(limits.trimMs, () => void round(), "tick");
  };
  cancel = clock.after(limits.trimMs, () => void round(), "tick");
  return {
    stored: (bytes) => {
      since += bytes;
      if (since < most || trimming || stopped) return;
      cancel();
      void round();
    },
    stop: () => {
      stopped = true;
      cancel();
    },
  };
}
