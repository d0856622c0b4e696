// What a RETRY stream still holds of a message that should have come to its end, in words: for whoever must find out why.

import type { NatsConnection } from "@nats-io/transport-node";
import * as address from "../../schema/address.ts";
import { header } from "../../schema/envelope.ts";
import { api } from "../rig/topology.ts";

interface ConsumerState {
  readonly name: string;
  readonly num_pending: number;
  readonly num_ack_pending: number;
  readonly delivered: { readonly stream_seq: number };
  readonly ack_floor: { readonly stream_seq: number };
}

/** One line for each message that waits, is scheduled or due; none when all is done. */
export async function leftover(admin: NatsConnection, integration: string): Promise<readonly string[]> {
  const stream = address.retryStream(integration);
  const info = await api(admin, `STREAM.INFO.${stream}`, { subjects_filter: ">" });
  const state: { readonly subjects?: Readonly<Record<string, number>> } = Object(info.state);
  const waiting = Object.keys(state.subjects ?? {}).filter((subject) => /^r[sd]\./.test(subject));
  if (waiting.length === 0) return [];
  const listed: { readonly consumers?: readonly ConsumerState[] } = await api(admin, `CONSUMER.LIST.${stream}`);
  const consumers = (listed.consumers ?? []).map(
    ({ name, num_pending, num_ack_pending, delivered, ack_floor }) =>
      `${name}: ${num_pending} pending, ${num_ack_pending} in hand, delivered ${delivered.stream_seq}, floor ${ack_floor.stream_seq}`,
  );
  const lines = await Promise.all(
    waiting.slice(0, 20).map(async (subject) => {
      const record = await lastOf(admin, stream, subject.replace(/^r[sd]/, "rx"));
      return `left ${subject} ${await lastOf(admin, stream, subject)}; its record: ${record}`;
    }),
  );
  return [...lines, `consumers: ${consumers.join("; ")}`];
}

async function lastOf(admin: NatsConnection, stream: string, subject: string): Promise<string> {
  const message = await admin.request(`$JS.API.DIRECT.GET.${stream}.${subject}`);
  const { headers } = message;
  if (!headers?.has("Nats-Sequence")) return "none";
  const due = headers.get("Nats-Schedule");
  return [
    `sequence ${headers.get("Nats-Sequence")} of ${headers.get("Nats-Time-Stamp")}`,
    ...(headers.has(header.attempt) ? [`attempt ${headers.get(header.attempt)}`] : []),
    ...(due === "" ? [] : [due]),
    ...(subject.startsWith("rx") ? [message.string().slice(0, 600)] : []),
  ].join(", ");
}
