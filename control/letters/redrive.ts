// One dead letter back on its way. First one atomic batch in RETRY, fenced by the revision of the record that was read:
// the record that it is parked again, and the schedule that brings it at once; then the entry goes. Whoever dies between
// the two, or comes second, finds in the record that it was done.

import type { NatsConnection } from "@nats-io/transport-node";
import { asciiJson } from "../../runtime/envelope.ts";
import * as address from "../../schema/address.ts";
import { header } from "../../schema/envelope.ts";
import { isJsonObject } from "../../schema/json.ts";
import type { DeadLetter, Redrive, RetryState } from "../../schema/outcome.ts";
import type { DeadLetterEntry } from "../dead-letters.ts";
import { lastMessage } from "../direct.ts";
import { isConflict, type Outgoing, publishBatch } from "../jetstream-api.ts";
import { type LetterKey, removeLetter, stillThere } from "./entry.ts";

/** What it is given instead of its body, and the contract and bundle that say that it fits. */
export interface Changed {
  readonly body: Uint8Array;
  readonly contract: string;
  readonly bundle: string;
}

export interface RedriveOptions {
  readonly by: string;
  readonly now: () => Date;
  /** A reason to leave it, or what it is given instead of its body; asked with the entry as it is now. */
  readonly prepare?: (entry: DeadLetterEntry) => Promise<Prepared>;
  /** Looks and changes nothing. */
  readonly dryRun?: boolean;
}

export type Prepared =
  | { readonly ok: true; readonly changed?: Changed }
  | { readonly ok: false; readonly reason: string };

export type Redriven =
  /** `attempt`: the number of the one that will be made. */
  | { readonly kind: "redriven"; readonly attempt: number }
  /** It was done before, by this one or somebody else; its entry is gone now. */
  | { readonly kind: "already"; readonly redrive: Redrive }
  /** Nobody knows by whom: the entry is not there any more. */
  | { readonly kind: "gone" }
  | { readonly kind: "refused"; readonly reason: string };

/** How many redrives of one message are remembered. */
const remembered = 10;
const tries = 3;

/** Throws what `failureOf` reads. */
export async function redriveLetter(
  connection: NatsConnection,
  listed: LetterKey,
  options: RedriveOptions,
): Promise<Redriven> {
  const entry = await stillThere(connection, listed);
  if (entry === undefined) return { kind: "gone" };
  const { letter } = entry;
  if (letter === undefined) return refused("its record is damaged: nobody knows what it was");
  const prepared = (await options.prepare?.(entry)) ?? { ok: true };
  if (!prepared.ok) return refused(prepared.reason);
  for (let round = 0; round < tries; round += 1) {
    const { revision, state } = await recordOf(connection, entry);
    const verdict = judge(state, letter);
    if (verdict.kind === "refused") return verdict;
    if (options.dryRun === true) {
      return verdict.kind === "already" ? verdict : { kind: "redriven", attempt: letter.attempts + 1 };
    }
    if (verdict.kind === "already") {
      await removeLetter(connection, entry.sequence);
      return verdict;
    }
    const done = await bringBack(connection, { ...options, entry, letter, revision, changed: prepared.changed });
    if (done !== undefined) return done;
  }
  return refused("its record changes all the time");
}

interface Bringing extends Pick<RedriveOptions, "by" | "now"> {
  readonly entry: DeadLetterEntry;
  readonly letter: DeadLetter;
  readonly revision: number;
  readonly changed: Changed | undefined;
}

/** Undefined: somebody else was quicker. */
async function bringBack(
  connection: NatsConnection,
  { entry, letter, revision, changed, by, now }: Bringing,
): Promise<Redriven | undefined> {
  const at = now().toISOString();
  const redrive = redriveOf(letter, entry.sequence, at, by, changed !== undefined);
  const state = parked(letter, redrive, at, changed?.bundle);
  try {
    await publishBatch(connection, [
      {
        subject: address.stateSubject(entry.integration, entry.target, entry.idHash),
        body: JSON.stringify(state),
        headers: { "Nats-Rollup": "sub", "Nats-Expected-Last-Subject-Sequence": String(revision) },
      },
      schedule(entry, letter, redrive, at, changed),
    ]);
  } catch (error) {
    if (isConflict(error)) return undefined;
    throw error;
  }
  const view = address.retriesViewSubject(entry.integration, entry.target, entry.idHash);
  connection.publish(view, JSON.stringify(state));
  await removeLetter(connection, entry.sequence);
  return { kind: "redriven", attempt: state.attempt };
}

