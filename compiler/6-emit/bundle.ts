// Stages → the Bundle and the three files of an integration.

import { orderPartitions } from "../../schema/address.ts";
import type { Bundle, BundleBatch, BundleContract, CodedBundle } from "../../schema/bundle.ts";
import { canonical, sha256 } from "../../schema/canonical.ts";
import type { Json, JsonSchema } from "../../schema/json.ts";
import type { Contracts } from "../3-resolve/contracts.ts";
import { referredContracts } from "../3-resolve/contracts.ts";
import { contractsOf } from "../4-check/print-types.ts";
import type { Stages } from "../5-lower/lower.ts";
import { toPlace } from "../5-lower/places.ts";
import { contractHash } from "../contract/hash.ts";
import type { Batch, Integration, Source, Target, Use } from "../integration.ts";
import { emitAsks, emitNeeds } from "./asks.ts";

export function emitBundle(stages: Stages, contracts: Contracts): CodedBundle {
  const { integration, code } = stages;
  const record: Omit<Bundle, "hash"> = {
    format: 1,
    tenant: integration.tenant,
    integration: integration.name,
    ...(integration.description === undefined ? {} : { description: integration.description }),
    ...(integration.labels === undefined ? {} : { labels: integration.labels }),
    ...(integration.paused ? { paused: true } : {}),
    ...(integration.ephemeral ? { transport: "ephemeral" as const } : {}),
    ...(integration.retention === undefined ? {} : { retention: integration.retention }),
    ...(integration.archive === undefined ? {} : { archive: true }),
    worker: sha256(code),
    sources: Object.fromEntries(integration.sources.map((source) => [source.name, emitSource(source)])),
    targets: Object.fromEntries(integration.targets.map((target) => [target.name, emitTarget(target)])),
    ...emitOrder(integration),
    ...emitAsks(integration),
    ...emitObjects(integration),
    ...emitNeeds(integration),
    contracts: emitContracts(stages, contracts),
    settings: stages.settings,
    secrets: stages.secrets,
    places: stages.places,
    ...(Object.keys(stages.reads).length === 0 ? {} : { reads: stages.reads }),
  };
  return { bundle: { ...record, hash: sha256(canonical(record)) }, code };
}

function emitOrder({ orderBy }: Integration): Pick<Bundle, "order"> {
  return orderBy === undefined ? {} : { order: { partitions: orderPartitions, place: toPlace(orderBy.site) } };
}

function emitObjects({ objects }: Integration): Pick<Bundle, "objects"> {
  if (objects === undefined) return {};
  const { connection } = objects.use ?? {};
  return { objects: connection === undefined ? nats : { store: connection.name, connector: connection.connector } };
}

const nats = { store: "nats" } as const;

function emitSource(source: Source): Bundle["sources"][string] {
  const { manifest, settings } = source.use;
  const address = settings.find((setting) => setting.key === manifest.source?.owns)?.value;
  const guards = manifest.source?.guards?.filter((key) => settings.some((setting) => setting.key === key)) ?? [];
  const shape = settings.filter(({ key }) => manifest.source?.request?.includes(key) === true);
  return {
    connector: manifest.name,
    ...(source.use.connection === undefined ? {} : { connection: source.use.connection.name }),
    ...emitPolled(source),
    ...(source.contract === undefined ? {} : { contract: source.contract.key }),
    ...(address?.kind === "constant" ? { address: String(address.value) } : {}),
    ...(guards.length === 0 ? {} : { guards }),
    ...(shape.length === 0 ? {} : { request: Object.fromEntries(shape.flatMap(constantEntry)) }),
    dedupe: source.dedupe ?? 0,
    ...(Object.keys(source.onError).length === 0 ? {} : { onError: source.onError }),
    place: toPlace(source.site),
  };
}

function constantEntry({ key, value }: Use["settings"][number]): readonly (readonly [string, Json])[] {
  if (value.kind === "constant") return [[key, value.value]];
  if (value.kind !== "list") return [];
  return [[key, value.items.flatMap((item) => (item.kind === "constant" ? [item.value] : []))]];
}

function emitPolled({ poll }: Source): Pick<Bundle["sources"][string], "asks"> {
  if (poll === undefined) return {};
  const { manifest, connection } = poll.use;
  return { asks: { connector: manifest.name, ...(connection === undefined ? {} : { connection: connection.name }) } };
}

function emitTarget(target: Target): Bundle["targets"][string] {
  return {
    connector: target.use.manifest.name,
    ...(target.use.connection === undefined ? {} : { connection: target.use.connection.name }),
    retry: target.retry,
    onError: target.onError,
    ...(target.limit === undefined ? {} : { limit: target.limit }),
    ...(target.batch === undefined ? {} : { batch: emitBatch(target.batch) }),
    place: toPlace(target.site),
  };
}

const emitBatch = ({ count, within, bytes }: Batch): BundleBatch => ({
  count,
  within,
  ...(bytes === undefined ? {} : { bytes }),
});

function emitContracts(stages: Stages, contracts: Contracts): Record<string, BundleContract> {
  const schemas = new Map<string, JsonSchema>();
  for (const contract of contractsOf(stages.integration)) schemas.set(contract.key, contract.schema);
  for (const schema of [...schemas.values()]) {
    for (const [name, referred] of referredContracts(schema, contracts)) schemas.set(name, referred);
  }
  const sorted = [...schemas].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, schema]) => [key, { hash: contractHash(schema), schema }]));
}
