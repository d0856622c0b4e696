// A group of messages on its way again. Without `order-by` each is parked at each target as if it had failed there and
// were due now, and the run's record moves on in the same atomic batch. With `order-by` they go into the intake, behind
// everything that is there, in their order; the record moves on after it, and whoever comes in between looks what is
// there.

import type { NatsConnection } from "@nats-io/transport-node";
import { isoTime } from "../../runtime/clock.ts";
import { travelling } from "../../runtime/envelope.ts";
import type { Chunks } from "../../runtime/publish.ts";
import * as address from "../../schema/address.ts";
import { header } from "../../schema/envelope.ts";
import type { RetryState } from "../../schema/outcome.ts";
import { chunkBytesOf } from "../content.ts";
import { lastMessages } from "../direct.ts";
import { controlError } from "../failure.ts";
import { isConflict, type Outgoing, publishBatch } from "../jetstream-api.ts";
import type { Again } from "./message.ts";
import { findRun, type Run, runMessage } from "./run.ts";

export interface Sending {
  readonly connection: NatsConnection;
  /** As it shall be when these are sent. */
  readonly run: Run;
  /** Of the run's record as it is. */
  readonly revision: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The revision of the run's record; `taken`: hashes of ids that another message has, and nothing was sent. */
export type Sent =
  | { readonly kind: "sent"; readonly revision: number }
  | { readonly kind: "taken"; readonly hashes: ReadonlySet<string> };

export async function park(sending: Sending, messages: readonly Again[]): Promise<Sent> {
  const { connection, run, revision, now } = sending;
  const dueAt = isoTime(now());
  const parked = messages.flatMap((message) =>
    run.targets.map((target) => parkedAt(connection, run, target, message, dueAt)),
  );
  try {
    const batch = [runMessage(run, revision), ...parked.flatMap(({ record, schedule }) => [record, schedule])];
    const last = await publishBatch(connection, batch);
    for (const { view, record } of parked) connection.publish(view, record.body);
    return { kind: "sent", revision: last - sizeOfBatch(batch) + 1 };
  } catch (error) {
    if (!isConflict(error)) throw error;
    await stillOurs(sending);
    const subjects = parked.map(({ record }) => record.subject);
    const there = await lastMessages(connection, address.retryStream(run.integration), subjects);
    if (there.length === 0) throw error;
    return { kind: "taken", hashes: new Set(there.map(({ subject }) => hashIn(subject))) };
  }
}

/** Messages, those that lie beside others included. */
const sizeOfBatch = (batch: readonly Outgoing[]): number =>
  batch.reduce((sum, { chunks }) => sum + 1 + (chunks?.count ?? 0), 0);

/** What lies beside it is copied along: `subject` is where that belongs. */
function besideAt(connection: NatsConnection, { beside }: Again, subject: string, headers: Chunks["headers"]) {
  if (beside?.reference.at !== "chunks") return {};
  const { count, size } = beside.reference;
  return { chunks: { subject, headers, count, bytes: size, read: () => chunkBytesOf(connection, beside) } };
}

function parkedAt(connection: NatsConnection, { integration, by }: Run, target: string, message: Again, dueAt: string) {
  const { envelope } = message;
  const hash = address.idHash(envelope.id);
  const state = {
    state: "parked",
    id: envelope.id,
    attempt: 1,
    dueAt,
    firstFailureAt: dueAt,
    failure: { class: "unavailable", message: `replayed by ${by}, and not tried yet` },
    possiblyDelivered: false,
    bundle: envelope.bundle,
    sequence: envelope.sequence,
  } as const satisfies RetryState;
  const record: Outgoing = {
    subject: address.stateSubject(integration, target, hash),
    body: JSON.stringify(state),
    headers: { "Nats-Rollup": "sub", "Nats-Expected-Last-Subject-Sequence": "0" },
  };
  const schedule: Outgoing = {
    subject: address.scheduleSubject(integration, target, hash),
    body: envelope.body,
    ...besideAt(connection, message, address.retryChunks(integration, target, hash), { "Nats-Rollup": "sub" }),
    headers: {
      ...travelling(envelope),
      [header.attempt]: "1",
      [header.sequence]: String(envelope.sequence),
      "Nats-Schedule": `@at ${dueAt}`,
      "Nats-Schedule-Target": address.dueSubject(integration, target, hash),
      "Nats-Rollup": "sub",
    },
  };
  return { record, schedule, view: address.retriesViewSubject(integration, target, hash) };
}

/** Where in the intake a message lies. */
export interface Placed extends Again {
  readonly subject: string;
  readonly expected: Readonly<Record<string, string>>;
}

export async function enqueue(sending: Sending, messages: readonly Placed[]): Promise<Sent> {
  const { connection, run } = sending;
  const outgoing = placedIn(connection, run.integration);
  let left = messages;
  try {
    if (left.length > 0) await publishBatch(connection, left.map(outgoing));
  } catch (error) {
    if (!isConflict(error)) throw error;
    await stillOurs(sending);
    const there = await lastMessages(
      connection,
      address.intakeStream(run.integration),
      left.map(({ envelope }) => address.anyPartition(run.integration, address.idHash(envelope.id))),
    );
    // Of this run and the same message: it was sent before the run's record could say so.
    const own = new Map(there.map(({ subject, headers }) => [hashIn(subject), fromIn(headers.get(header.replay))]));
    const taken = left.filter(({ envelope, sequence }) => {
      const from = own.get(address.idHash(envelope.id));
      return from !== undefined && from !== sequence;
    });
    if (taken.length > 0) {
      return { kind: "taken", hashes: new Set(taken.map(({ envelope }) => address.idHash(envelope.id))) };
    }
    left = left.filter(({ envelope }) => !own.has(address.idHash(envelope.id)));
    if (left.length === messages.length) throw error;
    if (left.length > 0) await publishBatch(connection, left.map(outgoing));
  }
  return { kind: "sent", revision: await note(sending) };
}

const placedIn =
  (connection: NatsConnection, integration: string) =>
  (message: Placed): Outgoing => ({
    subject: message.subject,
    body: message.envelope.body,
    headers: { ...travelling(message.envelope), ...message.expected },
    ...besideAt(connection, message, address.intakeChunks(integration, address.idHash(message.envelope.id)), {}),
  });

/** The run's record alone. */
export async function note(sending: Sending): Promise<number> {
  const { connection, run, revision } = sending;
  try {
    return await publishBatch(connection, [runMessage(run, revision)]);
  } catch (error) {
    if (isConflict(error)) await stillOurs(sending);
    throw error;
  }
}

/** Throws when somebody else has gone on with this run. */
async function stillOurs({ connection, run, revision }: Sending): Promise<void> {
  const known = await findRun(connection, run.integration, run.run);
  if ((known?.revision ?? 0) === revision) return;
  throw controlError({
    kind: "locked",
    message: `somebody else is going on with the replay ${run.run}; nothing is done twice`,
  });
}

const hashIn = (subject: string): string => subject.slice(subject.lastIndexOf(".") + 1);

function fromIn(text: string): number {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "from" in value ? Number(value.from) : -1;
  } catch {
    return -1;
  }
}
