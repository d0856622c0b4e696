// The two messages that bring a dead letter back: the record that it is parked again, which is also the fence, and the
// schedule that fires at once with the letter's own bytes and headers.

import type { NatsConnection } from "@nats-io/transport-node";
import { bodyInChunks, chunkSize } from "../../runtime/content/pack.ts";
import { writeReference } from "../../runtime/content/reference.ts";
import { asciiJson } from "../../runtime/envelope.ts";
import type { Chunks } from "../../runtime/publish.ts";
import { keepingUnknown } from "../../runtime/retry-state.ts";
import * as address from "../../schema/address.ts";
import { type ContentReference, chunkBytes, inlineBytes } from "../../schema/content.ts";
import { header } from "../../schema/envelope.ts";
import { isJsonObject } from "../../schema/json.ts";
import type { DeadLetter, Redrive, RetryState } from "../../schema/outcome.ts";
import type { DeadLetterEntry } from "../dead-letters.ts";
import type { Outgoing } from "../jetstream-api.ts";
import { chunksOf, referenceOf } from "./content.ts";

/** What it is given instead of its body, and the contract and bundle that say that it fits. */
export interface Changed {
  readonly body: Uint8Array;
  readonly contract: string;
  readonly bundle: string;
}

export interface Bringing {
  readonly entry: DeadLetterEntry;
  readonly letter: DeadLetter;
  /** Of the record that was read; 0 when there was none. */
  readonly revision: number;
  /** What that record said. */
  readonly before: RetryState | undefined;
  readonly changed: Changed | undefined;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

/** How many redrives of one message are remembered. */
const remembered = 10;

export function bringBack(
  connection: NatsConnection,
  bringing: Bringing,
): { readonly state: RetryState; readonly messages: readonly Outgoing[] } {
  const { entry, letter, revision, changed, at } = bringing;
  const redrive = redriveOf(bringing);
  const state = keepingUnknown(bringing.before, parked(letter, redrive, at, changed?.bundle));
  const record = {
    subject: address.stateSubject(entry.integration, entry.target, entry.idHash),
    body: JSON.stringify(state),
    headers: { "Nats-Rollup": "sub", "Nats-Expected-Last-Subject-Sequence": String(revision) },
  };
  return { state, messages: [record, schedule(connection, bringing, redrive)] };
}

function redriveOf({ letter, entry, by, at, changed }: Bringing): Redrive {
  const { message, class: kind } = letter.failure;
  return {
    number: (letter.redriven?.at(-1)?.number ?? 0) + 1,
    at,
    by,
    from: entry.sequence,
    diedAt: letter.diedAt,
    failure: { class: kind, message: message.slice(0, 300) },
    attempts: letter.attempts,
    ...(changed === undefined ? {} : { patched: true }),
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
const left = new RegExp(`^nats-|^${header.dead}$|^${header.content}$`, "i");

function schedule(
  connection: NatsConnection,
  { entry, letter, changed, at: dueAt }: Bringing,
  redrive: Redrive,
): Outgoing {
  const { integration, target, idHash, stored } = entry;
  const kept = Object.fromEntries(stored.keys().map((name) => [name, stored.get(name)] as const));
  const { number, at, by, from, patched } = redrive;
  const { body, reference, chunks } = besideIt(connection, entry, changed);
  return {
    subject: address.scheduleSubject(integration, target, idHash),
    body,
    ...(chunks === undefined ? {} : { chunks: { ...chunks, headers: { "Nats-Rollup": "sub" } } }),
    headers: {
      ...(reference === undefined ? {} : { [header.content]: writeReference(reference) }),
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

interface Beside {
  readonly body: Uint8Array;
  readonly reference?: ContentReference;
  readonly chunks?: Chunks;
}

/** What lies beside a message stays there, unless that is the body which is another now. */
function besideIt(connection: NatsConnection, entry: DeadLetterEntry, changed: Changed | undefined): Beside {
  const { integration, target, idHash } = entry;
  const subject = address.retryChunks(integration, target, idHash);
  const reference = referenceOf(entry);
  const replaced = changed !== undefined && reference?.role !== "blob";
  if (replaced && changed.body.length > inlineBytes) {
    const largest = connection.info?.max_payload ?? chunkBytes;
    return { body: new Uint8Array(), ...bodyInChunks(changed.body, subject, chunkSize(largest)) };
  }
  const body = changed?.body ?? entry.body;
  if (replaced || reference === undefined) return { body };
  if (reference.at !== "chunks" || reference.count === 0) return { body, reference };
  const { count, size } = reference;
  return {
    body,
    reference,
    chunks: { subject, headers: {}, count, bytes: size, read: () => chunksOf(connection, entry) },
  };
}
