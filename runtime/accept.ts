// The source side: a message is given its id, checked against its contract, and stored. Only the server's PubAck makes
// it ours, and only then the sender is told so.

import { createHash } from "node:crypto";
import * as address from "../schema/address.ts";
import type { Bundle } from "../schema/bundle.ts";
import type { Accepted, Incoming } from "../schema/connector.ts";
import type { Issue } from "../schema/worker.ts";
import { isoTime } from "./clock.ts";
import { type Committer, createCommitter } from "./commit.ts";
import { pack, packAlone } from "./content/pack.ts";
import { keptOf } from "./content/spool.ts";
import type { Context, Telling } from "./context.ts";
import { envelopeHeaders, type Received, traced, wellFormed } from "./envelope.ts";
import { createEphemeralCommitter, eitherWay } from "./ephemeral/committer.ts";
import { type Lies, placeInIntake } from "./order-key.ts";
import type { Program } from "./program.ts";
import { type Outgoing, sizeOf } from "./publish.ts";
import { reasonOf } from "./start-failure.ts";

/** Longer ids are not ids. */
const longestId = 1024;

/** Room that retry state and dead letters need beside the message itself, in bytes. */
export const headroom = 16 * 1024;

const fewSeconds = 2;

/** What the sources of one integration have in hand together. */
export interface Door {
  messages: number;
  bytes: number;
  readonly committer: Committer;
  /** Senders that wait for room, told whenever there is more. */
  readonly waiting: Set<() => void>;
}

/** `stored` is told the bytes of each message that has come to be there. */
export const createDoor = (context: Context, stored: (bytes: number) => void): Door => ({
  messages: 0,
  bytes: 0,
  committer: eitherWay(createCommitter(context, stored), createEphemeralCommitter(context)),
  waiting: new Set(),
});

/** Until the returned function is called. */
export function occupy(door: Door, messages: number, bytes: number): () => void {
  door.messages += messages;
  door.bytes += bytes;
  return () => {
    door.messages -= messages;
    door.bytes -= bytes;
    for (const tell of door.waiting) tell();
  };
}

/** Of a message whose sender waits for more than its being stored. */
export interface Awaited {
  /** Nothing consumes the intake: the answer is all that comes of it. */
  readonly unstored: boolean;
  /** What it is, once it is known to be valid. */
  envelope?: Received;
}

/** Resolves once the message is stored, or says why not. Never rejects. */
export async function accept(
  context: Context,
  program: Program,
  source: string,
  door: Door,
  incoming: Incoming,
  awaited?: Awaited,
): Promise<Accepted> {
  const accepted = await admit(context, program, source, door, incoming, awaited).catch((error: unknown) => {
    context.log.warn({ source, error: reasonOf(error) }, "a message could not be taken in");
    return unavailable("an error in the worker; its log says more");
  });
  await letGo(incoming, accepted);
  const event = toEvent(accepted, source);
  if (event !== undefined && !(event.kind === "accepted" && awaited?.unstored)) context.tell(event);
  return accepted;
}

async function admit(
  context: Context,
  program: Program,
  source: string,
  door: Door,
  incoming: Incoming,
  awaited: Awaited | undefined,
): Promise<Accepted> {
  const { limits } = context;
  const size = incoming.body.length;
  // What is larger than all there is gets in alone.
  const full = door.bytes > 0 && door.bytes + size > limits.acceptBytes;
  if (full || door.messages >= limits.acceptMessages) {
    return unavailable("too many messages are being stored at once");
  }
  const leave = occupy(door, 1, size);
  try {
    const placed = place(context, program, source, incoming);
    if (placed.kind === "invalid") return placed;
    const { envelope } = placed;
    if (awaited !== undefined) awaited.envelope = envelope;
    const wait = context.pace.take();
    if (wait > 0) return overPace(wait);
    if (awaited?.unstored) return { kind: "stored", id: envelope.id, sequence: 0, duplicate: false };
    return await store(context, door.committer, placed, incoming);
  } finally {
    leave();
  }
}

export type Ready =
  | { readonly kind: "ready"; readonly id: string; readonly message: Outgoing; readonly size: number }
  | Extract<Accepted, { kind: "invalid" }>;

/** What is to be stored of it. */
export function prepare(context: Context, program: Program, source: string, incoming: Incoming): Ready {
  const placed = place(context, program, source, incoming);
  return placed.kind === "invalid" ? placed : outgoing(context, placed, incoming);
}

interface Placed {
  readonly kind: "placed";
  readonly envelope: Received;
  readonly lies: Extract<Lies, { kind: "lies" }>;
}

/** What it would be once it is stored, and where it would lie. */
export function place(
  context: Pick<Context, "integration" | "clock" | "mask">,
  program: Program,
  source: string,
  incoming: Incoming,
): Placed | Extract<Accepted, { kind: "invalid" }> {
  const checked = check(context, program, source, incoming);
  if (checked.kind === "invalid") return checked;
  const { envelope } = checked;
  const lies = placeInIntake(program, context.integration, envelope, incoming.value);
  return lies.kind === "failed" ? invalid(context.mask(lies.message)) : { kind: "placed", envelope, lies };
}

type Checked = { readonly kind: "valid"; readonly envelope: Received } | Extract<Accepted, { kind: "invalid" }>;

