// The control plane's own streams, in the platform account: what happens now, what was applied, who did what. Several
// workspaces share them; every subject names its workspace.

import type { NatsConnection } from "@nats-io/transport-node";
import * as address from "../../schema/address.ts";
import { canonical } from "../../schema/canonical.ts";
import type { JsonObject } from "../../schema/json.ts";
import { owned, type Topology } from "../../schema/topology.ts";
import { compareConfig, merged, plain } from "../compare.ts";
import { concurrently } from "../concurrently.ts";
import { callIfThere, createStream, metadataOf, type StreamInfo } from "../jetstream-api.ts";
import { updateStream } from "../update-stream.ts";

const common = {
  retention: "limits",
  storage: "file",
  discard: "new",
  duplicate_window: 100_000_000,
  allow_direct: true,
};

const configs = [
  // A lease that is not renewed ends by itself: its message has a time to live.
  { name: address.nowStream, subjects: ["now.>"], max_msgs_per_subject: 1, discard: "old", allow_msg_ttl: true },
  { name: address.revisionsStream, subjects: ["revision.>", "content.>"], deny_delete: true, deny_purge: true },
  { name: address.auditStream, subjects: ["audit.>"], deny_delete: true, deny_purge: true },
].map((config) => ({ ...common, ...config }));

type Wanted = Pick<Topology, "workspace" | "platform">;

/** Makes what is not there yet, and as many copies of it as wanted; two at once do no harm. Throws what the server says. */
export async function ensurePlatform(connection: NatsConnection, wanted: Wanted): Promise<void> {
  await concurrently(configs, configs.length, async (config) => {
    const there = await callIfThere<StreamInfo>(connection, `STREAM.INFO.${config.name}`);
    if (there === undefined) {
      await createStream(connection, config.name, plain({ ...config, ...copies(wanted, {}) }));
      return;
    }
    const given = plain({ ...config, ...copies(wanted, metadataOf(there.config)) });
    const same = compareConfig(given, there.config).length === 0;
    if (!same) await updateStream(connection, config.name, merged(given, there.config), there.config);
  });
}

/**
 * The workspaces that share them may want other copies: there are as many as the one that wants most, and they lie where
 * it wants them. What each of them wants is in the metadata.
 */
function copies({ workspace, platform }: Wanted, live: JsonObject) {
  const mine = { [`${wish}${workspace}`]: canonical(plain(platform ?? { replicas: 1 })) };
  const others = Object.entries(live).filter(([key]) => key.startsWith(wish));
  const wishes = { ...Object.fromEntries(others), ...mine };
  const [most] = Object.values(wishes)
    .map((text): NonNullable<Topology["platform"]> => JSON.parse(String(text)))
    .sort((a, b) => b.replicas - a.replicas);
  const { replicas = 1, placement } = most ?? {};
  return {
    num_replicas: replicas,
    ...(placement === undefined ? {} : { placement }),
    metadata: {
      [owned.by]: "vrsky-platform",
      ...wishes,
      ...(placement === undefined ? {} : { [owned.placed]: "true" }),
    },
  };
}

const wish = "vrsky.copies.";

/** Nothing was ever applied through an account without them. */
export async function hasPlatform(connection: NatsConnection): Promise<boolean> {
  return (await callIfThere<StreamInfo>(connection, `STREAM.INFO.${address.revisionsStream}`)) !== undefined;
}
