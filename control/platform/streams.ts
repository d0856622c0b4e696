// The control plane's own streams, in the platform account: what happens now, what was applied, who did what. Several
// workspaces share them; every subject names its workspace.

import type { NatsConnection } from "@nats-io/transport-node";
import * as address from "../../schema/address.ts";
import { owned } from "../../schema/topology.ts";
import { concurrently } from "../concurrently.ts";
import { callIfThere, createStream, type StreamInfo } from "../jetstream-api.ts";

const metadata = { [owned.by]: "vrsky-platform" };

const common = {
  retention: "limits",
  storage: "file",
  discard: "new",
  num_replicas: 1,
  duplicate_window: 100_000_000,
  allow_direct: true,
  metadata,
};

const configs = [
  // A lease that is not renewed ends by itself: its message has a time to live.
  { name: address.nowStream, subjects: ["now.>"], max_msgs_per_subject: 1, discard: "old", allow_msg_ttl: true },
  { name: address.revisionsStream, subjects: ["revision.>", "content.>"], deny_delete: true, deny_purge: true },
  { name: address.auditStream, subjects: ["audit.>"], deny_delete: true, deny_purge: true },
].map((config) => ({ ...common, ...config }));

/** Makes what is not there yet; two at once do no harm. Throws what the server says. */
export async function ensurePlatform(connection: NatsConnection): Promise<void> {
  await concurrently(configs, configs.length, async (config) => {
    const there = await callIfThere<StreamInfo>(connection, `STREAM.INFO.${config.name}`);
    if (there === undefined) await createStream(connection, config.name, config);
  });
}

/** Nothing was ever applied through an account without them. */
export async function hasPlatform(connection: NatsConnection): Promise<boolean> {
  return (await callIfThere<StreamInfo>(connection, `STREAM.INFO.${address.revisionsStream}`)) !== undefined;
}
