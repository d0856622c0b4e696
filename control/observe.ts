// What the cluster holds and is ours, with the live figures from which a plan tells what happens to messages.

import type { NatsConnection } from "@nats-io/transport-node";
import * as address from "../schema/address.ts";
import type { JsonObject } from "../schema/json.ts";
import { owned, type Topology } from "../schema/topology.ts";
import { jsonTexts } from "./compare.ts";
import { concurrently } from "./concurrently.ts";
import type { TenantConnection } from "./connect.ts";
import { type LiveDeployment, readDeployments } from "./deployment.ts";
import { failed, failureOf, type Result, success } from "./failure.ts";
import { consumerUnread, fillsCopy, streamUnread } from "./figures.ts";
import { type ConsumerInfo, list, metadataOf, type StreamInfo } from "./jetstream-api.ts";
import { unreadOfNow } from "./keeps-up.ts";

/** Streams, those of buckets included. */
export interface ObservedStream {
  readonly name: string;
  /** As the server reports it. */
  readonly config: JsonObject;
  readonly messages: number;
  readonly bytes: number;
  readonly lastSequence: number;
  /** Messages that would be lost with it: unread by some consumer, parked, dead or remembered. */
  readonly unread: number;
}

export interface ObservedConsumer {
  readonly stream: string;
  readonly name: string;
  readonly config: JsonObject;
  /** Not delivered, or delivered and not acknowledged; on a RETRY stream also what is parked for later. */
  readonly unread: number;
  /** Delivered and not acknowledged. */
  readonly inFlight: number;
  /** Everything up to this stream sequence is acknowledged. */
  readonly ackFloor: number;
  /** Handed out so far, up to this stream sequence. */
  readonly delivered: number;
}

/** Of somebody else; never touched, only kept clear of. */
export interface ForeignStream {
  readonly name: string;
  readonly subjects: readonly string[];
  /** The workspace that owns it; undefined when it is not VRSky's at all. */
  readonly workspace?: string;
}

export interface ObservedTenant {
  readonly tenant: string;
  readonly streams: readonly ObservedStream[];
  readonly consumers: readonly ObservedConsumer[];
  readonly deployments: readonly LiveDeployment[];
  readonly foreignStreams: readonly ForeignStream[];
  /** Consumers of others on our streams: `IN_orders/audit`. */
  readonly foreignConsumers: readonly string[];
  /** Copies that an apply was cut short over, by the name of the stream that they are of. */
  readonly moving: ReadonlyMap<string, ObservedStream>;
  /** Consumers that are being made anew, alone or with their stream (`IN_orders/warehouse`), as they are meanwhile. */
  readonly movingConsumers: ReadonlyMap<string, JsonObject>;
}

export interface Observed {
  readonly tenants: readonly ObservedTenant[];
}

/** A tenant whose account holds nothing yet. */
export function emptyTenant(tenant: string): ObservedTenant {
  return {
    tenant,
    streams: [],
    consumers: [],
    deployments: [],
    foreignStreams: [],
    foreignConsumers: [],
    moving: new Map(),
    movingConsumers: new Map(),
  };
}

const tenantsAtOnce = 8;
const requestsAtOnce = 64;

/** Reads every connected tenant. `wanted` says whose workspace it is and for what the costlier figures are needed. */
export async function observe(wanted: Topology, connections: readonly TenantConnection[]): Promise<Result<Observed>> {
  try {
    const lanes = Math.max(1, Math.floor(requestsAtOnce / Math.max(1, Math.min(tenantsAtOnce, connections.length))));
    const tenants = await concurrently(connections, tenantsAtOnce, (connection) =>
      observeTenant(wanted, connection, lanes),
    );
    return success({ tenants });
  } catch (error) {
    return failed(failureOf(error, "reading what the cluster holds"));
  }
}

