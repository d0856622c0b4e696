// What the server's answer to a write into the intake means, and which of its messages are there where an answer does
// not say so.

import type { Clock } from "../schema/connector.ts";
import { header } from "../schema/envelope.ts";
import { within } from "./clock.ts";
import type { Committed } from "./commit.ts";
import { type Last, lastOfEach } from "./last-of-each.ts";
import type { Link } from "./link.ts";
import { expectsUnder, noResponders, type Outgoing, type Published } from "./publish.ts";

type Stored = Extract<Committed, { readonly kind: "stored" }>;

/** One entry for each message, undefined where it is not there. Undefined when nobody can say. */
export async function lookUpStored(
  link: Link,
  clock: Clock,
  stream: string,
  messages: readonly Outgoing[],
): Promise<readonly (Stored | undefined)[] | undefined> {
  const found = await lastOfEach(link, clock, stream, messages.map(expectsUnder));
  if (found === undefined) return undefined;
  const byId = new Map([...found].map(([subject, last]) => [idIn(subject), last]));
  return messages.map((message) => {
    const last = byId.get(idIn(message.subject));
    return last && { kind: "stored", sequence: last.sequence, duplicate: !isOurs(last, message) };
  });
}

/** In whatever partition it lies. */
const idIn = (subject: string): string => subject.slice(subject.lastIndexOf(".") + 1);

/** Somebody else's message of the same id was received at another time, or says something else. */
const isOurs = (last: Last, { headers }: Outgoing): boolean =>
  last.headers.get(header.envelope) === headers[header.envelope];

/** A server that is started again, or another one, is there by then; else the sender has waited long enough. */
const patienceMs = 2_000;

export async function reconnected(link: Link, clock: Clock): Promise<void> {
  let forget: () => void = () => undefined;
  const back = new Promise<void>((resolve) => {
    forget = link.onReconnect(resolve);
  });
  await within(clock, patienceMs, back, undefined);
  forget();
}

/**
 * Nothing of the batch is stored, for a reason that lies in one of its messages or in other batches: one is there
 * already, or on its way (10201), the batch is not whole (10176), too many are open (10210), it is too large (10199).
 */
const rejections: ReadonlySet<number> = new Set([10201, 10176, 10210, 10199]);

export const isRejection = (published: Exclude<Published, { readonly kind: "stored" }>): boolean =>
  published.kind === "conflict" || rejections.has(published.code ?? 0);

/** In the words of a person. */
export const reasonFor = ({ code, reason }: { readonly code?: number; readonly reason: string }): string =>
  (code === undefined ? undefined : told[code]) ?? reason;

/** By NATS's `err_code`. */
const told: Readonly<Record<number, string>> = {
  10002: "the tenant's storage quota is used up (NATS: resource limits exceeded for account)",
  10023: "the NATS server has no room left (insufficient resources)",
  10047: "the NATS server has no storage left (insufficient storage resources available)",
  10077:
    "the intake is full (NATS: maximum bytes exceeded); its targets do not keep up, or it is too small for `dedupe`",
  [noResponders]: "NATS has no intake for it, or JetStream is off there",
};
