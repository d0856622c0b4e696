// What lies beside a message goes where the message goes: into RETRY with its first failure, to the targets that an
// `on-error` names, into the dead letters. It is copied as a stream, in the atomic batch of what it belongs to, and
// removed from RETRY when the message has its end there.

import * as address from "../../schema/address.ts";
import type { Envelope } from "../../schema/envelope.ts";
import type { Context } from "../context.ts";
import { type Chunks, expectSequence, expectUnder, type Outgoing, publish } from "../publish.ts";
import type { Pulled } from "../pull.ts";
import { recall, type Spot } from "../retry-state.ts";
import { openContent } from "./open.ts";

export interface Carried extends Spot {
  readonly envelope: Envelope;
}

/** With its first failure at a target; undefined: nothing lies in chunks, or they are there already. */
export function toRetry(context: Context, message: Carried): Chunks | undefined {
  if (message.envelope.content?.lies !== "intake") return undefined;
  const subject = address.retryChunks(context.integration, message.target, message.hash);
  return copied(context, message, subject, rollUp);
}

/** To another message in RETRY, which is made of this one. */
export function toAnother(context: Context, message: Carried, { target, hash }: Spot): Chunks | undefined {
  return copied(context, message, address.retryChunks(context.integration, target, hash), rollUp);
}

/** `spot`: of the letter, which may be about one item of the message. */
export function toDead(context: Context, message: Carried, { target, hash }: Spot): Chunks | undefined {
  return copied(context, message, address.deadChunks(context.integration, target, hash), {});
}

/** Whatever an earlier message of this id left there goes. */
export const rollUp = { "Nats-Rollup": "sub" };

function copied(
  context: Context,
  { target, envelope }: Carried,
  subject: string,
  headers: Readonly<Record<string, string>>,
): Chunks | undefined {
  const { content: stored, sequence } = envelope;
  if (stored?.reference.at !== "chunks" || stored.reference.count === 0) return undefined;
  const { count, size } = stored.reference;
  const content = openContent(context, { target, sequence, stored });
  return { subject, headers, count, bytes: size, read: () => content.read(new AbortController().signal) };
}

export const beside = (chunks: Chunks | undefined): { readonly chunks?: Chunks } =>
  chunks === undefined ? {} : { chunks };

interface Ending extends Spot {
  readonly envelope: Pick<Envelope, "content">;
  readonly message: Pick<Pulled, "claim">;
}

type Clearing = Pick<Context, "link" | "records" | "integration" | "crash">;

/** There may be chunks of it in RETRY. */
const mayLieInRetry = ({ envelope, message }: Ending, revision: number): boolean =>
  envelope.content?.reference.at === "chunks" &&
  message.claim === undefined &&
  (envelope.content.lies === "retry" || revision > 0);

/**
 * The last thing before a message is acknowledged that has come to its end: so whoever dies before comes by again. True:
 * it may be acknowledged. Where it is to be tried again, by a person's wish as well, its chunks stay; so they do where it
 * is dead, but for whoever has seen its letter written, which is made of them. `buried`: that is us.
 */
export function cleared(context: Clearing, job: Ending, revision: number, buried: boolean): true | Promise<boolean> {
  return mayLieInRetry(job, revision) ? clear(context, job, buried) : true;
}

async function clear(context: Clearing, { target, hash }: Ending, buried: boolean): Promise<boolean> {
  const { link, integration } = context;
  const found = await recall(context, { target, hash });
  if (found === undefined) return false;
  const state = found.state?.state;
  if (state === "parked" || state === "started" || (state === "dead" && !buried)) return true;
  const record = address.stateSubject(integration, target, hash);
  const gone: Outgoing = {
    subject: address.retryChunks(integration, target, hash),
    data: "",
    headers: { ...rollUp, "Nats-TTL": "1s", ...expectSequence(found.revision), ...expectUnder(record) },
  };
  const published = await publish(link.requests, gone);
  if (context.crash) await context.crash("after-content-cleared");
  // Somebody has written the record since: what lies there is that one's.
  return published.kind !== "unavailable";
}