async function observeTenant(
  wanted: Topology,
  { tenant, connection }: TenantConnection,
  lanes: number,
): Promise<ObservedTenant> {
  const all = await list<StreamInfo>(connection, "STREAM.LIST", "streams");
  const ours = all.filter(({ config }) => isOurs(config, wanted.workspace));
  // On streams of others there may be readers of ours: `nats:` sources.
  const plain = all.filter((info) => !ours.includes(info) || !info.config.name.startsWith(address.bucketStream("")));
  const infos = await concurrently(plain, lanes, ({ config }) =>
    list<ConsumerInfo>(connection, `CONSUMER.LIST.${config.name}`, "consumers"),
  );
  const stays = staying(wanted, tenant);
  const [mine, others] = partition(infos.flat(), ({ config }) => isOurs(config, wanted.workspace));
  const [places, real] = partition(mine, ({ config, name }) => name === address.movingConsumer(copyOf(config)));
  const bases = new Map(ours.map(({ config }) => [config.name, baseOf(config)]));
  const copied = new Set([...bases].filter(([, base]) => stays.has(base)).map(([name]) => name));
  const consumers = await concurrently(
    real.filter(({ stream_name }) => !copied.has(stream_name)),
    lanes,
    (info) => observedConsumer(connection, info, stays),
  );
  const readers = unreadByStream(consumers);
  const deployed = ours.some(({ config }) => config.name === address.bucketStream(address.deployBucket));
  const observed = await concurrently(ours, lanes, (info) =>
    observedStream(connection, info, readers.get(info.config.name) ?? [], stays),
  );
  const [copies, streams] = partition(observed, ({ name }) => copied.has(name));
  return {
    tenant,
    streams,
    consumers,
    moving: new Map(copies.map((copy) => [copyOf(copy.config), copy])),
    movingConsumers: new Map([
      ...real
        .filter(({ stream_name }) => copied.has(stream_name))
        .map(({ stream_name, name, config }) => [`${bases.get(stream_name)}/${name}`, config] as const),
      ...places.map(({ stream_name, config }) => [`${stream_name}/${copyOf(config)}`, config] as const),
    ]),
    deployments: deployed ? await readDeployments(connection) : [],
    foreignStreams: all.filter((info) => !ours.includes(info)).map(foreign),
    foreignConsumers: others.map((info) => `${info.stream_name}/${info.name}`),
  };
}

async function observedConsumer(
  connection: NatsConnection,
  info: ConsumerInfo,
  stays: ReadonlySet<string>,
): Promise<ObservedConsumer> {
  const { stream_name: stream, name, config } = info;
  const leaves = !stays.has(`${stream}/${name}`);
  const unread =
    leaves && stays.has(stream) && !fillsCopy(info)
      ? await unreadOfNow(connection, info)
      : await consumerUnread(connection, info, leaves);
  return {
    stream,
    name,
    config: info.paused === true ? config : withoutPause(config),
    unread,
    inFlight: info.num_ack_pending,
    ackFloor: info.ack_floor.stream_seq,
    delivered: info.delivered.stream_seq,
  };
}

/** One that is over leaves its time behind. */
const withoutPause = ({ pause_until: _, ...config }: JsonObject): JsonObject => config;

async function observedStream(
  connection: NatsConnection,
  info: StreamInfo,
  readers: readonly number[],
  stays: ReadonlySet<string>,
): Promise<ObservedStream> {
  const { config, state } = info;
  const unread = await streamUnread(connection, info, readers, !stays.has(config.name));
  return {
    name: config.name,
    config,
    messages: state.messages,
    bytes: state.bytes,
    lastSequence: state.last_seq,
    unread,
  };
}

/** Streams and consumers that the workspace goes on wanting: `IN_orders`, `IN_orders/warehouse`. */
function staying(wanted: Topology, name: string): ReadonlySet<string> {
  const tenant = wanted.tenants.find(({ tenant }) => tenant === name);
  const streams = tenant?.streams.map(({ config }) => config.name) ?? [];
  const consumers = tenant?.consumers.map(({ stream, config }) => `${stream}/${config.durable_name}`) ?? [];
  return new Set([...streams, ...consumers]);
}

/** Of what the messages are moved through this one; "" when they are not. */
const copyOf = (config: JsonObject): string => `${metadataOf(config)[owned.copyOf] ?? ""}`;

/** The stream that is made anew by way of this one; "" for any other stream. */
function baseOf(config: StreamInfo["config"]): string {
  const base = copyOf(config);
  return config.name === address.movingStream(base) ? base : "";
}

function unreadByStream(consumers: readonly ObservedConsumer[]): ReadonlyMap<string, readonly number[]> {
  const byStream = new Map<string, number[]>();
  for (const { stream, unread } of consumers) {
    const readers = byStream.get(stream);
    if (readers === undefined) byStream.set(stream, [unread]);
    else readers.push(unread);
  }
  return byStream;
}

function isOurs(config: JsonObject, workspace: string): boolean {
  const metadata = metadataOf(config);
  return metadata[owned.by] === "vrsky" && metadata[owned.workspace] === workspace;
}

function foreign({ config }: StreamInfo): ForeignStream {
  const metadata = metadataOf(config);
  const subjects = jsonTexts(config.subjects);
  const workspace = metadata[owned.by] === "vrsky" ? metadata[owned.workspace] : undefined;
  return { name: config.name, subjects, ...(typeof workspace === "string" ? { workspace } : {}) };
}

function partition<T>(items: readonly T[], belongs: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(belongs), items.filter((item) => !belongs(item))];
}
