// The end of a message that cannot be delivered: its original bytes and headers with the reason, kept until a person
// decides.

import type { MsgHdrs } from "@nats-io/nats-core";
import * as address from "../schema/address.ts";
import { type Envelope, header } from "../schema/envelope.ts";
import { isJsonObject } from "../schema/json.ts";
import type { DeadLetter, Failure, Redrive } from "../schema/outcome.ts";
import { beside, type Carried, toDead } from "./content/carry.ts";
import type { Context } from "./context.ts";
import { asciiJson, travelling } from "./envelope.ts";
import { parseJson } from "./parse-json.ts";
import { expectSequence, isGone, type Outgoing, type Published, publishTogether, sizeOf } from "./publish.ts";
import type { Spot } from "./retry-state.ts";
import { withoutRead } from "./send-on.ts";
import { lastOf } from "./stream-api.ts";

/** Somebody may take away, or add, what was there a moment ago. */
const tries = 4;

/**
 * Writes it once; "conflict" means that it is there already. Another death of the same message may stand there: one that
 * was redriven and is about to go, or that of an earlier message with this id. It stays, this one comes behind it.
 */
export async function publishDeadLetter(
  context: Context,
  spot: Spot,
  from: Carried,
  letter: DeadLetter,
): Promise<Published> {
  const { requests } = context.link;
  const chunks = toDead(context, from, spot);
  let message: Outgoing = { ...fitting(context, spot, from.envelope, letter), ...beside(chunks) };
  for (let expected = 0, round = 0; round < tries; round += 1) {
    const headers = { ...message.headers, ...expectSequence(expected) };
    const published = await publishTogether(requests, [{ ...message, headers }]);
    if (isGone(published)) {
      // That it is gone is in the letter, and the letter is all that is left to keep.
      const { chunks: _, ...alone } = message;
      message = alone;
      continue;
    }
    if (published.kind !== "conflict") return published;
    const there = await lastOf(requests, address.deadStream, message.subject);
    if (there.kind === "unavailable") return there;
    if (there.kind === "found" && isSameDeath(there.headers, letter)) return published;
    expected = there.kind === "found" ? there.sequence : 0;
  }
  return { kind: "unavailable", reason: "the dead letter changes all the time" };
}

/** For what the server itself writes into a message. */
const slack = 512;

/** What is told is cut short where there is no room for it beside the message: one that cannot be buried has no end. */
function fitting(context: Context, spot: Spot, envelope: Envelope, letter: DeadLetter): Outgoing {
  const whole = deadMessage(context, spot, envelope, letter);
  if (sizeOf(whole) + slack <= context.link.largest()) return whole;
  const { failure, redriven, ...rest } = letter;
  const last = redriven?.slice(-1).map((redrive) => ({ ...redrive, failure: brief(redrive.failure) }));
  return deadMessage(context, spot, envelope, {
    ...rest,
    failure: brief(withoutRead(failure)),
    ...(last === undefined ? {} : { redriven: last }),
  });
}

const brief = <F extends { readonly message: string }>(failure: F): F => ({
  ...failure,
  message: failure.message.length > 200 ? `${failure.message.slice(0, 199)}…` : failure.message,
});

function deadMessage({ integration }: Context, spot: Spot, envelope: Envelope, letter: DeadLetter): Outgoing {
  const { failure, redriven, ended, ...rest } = letter;
  const others = ended === undefined ? {} : { ended };
  const { item, ...whole } = envelope;
  const about = letter.item === undefined ? whole : { ...whole, item: letter.item };
  const known = redriven === undefined ? {} : { redriven: redriven.map(plainRedrive) };
  return {
    subject: address.deadSubject(integration, spot.target, spot.hash),
    data: envelope.body,
    headers: {
      // Under the message's own id, which its steps may read; the item's is the letter's.
      ...travelling({ ...about, ...others }),
      [header.attempt]: String(letter.attempts),
      [header.sequence]: String(letter.sequence),
      [header.dead]: asciiJson({ ...rest, ...others, failure: plain(failure), ...known }),
    },
  };
}

function isSameDeath(headers: MsgHdrs | undefined, { diedAt, attempts, sequence }: DeadLetter): boolean {
  const there = parseJson(headers?.get(header.dead) ?? "");
  if (!isJsonObject(there)) return false;
  return there.diedAt === diedAt && there.attempts === attempts && there.sequence === sequence;
}

/** As JSON: members that are absent stay absent. */
function plain({ class: kind, message, place, status, read }: Failure) {
  return {
    class: kind,
    message,
    ...(place === undefined ? {} : { place: { ...place } }),
    ...(status === undefined ? {} : { status }),
    ...(read === undefined ? {} : { read }),
  };
}

const plainRedrive = ({ failure, ...redrive }: Redrive) => ({ ...redrive, failure: { ...failure } });
