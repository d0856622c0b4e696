// The end of a message that cannot be delivered: its original bytes and headers with the reason, kept until a person
// decides.

import * as address from "../schema/address.ts";
import { type Envelope, header } from "../schema/envelope.ts";
import type { DeadLetter, Failure } from "../schema/outcome.ts";
import type { Context } from "./context.ts";
import { asciiJson, travelling } from "./envelope.ts";
import { expectSequence, type Published, publish } from "./publish.ts";
import type { Spot } from "./retry-state.ts";

/** Writes it once; "conflict" means that it is there already. */
export function publishDeadLetter(
  context: Context,
  spot: Spot,
  envelope: Envelope,
  letter: DeadLetter,
): Promise<Published> {
  return publish(context.link.requests, {
    subject: address.deadSubject(context.integration, spot.target, spot.hash),
    data: envelope.body,
    headers: {
      ...travelling(envelope),
      [header.id]: encodeURIComponent(letter.id),
      [header.attempt]: String(letter.attempts),
      [header.sequence]: String(letter.sequence),
      [header.dead]: asciiJson({ ...letter, failure: plain(letter.failure) }),
      ...expectSequence(0),
    },
  });
}

/** As JSON: members that are absent stay absent. */
function plain({ class: kind, message, place, status }: Failure) {
  return {
    class: kind,
    message,
    ...(place === undefined ? {} : { place: { ...place } }),
    ...(status === undefined ? {} : { status }),
  };
}
