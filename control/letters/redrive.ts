// Dead letters back on their way. First one atomic batch in RETRY, fenced by the revision of each record that was read:
// the record that it is parked again, and the schedule that brings it at once; then the entry goes. Whoever dies between
// the two, or comes second, finds in the record that it was done.

import type { NatsConnection } from "@nats-io/transport-node";
import { readState } from "../../runtime/retry-state.ts";
import { reasonOf } from "../../runtime/start-failure.ts";
import * as address from "../../schema/address.ts";
import { contentFaultOf } from "../../schema/content.ts";
import type { DeadLetter, Redrive, RetryState } from "../../schema/outcome.ts";
import type { DeadLetterEntry } from "../dead-letters.ts";
import { lastMessage } from "../direct.ts";
import { isApiError, isConflict, publishBatch } from "../jetstream-api.ts";
import { type Bringing, bringBack, type Changed } from "./bring-back.ts";
import { type LetterKey, removeLetter, stillThere } from "./entry.ts";

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

const tries = 3;

/**
 * Letters of one integration, each of another message or target; results in their order. They go in one batch, since a
 * batch costs the server the same for two messages and for a hundred; when it is refused, each goes by itself. Throws
 * what `failureOf` reads.
 */
export async function redriveLetters(
  connection: NatsConnection,
  keys: readonly LetterKey[],
  options: RedriveOptions,
): Promise<readonly Redriven[]> {
  const looked = await Promise.all(keys.map((key) => look(connection, key, options)));
  const bringing = looked.filter((each): each is Bring => each.kind === "bring");
  const together = bringing.length > 0 && (await send(connection, bringing)) === "stored";
  return Promise.all(
    looked.map(async (each, index) => {
      if (each.kind !== "bring") return each;
      if (together) return finish(connection, each);
      const key = keys[index];
      return key === undefined ? { kind: "gone" } : redriveAlone(connection, key, options);
    }),
  );
}

async function redriveAlone(connection: NatsConnection, key: LetterKey, options: RedriveOptions): Promise<Redriven> {
  for (let round = 0; round < tries; round += 1) {
    const looked = await look(connection, key, options);
    if (looked.kind !== "bring") return looked;
    const sent = await send(connection, [looked]);
    if (sent === "stored") return finish(connection, looked);
    if (sent !== "conflict") return refused(sent.refused);
  }
  return refused("its record changes all the time");
}

interface Bring extends Bringing {
  readonly kind: "bring";
}

/** What is to be done with it, as everything is now; what was done before is finished. */
async function look(
  connection: NatsConnection,
  key: LetterKey,
  { by, now, prepare, dryRun }: RedriveOptions,
): Promise<Bring | Redriven> {
  const entry = await stillThere(connection, key);
  if (entry === undefined) return { kind: "gone" };
  const { letter } = entry;
  if (letter === undefined) return refused("its record is damaged: nobody knows what it was");
  const prepared = (await prepare?.(entry)) ?? { ok: true };
  if (!prepared.ok) return refused(prepared.reason);
  const { revision, state } = await recordOf(connection, entry);
  const verdict = judge(state, letter);
  if (verdict.kind === "refused") return verdict;
  if (verdict.kind === "already") {
    if (dryRun !== true) await removeLetter(connection, entry);
    return verdict;
  }
  if (dryRun === true) return { kind: "redriven", attempt: letter.attempts + 1 };
  const { changed } = prepared;
  return { kind: "bring", entry, letter, revision, before: state, changed, by, at: now().toISOString() };
}

/** All or nothing. */
async function send(
  connection: NatsConnection,
  bringing: readonly Bring[],
): Promise<"stored" | "conflict" | { readonly refused: string }> {
  try {
    await publishBatch(
      connection,
      bringing.flatMap((each) => bringBack(connection, each).messages),
    );
    return "stored";
  } catch (error) {
    if (isConflict(error)) return "conflict";
    if (contentFaultOf(error) !== undefined) return { refused: reasonOf(error) };
    if (isApiError(error)) return { refused: `NATS refuses it: ${error.message} (JetStream ${error.errCode})` };
    throw error;
  }
}

async function finish(connection: NatsConnection, bring: Bring): Promise<Redriven> {
  const { integration, target, idHash } = bring.entry;
  const view = address.retriesViewSubject(integration, target, idHash);
  connection.publish(view, JSON.stringify(bringBack(connection, bring).state));
  await removeLetter(connection, bring.entry);
  return { kind: "redriven", attempt: bring.letter.attempts + 1 };
}

async function recordOf(connection: NatsConnection, { integration, target, idHash }: DeadLetterEntry) {
  const subject = address.stateSubject(integration, target, idHash);
  const message = await lastMessage(connection, address.retryStream(integration), subject);
  return { revision: message?.sequence ?? 0, state: message === undefined ? undefined : readState(message.body) };
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

const refused = (reason: string) => ({ kind: "refused", reason }) as const;
