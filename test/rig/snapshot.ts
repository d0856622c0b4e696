// An account as it is on the server, byte by byte: configurations, positions and every message, to be held against
// itself later.

import type { NatsConnection } from "@nats-io/transport-node";
import { isJsonObject, type JsonObject } from "../../schema/json.ts";
import { ask, objectOf, textsOf } from "./attempts.ts";
import { until } from "./wait.ts";

/** What is there, by what it is: `IN_orders/out`, `IN_orders 7`. */
export type Snapshot = ReadonlyMap<string, string>;

export async function snapshotOf(admin: NatsConnection): Promise<Snapshot> {
  const found = new Map<string, string>();
  for (const stream of textsOf((await ask(admin, "$JS.API.STREAM.NAMES")).streams)) {
    const { config, created, state } = await ask(admin, `$JS.API.STREAM.INFO.${stream}`);
    found.set(stream, JSON.stringify({ config, created, state }));
    const listed = (await ask(admin, `$JS.API.CONSUMER.LIST.${stream}`)).consumers;
    for (const consumer of Array.isArray(listed) ? listed.filter(isJsonObject) : []) {
      found.set(`${stream}/${String(consumer.name)}`, JSON.stringify(positionOf(consumer)));
    }
    const { first_seq, last_seq } = objectOf(state);
    for (let seq = Number(first_seq); seq <= Number(last_seq); seq++) {
      const message = await ask(admin, `$JS.API.STREAM.MSG.GET.${stream}`, { seq });
      found.set(`${stream} ${seq}`, JSON.stringify(message.message ?? null));
    }
  }
  return found;
}

/** When it was asked, and what is measured anew each time, is left out. */
function positionOf({ config, created, delivered, ack_floor, ...rest }: JsonObject): JsonObject {
  const { num_ack_pending = 0, num_redelivered = 0, num_pending = 0, paused = false } = rest;
  const sequences = (value: JsonObject): JsonObject => ({
    consumer: value.consumer_seq ?? 0,
    stream: value.stream_seq ?? 0,
  });
  return {
    config: config ?? null,
    created: created ?? null,
    delivered: sequences(objectOf(delivered)),
    floor: sequences(objectOf(ack_floor)),
    num_ack_pending,
    num_redelivered,
    num_pending,
    paused,
  };
}

export function differences(before: Snapshot, after: Snapshot): readonly string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => `${name}: ${before.get(name) ?? "nothing"} → ${after.get(name) ?? "nothing"}`);
}

/** Once nothing moves by itself any more. */
export async function settledSnapshot(admin: NatsConnection): Promise<Snapshot> {
  let last = await snapshotOf(admin);
  return until("nothing moves by itself", async () => {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const next = await snapshotOf(admin);
    const same = differences(last, next).length === 0;
    last = next;
    return same ? next : undefined;
  });
}