async function recordOf(connection: NatsConnection, { integration, target, idHash }: DeadLetterEntry) {
  const subject = address.stateSubject(integration, target, idHash);
  const message = await lastMessage(connection, address.retryStream(integration), subject);
  return { revision: message?.sequence ?? 0, state: message === undefined ? undefined : readState(message.body) };
}

function readState(body: Uint8Array): RetryState | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    // Only workers of the integration and this file write there.
    return isJsonObject(value) ? (value as unknown as RetryState) : undefined;
  } catch {
    return undefined;
  }
}

type Verdict = { readonly kind: "bring" } | Extract<Redriven, { kind: "already" | "refused" }>;

/** What the record says to one who is about to bring back this letter. */
function judge(state: RetryState | undefined, letter: DeadLetter): Verdict {
  const redrives = state?.state === "dead" ? state.letter.redriven : state?.redriven;
  const own = redrives?.find((each) => each.diedAt === letter.diedAt && each.attempts === letter.attempts);
  if (own !== undefined) return { kind: "already", redrive: own };
  switch (state?.state) {
    case "parked":
    case "started":
      return refused("a message with this id is being tried again at this target; wait for its end");
    case "dead":
      // Whoever wrote that may not have got to its entry; the record is all that is left of it.
      return state.letter.diedAt === letter.diedAt
        ? { kind: "bring" }
        : refused("a message with this id died there since; redrive that one first");
    default:
      return { kind: "bring" };
  }
}

function redriveOf(letter: DeadLetter, from: number, at: string, by: string, patched: boolean): Redrive {
  const { message, class: kind } = letter.failure;
  return {
    number: (letter.redriven?.at(-1)?.number ?? 0) + 1,
    at,
    by,
    from,
    diedAt: letter.diedAt,
    failure: { class: kind, message: message.slice(0, 300) },
    attempts: letter.attempts,
    ...(patched ? { patched: true } : {}),
  };
}

function parked(letter: DeadLetter, redrive: Redrive, dueAt: string, bundle: string | undefined) {
  const { id, attempts, firstFailureAt, failure, possiblyDelivered, sequence, redriven = [] } = letter;
  return {
    state: "parked",
    id,
    // Goes on counting: a redelivery of an earlier attempt sees that it is behind.
    attempt: attempts + 1,
    dueAt,
    firstFailureAt,
    failure,
    possiblyDelivered,
    bundle: bundle ?? letter.bundle,
    sequence,
    redriven: [...redriven, redrive].slice(-remembered),
  } as const satisfies RetryState;
}

/** What the server adds, and what was about the entry alone. */
const left = new RegExp(`^nats-|^${header.dead}$`, "i");

function schedule(
  entry: DeadLetterEntry,
  letter: DeadLetter,
  redrive: Redrive,
  dueAt: string,
  changed: Changed | undefined,
): Outgoing {
  const { integration, target, idHash, stored } = entry;
  const kept = Object.fromEntries(stored.keys().map((name) => [name, stored.get(name)] as const));
  const { number, at, by, from, patched } = redrive;
  return {
    subject: address.scheduleSubject(integration, target, idHash),
    body: changed?.body ?? entry.body,
    headers: {
      ...Object.fromEntries(Object.entries(kept).filter(([name]) => !left.test(name))),
      ...(changed === undefined ? {} : { [header.envelope]: underContract(stored.get(header.envelope), changed) }),
      [header.attempt]: String(letter.attempts + 1),
      [header.sequence]: String(letter.sequence),
      [header.redriven]: asciiJson({ number, at, by, from, ...(patched === undefined ? {} : { patched }) }),
      "Nats-Schedule": `@at ${dueAt}`,
      "Nats-Schedule-Target": address.dueSubject(integration, target, idHash),
      "Nats-Rollup": "sub",
    },
  };
}

function underContract(record: string, { contract, bundle }: Changed): string {
  const value: unknown = JSON.parse(record);
  return isJsonObject(value) ? asciiJson({ ...value, contract, bundle }) : record;
}

const refused = (reason: string) => ({ kind: "refused", reason }) as const;
