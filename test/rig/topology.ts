// Streams, consumers and buckets of hand-made integrations, as the compiler's topology has them.

import type { NatsConnection } from "@nats-io/nats-core";
import * as address from "../../schema/address.ts";
import type { JsonObject } from "../../schema/json.ts";

export interface TopologyOptions {
  readonly integration: string;
  readonly targets: readonly string[];
  /** 60 s unless told; short ones make crashes quick to see. */
  readonly ackWaitMs?: number;
  readonly intakeBytes?: number;
  /** Size of its object bucket; none unless told. */
  readonly objectBytes?: number;
  /** With `order-by`. */
  readonly partitions?: number;
  /** With an archive, and what is special about its stream. */
  readonly archive?: JsonObject;
}

const nanoseconds = 1_000_000;

const plain = {
  retention: "limits",
  storage: "file",
  num_replicas: 1,
  discard: "old",
  allow_direct: true,
  duplicate_window: 100 * nanoseconds,
};

export async function createTopology(connection: NatsConnection, options: TopologyOptions): Promise<void> {
  const { integration } = options;
  const streams = [
    {
      ...plain,
      name: address.intakeStream(integration),
      subjects: [`in.${integration}.>`],
      discard: "new",
      max_bytes: options.intakeBytes ?? 64 * 1024 * 1024,
      allow_atomic: true,
    },
    {
      ...plain,
      name: address.retryStream(integration),
      subjects: address.retrySubjects(integration),
      retention: "workqueue",
      allow_rollup_hdrs: true,
      allow_atomic: true,
      allow_msg_ttl: true,
      allow_msg_schedules: true,
    },
    ...(options.archive === undefined ? [] : [archiveOf(integration, options.archive)]),
    { ...plain, name: address.deadStream, subjects: address.deadSubjects, allow_atomic: true },
    {
      ...plain,
      name: address.sourceStateStream,
      subjects: ["state.>"],
      max_msgs_per_subject: 1,
      allow_msg_ttl: true,
      allow_atomic: true,
    },
    {
      ...plain,
      name: address.bucketStream(address.retriesBucket),
      subjects: [`$KV.${address.retriesBucket}.>`],
      max_msgs_per_subject: 1,
      allow_msg_ttl: true,
    },
    ...(options.objectBytes === undefined
      ? []
      : [
          {
            ...plain,
            name: address.objectStream(integration),
            subjects: address.objectSubjects(integration),
            discard: "new",
            max_bytes: options.objectBytes,
            allow_rollup_hdrs: true,
          },
        ]),
  ];
  for (const stream of streams) await api(connection, `STREAM.CREATE.${stream.name}`, stream);
  for (const target of options.targets) await createConsumers(connection, options, target);
}

const archiveOf = (integration: string, more: JsonObject) => ({
  ...plain,
  name: address.archiveStream(integration),
  sources: [{ name: address.intakeStream(integration) }],
  compression: "s2",
  ...more,
});

export async function createConsumers(
  connection: NatsConnection,
  { integration, ackWaitMs = 60_000, partitions = 0 }: TopologyOptions,
  target: string,
): Promise<void> {
  const intake = address.intakeStream(integration);
  const durable = address.targetConsumer(target);
  const all = partitions === 0 ? address.intakeFilter(integration) : address.unorderedFilter(integration);
  for (const [stream, consumer, filter, atOnce] of [
    [intake, durable, all, 1000],
    [address.retryStream(integration), durable, address.dueFilter(integration, target), 1000],
    ...Array.from({ length: partitions }, (_, index) => {
      const filter = address.partitionFilter(integration, index);
      return [intake, address.partitionConsumer(target, index), filter, 1] as const;
    }),
  ] as const) {
    await api(connection, `CONSUMER.CREATE.${stream}.${consumer}.${filter}`, {
      stream_name: stream,
      action: "",
      config: {
        durable_name: consumer,
        name: consumer,
        filter_subject: filter,
        ack_policy: "explicit",
        ack_wait: ackWaitMs * nanoseconds,
        max_deliver: -1,
        max_ack_pending: atOnce,
      },
    });
  }
}

/** Answer of a JetStream API call; throws its error. */
export async function api(
  connection: NatsConnection,
  call: string,
  body: object = {},
): Promise<Record<string, unknown>> {
  const answer = await connection.request(`$JS.API.${call}`, JSON.stringify(body), { timeout: 5_000 });
  const value: Record<string, unknown> = answer.json();
  if (value.error !== undefined) throw new Error(`${call}: ${JSON.stringify(value.error)}`);
  return value;
}
