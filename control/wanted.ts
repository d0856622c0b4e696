// What one tenant should hold, in the shape in which it is compared and made: streams and buckets alike as streams.

import { bucketStream } from "../schema/address.ts";
import type { JsonObject } from "../schema/json.ts";
import type { Consumer, TenantTopology } from "../schema/topology.ts";
import { bucketConfig } from "./bucket.ts";
import { plain } from "./compare.ts";

export type WantedTenant = Pick<
  TenantTopology,
  "tenant" | "messagesPerSecond" | "streams" | "consumers" | "buckets" | "deployments"
>;

export interface WantedStream {
  readonly kind: "stream" | "bucket";
  readonly name: string;
  readonly config: JsonObject & { readonly name: string };
}

/** What a plan calls a stream: a bucket without the prefix of its stream. */
export function streamLabel(stream: string): Pick<WantedStream, "kind" | "name"> {
  const prefix = bucketStream("");
  return stream.startsWith(prefix)
    ? { kind: "bucket", name: stream.slice(prefix.length) }
    : { kind: "stream", name: stream };
}

export function wantedStreams(tenant: WantedTenant): readonly WantedStream[] {
  return [
    ...tenant.buckets.map(bucketConfig),
    ...tenant.streams.map(({ config }) => ({ ...plain(config), name: config.name })),
  ].map((config) => ({ ...streamLabel(config.name), config }));
}

/** `IN_orders/warehouse` */
export const consumerName = ({ stream, config }: Consumer): string => `${stream}/${config.durable_name}`;

/** A tenant of which nothing is wanted any more. */
export function nothingOf(tenant: string): WantedTenant {
  return { tenant, streams: [], consumers: [], buckets: [], deployments: [] };
}
