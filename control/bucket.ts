// A key-value bucket as the stream that it is, in the form that NATS's own KV clients create and expect.

import { bucketStream } from "../schema/address.ts";
import type { JsonObject } from "../schema/json.ts";
import type { Bucket } from "../schema/topology.ts";

export function bucketConfig(bucket: Bucket): JsonObject & { readonly name: string } {
  return {
    name: bucketStream(bucket.name),
    subjects: [`$KV.${bucket.name}.>`],
    retention: "limits",
    discard: "new",
    storage: "file",
    num_replicas: bucket.num_replicas ?? 1,
    ...(bucket.placement === undefined ? {} : { placement: { ...bucket.placement } }),
    max_bytes: bucket.max_bytes,
    max_msgs_per_subject: bucket.history,
    allow_rollup_hdrs: true,
    allow_direct: true,
    deny_delete: true,
    ...(bucket.markerTtl > 0 ? { allow_msg_ttl: true } : {}),
    subject_delete_marker_ttl: bucket.markerTtl,
    ...(bucket.republish === undefined ? {} : { republish: { ...bucket.republish } }),
    metadata: bucket.metadata,
  };
}
