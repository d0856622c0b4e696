// What a declared rename moves on the cluster: pairs of old and new names, for as long as something of the old name is
// there or has not arrived whole.

import * as address from "../schema/address.ts";
import { owned } from "../schema/topology.ts";
import { metadataOf } from "./jetstream-api.ts";
import type { ObservedTenant } from "./observe.ts";
import { consumerName, type WantedTenant } from "./wanted.ts";

export interface Renames {
  /** New name → old name: `IN_new` → `IN_old`. */
  readonly streams: ReadonlyMap<string, string>;
  /** `IN_new/warehouse` → `IN_old/warehouse`, `STREAM_x/new_in` → `STREAM_x/old_in`. */
  readonly consumers: ReadonlyMap<string, string>;
  readonly deployments: ReadonlyMap<string, string>;
}

export function renamesOf(wanted: WantedTenant, live: ObservedTenant): Renames {
  const moves = wanted.deployments.flatMap(({ integration, movedFrom }) =>
    movedFrom === undefined ? [] : [{ to: integration, from: movedFrom }],
  );
  const streams = new Map(live.streams.map((stream) => [stream.name, stream]));
  const isUnderWay = ([to, from]: readonly [string, string]): boolean => {
    const arrived = streams.get(to);
    return streams.has(from) || (arrived !== undefined && metadataOf(arrived.config)[owned.copyOf] === from);
  };
  const pairs = moves.flatMap(({ to, from }) => [
    [address.intakeStream(to), address.intakeStream(from)] as const,
    [address.retryStream(to), address.retryStream(from)] as const,
    [address.objectStream(to), address.objectStream(from)] as const,
  ]);
  const moved = new Map(pairs.filter(isUnderWay));
  const records = new Map(live.deployments.map((deployment) => [deployment.integration, deployment.record]));
  return {
    streams: moved,
    consumers: new Map(consumerPairs(wanted, live, moved, new Map(moves.map(({ to, from }) => [to, from])))),
    deployments: new Map(moves.filter(({ from }) => records.get(from) !== undefined).map(({ to, from }) => [to, from])),
  };
}

function consumerPairs(
  wanted: WantedTenant,
  live: ObservedTenant,
  streams: ReadonlyMap<string, string>,
  names: ReadonlyMap<string, string>,
): readonly (readonly [string, string])[] {
  const there = new Set(live.consumers.map(({ stream, name }) => `${stream}/${name}`));
  return wanted.consumers.flatMap((consumer) => {
    const { stream, integration, config } = consumer;
    const oldStream = streams.get(stream);
    const oldName = names.get(integration);
    const prefix = address.readerConsumer(integration, "");
    const old =
      oldStream !== undefined
        ? `${oldStream}/${config.durable_name}`
        : oldName !== undefined && config.durable_name.startsWith(prefix)
          ? `${stream}/${address.readerConsumer(oldName, config.durable_name.slice(prefix.length))}`
          : undefined;
    return old !== undefined && there.has(old) ? [[consumerName(consumer), old] as const] : [];
  });
}

/** What is left of a tenant beside what its renames take along. */
export function withoutRenamed(live: ObservedTenant, renames: Renames): ObservedTenant {
  const [streams, consumers, deployments] = [
    new Set(renames.streams.values()),
    new Set(renames.consumers.values()),
    new Set(renames.deployments.values()),
  ];
  return {
    ...live,
    streams: live.streams.filter(({ name }) => !streams.has(name)),
    consumers: live.consumers.filter(({ stream, name }) => !streams.has(stream) && !consumers.has(`${stream}/${name}`)),
    deployments: live.deployments.filter(({ integration }) => !deployments.has(integration)),
  };
}

/** One line for each rename of two that both have messages: nobody can say which of them is the true one. */
export function clashes(wanted: WantedTenant, live: ObservedTenant): readonly string[] {
  const streams = new Map(live.streams.map((stream) => [stream.name, stream]));
  return [...renamesOf(wanted, live).streams].flatMap(([to, from]) => {
    const there = streams.get(to);
    if (there === undefined || metadataOf(there.config)[owned.copyOf] === from) return [];
    return [
      `streams ${from} and ${to} of tenant ${wanted.tenant} both exist, so one cannot become the other: remove moved-from and let the old one deliver what it has, then prune it`,
    ];
  });
}
