// What the server knows of an integration without looking at a message: its streams and their durables. A target has
// one durable on each of them, or one for each partition where its messages are ordered.

import type { NatsConnection } from "@nats-io/transport-node";
import * as address from "../../schema/address.ts";
import { owned } from "../../schema/topology.ts";
import { concurrently } from "../concurrently.ts";
import { type ConsumerInfo, callIfThere, list, metadataOf, type StreamInfo } from "../jetstream-api.ts";

export interface LiveConsumer extends ConsumerInfo {
  readonly delivered: { readonly stream_seq: number; readonly consumer_seq: number };
}

export interface LiveStream extends StreamInfo {
  readonly state: StreamInfo["state"] & { readonly first_ts?: string };
}

export interface LiveIntegration {
  readonly integration: string;
  readonly intake?: LiveStream;
  readonly retry?: LiveStream;
  readonly archive?: LiveStream;
}

const pageOfConsumers = 256;

/** `crm` for the durables `crm` and `crm_7`: no target's name holds an underscore. */
export const targetOf = (consumer: string): string => consumer.replace(/_\d+$/, "");

/** The workspace's integrations that have a stream in this account, by name. */
export async function liveIntegrations(
  connection: NatsConnection,
  workspace: string,
): Promise<ReadonlyMap<string, LiveIntegration>> {
  const found = new Map<string, LiveIntegration>();
  for (const stream of await list<LiveStream>(connection, "STREAM.LIST", "streams")) {
    const metadata = metadataOf(stream.config);
    const integration = metadata[owned.integration];
    if (metadata[owned.workspace] !== workspace || typeof integration !== "string" || integration === "") continue;
    const known = found.get(integration) ?? { integration };
    if (stream.config.name === address.intakeStream(integration)) found.set(integration, { ...known, intake: stream });
    if (stream.config.name === address.retryStream(integration)) found.set(integration, { ...known, retry: stream });
    if (stream.config.name === address.archiveStream(integration))
      found.set(integration, { ...known, archive: stream });
  }
  return found;
}

/** By stream. */
export async function consumersOf(
  connection: NatsConnection,
  integrations: readonly LiveIntegration[],
  lanes: number,
): Promise<ReadonlyMap<string, readonly LiveConsumer[]>> {
  const streams = integrations.flatMap(({ intake, retry }) =>
    [intake, retry].flatMap((stream) => (stream === undefined ? [] : [stream.config.name])),
  );
  const lists = await concurrently(
    streams,
    lanes,
    async (stream) => [stream, await consumersOn(connection, stream)] as const,
  );
  return new Map(lists);
}

/** None on a stream that is gone by now. */
async function consumersOn(connection: NatsConnection, stream: string): Promise<readonly LiveConsumer[]> {
  const subject = `CONSUMER.LIST.${stream}`;
  const first = await callIfThere<{ total: number; consumers: readonly LiveConsumer[] | null }>(connection, subject);
  const consumers = first?.consumers ?? [];
  if ((first?.total ?? 0) <= Math.max(consumers.length, pageOfConsumers)) return consumers;
  return list<LiveConsumer>(connection, subject, "consumers");
}
