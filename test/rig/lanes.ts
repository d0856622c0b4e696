// Work that waits most of the time, in several accounts of one server beside each other.

import type { NatsConnection } from "@nats-io/transport-node";
import type { NatsRig } from "./nats.ts";

/** Accounts of a tenant and of the platform that nothing else touches. */
export interface Lane {
  readonly connection: NatsConnection;
  readonly platform: NatsConnection;
}

const accountsOf = (name: string) => [`acme-${name}`, `platform-${name}`] as const;

/** What `natsServer` is to be given. */
export const laneAccounts = (names: readonly string[]): readonly string[] => names.flatMap(accountsOf);

export async function laneOf(nats: NatsRig, name: string): Promise<Lane> {
  const [tenant, platform] = accountsOf(name);
  return { connection: await nats.connect(tenant), platform: await nats.connect(platform) };
}

/** Each lane takes the next item when it is done with one. */
export async function inLanes<T>(
  lanes: readonly Lane[],
  items: readonly T[],
  work: (lane: Lane, item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  await Promise.all(
    lanes.map(async (lane) => {
      for (const item of queue) await work(lane, item);
    }),
  );
}