function check(
  context: Pick<Context, "clock" | "mask">,
  { bundle, code, env }: Program,
  source: string,
  incoming: Incoming,
): Checked {
  const sourceCode = code.sources[source];
  if (sourceCode === undefined) return invalid(`there is no source ${source} any more`);
  const issues = sourceCode.check(incoming.value);
  if (issues.length > 0) return checkInvalid(context, bundle, source, incoming, issues);

  const receivedAt = isoTime(context.clock.now());
  const { headers, meta, value: body } = incoming;
  const scope = { ...env, body, headers, meta: { ...meta, id: "", source, receivedAt } };
  const given = sourceCode.messageId(scope);
  if (typeof given === "object") return invalid(`message-id: ${context.mask(given.failed)}`);
  const id = wellFormed(given || incoming.id || hashOf(source, incoming.body));
  if (id.length > longestId) return invalid(`the message id is longer than ${longestId} characters`);

  const contract = bundle.contracts[bundle.sources[source]?.contract ?? ""]?.hash ?? "";
  const envelope = { id, source, receivedAt, contract, bundle: bundle.hash, meta, headers };
  return { kind: "valid", envelope: traced(envelope, incoming) };
}

/** What does not fit the contract is told to the sender, unless the source's `on-error` takes it in. */
function checkInvalid(
  context: Pick<Context, "clock" | "mask">,
  bundle: Bundle,
  source: string,
  incoming: Incoming,
  issues: readonly Issue[],
): Checked {
  const reaction = bundle.sources[source]?.onError?.invalid;
  if (reaction === undefined || reaction === "dead" || reaction === "continue") return { kind: "invalid", issues };
  const message = issues.map((issue) => `${issue.path || "the body"} ${issue.message}`).join("; ");
  const { headers, meta } = incoming;
  const receivedAt = isoTime(context.clock.now());
  const error = {
    class: "invalid",
    message: context.mask(message),
    to: reaction === "drop" ? [] : reaction.to,
  } as const;
  // The author's `message-id` reads what the contract promises: of a broken message it can say nothing.
  const id = wellFormed(incoming.id || hashOf(source, incoming.body));
  const envelope = { id, source, receivedAt, contract: "", bundle: bundle.hash, meta, headers, error };
  return { kind: "valid", envelope: traced(envelope, incoming) };
}

function outgoing(context: Context, { envelope, lies }: Placed, incoming: Incoming): Ready {
  const hash = address.idHash(envelope.id);
  const packed = address.isEphemeral(lies.subject) ? packAlone(context, incoming) : pack(context, hash, incoming);
  if (packed.kind === "too-large") return invalid(`the message is larger than ${packed.most} bytes`);
  const { data, reference, chunks } = packed;
  const content = reference && { reference, lies: "intake" as const, hash };
  const headers = { ...envelopeHeaders({ ...envelope, content }), ...lies.headers };
  const message: Outgoing = { subject: lies.subject, data, headers, ...(chunks === undefined ? {} : { chunks }) };
  const largest = context.link.largest() - headroom;
  const size = sizeOf(message);
  if (size > largest) return invalid(`the message with its headers is larger than ${largest} bytes`);
  const beside = reference?.role === "body" ? reference.size : 0;
  return { kind: "ready", id: envelope.id, message, size: size + beside };
}

async function store(context: Context, committer: Committer, placed: Placed, incoming: Incoming): Promise<Accepted> {
  const ready = outgoing(context, placed, incoming);
  if (ready.kind === "invalid") return ready;
  const { id, message, size } = ready;

  if (context.crash) await context.crash("before-store");
  const committed = await committer.commit(message, size);
  if (context.crash) await context.crash("after-store");
  return committed.kind === "stored" ? { ...committed, id } : unavailable(committed.reason);
}

/**
 * What was put aside for a message is not needed any more, whatever was answered; but for an object to which the stored
 * message refers, or may refer where nobody knows whether it is stored.
 */
export async function letGo({ content }: Incoming, accepted: Accepted): Promise<void> {
  if (content === undefined) return;
  const kept = keptOf(content);
  const needed = accepted.kind === "unavailable" || (accepted.kind === "stored" && !accepted.duplicate);
  if (kept.kind === "object" && needed) kept.taken();
  await content.discard();
}

/** Two messages without any id and with the same body are one message. */
function hashOf(source: string, body: Uint8Array): string {
  return createHash("sha256").update(source).update("\0").update(body).digest("base64url");
}

const invalid = (message: string): Extract<Accepted, { kind: "invalid" }> => ({
  kind: "invalid",
  issues: [{ path: "", message }],
  fits: true,
});

export const unavailable = (reason: string): Extract<Accepted, { kind: "unavailable" }> => ({
  kind: "unavailable",
  reason,
  retryAfterSeconds: fewSeconds,
});

const overPace = (ms: number): Accepted => ({
  ...unavailable("the tenant takes in as many messages per second as its quota grants"),
  limited: true,
  retryAfterSeconds: ms / 1000,
});

export function toEvent(accepted: Accepted, source: string): Telling | undefined {
  switch (accepted.kind) {
    case "stored":
      return { ...accepted, kind: "accepted", source };
    case "invalid": {
      const [first] = accepted.issues;
      const where = first?.path ? `${first.path}: ` : "";
      return { kind: "refused", source, class: "invalid", reason: `${where}${first?.message ?? "invalid"}` };
    }
    case "unavailable":
      return { kind: "refused", source, class: "unavailable", reason: accepted.reason };
    default:
      return accepted satisfies never;
  }
}
