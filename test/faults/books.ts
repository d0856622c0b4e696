// Reads from NATS what is left and what died, and closes the books of one scenario: one verdict per target.

import type { NatsConnection } from "@nats-io/transport-node";
import { listDeadLetters } from "../../control/dead-letters.ts";
import { directMessages } from "../../control/direct.ts";
import * as address from "../../schema/address.ts";
import { type Effect, type Grave, judge, type Verdict } from "../rig/oracle.ts";
import type { Receiver } from "../rig/receiver.ts";
import { api } from "../rig/topology.ts";
import type { LabIntegration, Message } from "./integrations.ts";

export interface Standing {
  /** Waiting, in hand and scheduled, at all targets. */
  readonly left: number;
  /** Handed out and not acknowledged, by target. */
  readonly inHand: Readonly<Record<string, number>>;
  /** Scheduled for a retry. */
  readonly parked: number;
  /** So often a message was handed out again, at all targets. */
  readonly redelivered: number;
  /** Of the RETRY stream: it moves while something is going on. */
  readonly lastSequence: number;
}

interface ConsumerState {
  readonly name: string;
  readonly num_pending: number;
  readonly num_ack_pending: number;
  readonly num_redelivered: number;
}

export async function standingOf(
  connection: NatsConnection,
  integration: string,
  targets: readonly string[],
): Promise<Standing> {
  const retry = address.retryStream(integration);
  const consumers: ConsumerState[] = [];
  for (const stream of [address.intakeStream(integration), retry]) {
    const answer: { consumers?: readonly ConsumerState[] } = await api(connection, `CONSUMER.LIST.${stream}`);
    consumers.push(...(answer.consumers ?? []));
  }
  const scheduled = await api(connection, `STREAM.INFO.${retry}`, { subjects_filter: `rs.${integration}.>` });
  const state: { last_seq?: number; subjects?: Record<string, number> } = Object(scheduled.state);
  const parked = Object.keys(state.subjects ?? {}).length;
  const sum = (of: (consumer: ConsumerState) => number, among = consumers): number =>
    among.reduce((total, consumer) => total + of(consumer), 0);
  const inHand = targets.map((target) => {
    const own = consumers.filter(({ name }) => name === target || name.startsWith(`${target}_`));
    return [target, sum(({ num_ack_pending }) => num_ack_pending, own)] as const;
  });
  return {
    left: sum(({ num_pending, num_ack_pending }) => num_pending + num_ack_pending) + parked,
    inHand: Object.fromEntries(inHand),
    parked,
    redelivered: sum(({ num_redelivered }) => num_redelivered),
    lastSequence: state.last_seq ?? 0,
  };
}

export interface Books {
  readonly integration: LabIntegration;
  readonly connection: NatsConnection;
  readonly sent: ReadonlyMap<string, Message>;
  readonly accepted: ReadonlySet<string>;
  readonly receiver: Receiver;
  /** By targets that wrote by themselves. */
  readonly written: ReadonlyMap<string, readonly Effect[]>;
  readonly allowed: ReadonlyMap<string, number>;
}

export async function closeBooks(books: Books): Promise<readonly Verdict[]> {
  const { integration, connection, sent, accepted, receiver } = books;
  const letters = await listDeadLetters(connection, { integration: integration.name, limit: Number.POSITIVE_INFINITY });
  if (!letters.ok) throw new Error(letters.failure.message);
  const left = await whatIsLeft(connection, integration, [...sent.keys()]);
  return integration.targets.map((target) => {
    const all = new Map([...sent].map(([id, message]) => [id, integration.parts(message, target)] as const));
    const own = receiver.taken.filter(({ path }) => path === `/${target}`);
    const written = books.written.get(target);
    const dead = letters.value.letters.flatMap((entry): readonly Grave[] => {
      if (entry.target !== target) return [];
      const { id = entry.idHash, item, failure, possiblyDelivered = false } = entry.letter ?? {};
      const grave = { possiblyDelivered, message: failure?.message ?? "" };
      // A letter of a whole message is one of each of its items that has no other end.
      const parts = item === undefined ? (all.get(id) ?? []) : [];
      const open = parts.filter((part) => part.end === "dead" || parts.length === 1);
      return open.length === 0 ? [{ id, ...grave }] : open.map((part) => ({ id: part.id, ...grave }));
    });
    return judge({
      target,
      sent: all,
      accepted,
      effects: written ?? own.filter(({ first }) => first),
      repeats: own.filter(({ first }) => !first).length,
      allowed: (books.allowed.get(target) ?? 0) + (written !== undefined ? 0 : receiver.spoiled()),
      dead,
      inFlight: left.get(target) ?? new Set(),
    });
  });
}

/** Ids that are not through, by target: what the intake's consumers have not acknowledged, and what is to be retried. */
async function whatIsLeft(
  connection: NatsConnection,
  { name, targets }: LabIntegration,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const idOf = new Map(ids.map((id) => [address.idHash(id), id]));
  const named = (subject: string): string => {
    const hash = subject.slice(subject.lastIndexOf(".") + 1);
    return idOf.get(hash) ?? hash;
  };
  const left = new Map(targets.map((target) => [target, new Set<string>()]));
  const info = await api(connection, `STREAM.INFO.${address.retryStream(name)}`, { subjects_filter: ">" });
  const state: { subjects?: Record<string, number> } = Object(info.state);
  for (const subject of Object.keys(state.subjects ?? {})) {
    const [kind, , target = ""] = subject.split(".");
    if (kind === "rs" || kind === "rd") left.get(target)?.add(named(subject));
  }
  const stream = address.intakeStream(name);
  const answer: { consumers?: readonly (Record<"num_pending" | "num_ack_pending", number> & UnreadConsumer)[] } =
    await api(connection, `CONSUMER.LIST.${stream}`);
  for (const consumer of answer.consumers ?? []) {
    if (consumer.num_pending + consumer.num_ack_pending === 0) continue;
    const target = targets.find((each) => consumer.name === each || consumer.name.startsWith(`${each}_`)) ?? "";
    const from = consumer.ack_floor.stream_seq + 1;
    const filter = consumer.config.filter_subject;
    for await (const { subject } of directMessages(connection, { stream, filter, from })) {
      left.get(target)?.add(named(subject));
    }
  }
  return left;
}

interface UnreadConsumer {
  readonly name: string;
  readonly ack_floor: { readonly stream_seq: number };
  readonly config: { readonly filter_subject: string };
}
