// `order-by` is turned on or off for an integration that runs. Without it one reader of the intake takes all; with it
// that reader takes what was accepted without, and each partition has a reader of its own. Nothing is read by nobody.

import * as address from "../schema/address.ts";
import type { Change } from "../schema/plan.ts";
import { owned } from "../schema/topology.ts";
import { metadataOf } from "./jetstream-api.ts";
import type { ObservedConsumer, ObservedTenant } from "./observe.ts";
import { consumerName, type WantedTenant } from "./wanted.ts";

/** As a consumer is wanted, and as it is. */
export interface Reader {
  readonly stream: string;
  readonly integration: string;
  readonly config: object;
}

const reads = ({ config }: Reader): unknown => ("filter_subject" in config ? config.filter_subject : undefined);

const isOnIntake = ({ stream, integration }: Reader): boolean => stream === address.intakeStream(integration);

/** It takes all that the intake holds. */
const takesAll = (reader: Reader): boolean =>
  isOnIntake(reader) && reads(reader) === address.intakeFilter(reader.integration);

/** It takes what was accepted without `order-by`. */
const takesUnordered = (reader: Reader): boolean =>
  isOnIntake(reader) && reads(reader) === address.unorderedFilter(reader.integration);

const observed = ({ stream, config }: ObservedConsumer): Reader => ({
  stream,
  integration: String(metadataOf(config)[owned.integration] ?? ""),
  config,
});

/** `IN_orders/crm` of `IN_orders/crm_7`; undefined for any other. */
export function partitionedReader(name: string): string | undefined {
  return /^(IN_.+\/.+)_\d+$/.exec(name)?.[1];
}

/** What the readers of a target's partitions have still to read goes to the one that takes all again. */
export function gathers(wanted: Reader | undefined, live: ObservedConsumer | undefined, halfDone: boolean): boolean {
  if (wanted === undefined || !takesAll(wanted)) return false;
  return live === undefined ? halfDone : takesUnordered(observed(live));
}

/** At most so many come again when the one reader goes on where the last of the partitions is. */
export function redeliveredByGathering(name: string, live: ObservedTenant): number {
  const [stream] = name.split("/");
  const last = live.streams.find((each) => each.name === stream)?.lastSequence ?? 0;
  const floors = live.consumers
    .filter(
      (each) => `${each.stream}/${each.name}` === name || partitionedReader(`${each.stream}/${each.name}`) === name,
    )
    .map(({ unread, ackFloor }) => (unread === 0 ? last : ackFloor));
  return Math.max(0, last - Math.min(last, ...floors));
}

/** Where the reader of a partition begins when it takes over from the one that took all; undefined when it does not. */
export function takenOverFrom(name: string, live: ReadonlyMap<string, ObservedConsumer>): number | undefined {
  const before = live.get(partitionedReader(name) ?? "");
  return before !== undefined && takesAll(observed(before)) ? before.ackFloor + 1 : undefined;
}

/** One line for each change of order that cannot be made together with something else. */
export function orderClashes(
  wanted: WantedTenant,
  live: ObservedTenant,
  changes: readonly Change[],
): readonly string[] {
  const there = new Map(live.consumers.map((consumer) => [`${consumer.stream}/${consumer.name}`, consumer]));
  const moved = new Map(
    changes.flatMap(({ action, kind, tenant, name, movedFrom }) =>
      action === "replace" && kind === "stream" && tenant === wanted.tenant ? [[name, movedFrom ?? name] as const] : [],
    ),
  );
  return wanted.consumers.flatMap((consumer) => {
    const name = consumerName(consumer);
    const from = moved.get(consumer.stream);
    const before = there.get(from === undefined ? name : `${from}/${consumer.config.durable_name}`);
    if (from !== undefined && before !== undefined && takesAll(consumer) && takesUnordered(observed(before))) {
      return [
        `integration ${consumer.integration} of tenant ${wanted.tenant} is moved and has no order-by any more: apply the one first, and the other after that`,
      ];
    }
    const place = live.movingConsumers.get(name);
    if (place === undefined || !takesUnordered(consumer)) return [];
    if (!takesAll({ ...consumer, config: place })) return [];
    return [
      `integration ${consumer.integration} of tenant ${wanted.tenant} is losing its order-by, and the apply that does so was cut short: apply it without order-by, and with order-by after that`,
    ];
  });
}
