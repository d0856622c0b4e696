// What `nats:` sources read of the tenant's account: a durable on a stream or bucket that is somebody else's, which apply
// makes and the plan watches; or a subject, for which the worker needs no more than the right to listen.

import * as address from "../../schema/address.ts";
import type { Consumer } from "../../schema/topology.ts";
import type { Integration, Source } from "../integration.ts";

interface NatsReading {
  readonly source: string;
  readonly subject: string;
  /** Absent: straight from the subject. */
  readonly stream?: string;
}

type Owner = (integration: string, config: object) => Readonly<Record<string, string>>;

const nanoseconds = 1_000_000;

export const natsReadings = ({ sources }: Integration): readonly NatsReading[] =>
  sources.flatMap((source) => (source.use.manifest.name === "nats" ? [readingOf(source)] : []));

function readingOf({ name, use }: Source): NatsReading {
  const text = (key: string): string | undefined => {
    const value = use.settings.find((setting) => setting.key === key)?.value;
    return value?.kind === "constant" ? String(value.value) : undefined;
  };
  const [subject = ">", stream, bucket] = [text("subject"), text("stream"), text("bucket")];
  if (bucket !== undefined) {
    const key = text("key") ?? ">";
    return { source: name, stream: address.bucketStream(bucket), subject: `$KV.${bucket}.${key}` };
  }
  return { source: name, subject, ...(stream === undefined ? {} : { stream }) };
}

/** From the oldest message that the stream keeps. */
export const natsReadersOf = (integration: Integration, own: Owner): readonly Consumer[] =>
  natsReadings(integration).flatMap(({ source, stream, subject }) => {
    if (stream === undefined) return [];
    const config = {
      durable_name: address.readerConsumer(integration.name, source),
      filter_subject: subject,
      ack_policy: "explicit" as const,
      ack_wait: 60_000 * nanoseconds,
      max_deliver: -1 as const,
      max_ack_pending: 1000,
    };
    const metadata = own(integration.name, config);
    return [{ stream, integration: integration.name, target: source, config: { ...config, metadata } }];
  });
