// How every target of a workspace stands, read from NATS alone: what the durables count, what is parked and dead, what
// is deployed. Nothing is asked of workers, and nothing is asked of NATS for a target that has nothing to tell.

import type { NatsConnection } from "@nats-io/transport-node";
import { parseJson } from "../../runtime/parse-json.ts";
import * as address from "../../schema/address.ts";
import type { Bundle } from "../../schema/bundle.ts";
import { readSourceLease } from "../../schema/lease.ts";
import type { SourceCondition } from "../../schema/outcome.ts";
import type { TenantTopology } from "../../schema/topology.ts";
import { readBundle } from "../bundles.ts";
import { concurrently } from "../concurrently.ts";
import { readDeployments, stableOf } from "../deployment.ts";
import { directMessages, nextMessage } from "../direct.ts";
import { failed, failureOf, type Result, success } from "../failure.ts";
import { callIfThere, type StreamInfo } from "../jetstream-api.ts";
import {
  consumersOf,
  type LiveConsumer,
  type LiveIntegration,
  type LiveStream,
  liveIntegrations,
  targetOf,
} from "./consumers.ts";
import { deadAt, nothingParked, type Parked, parkedAt } from "./parked.ts";
import { type RolloutStatus, rolloutStatus } from "./rollout.ts";

export interface TargetStatus extends Parked {
  readonly target: string;
  /** Stored and not handed out yet, or due again and not handed out yet. Which of them its route or a filter drops is
   * known when it has looked at them. */
  readonly waiting: number;
  /** Handed out, without an outcome yet. */
  readonly inFlight: number;
  readonly dead: number;
  /** Those of `waiting` and `inFlight` that failed before and fell due again. While none of them is handed out, nothing
   * pulls for the target: its breaker is open, its limit reached, or no worker runs. */
  readonly due: number;
  /** Messages of the intake that it is behind, those in flight included. */
  readonly lag: number;
  /** When the oldest message that it has not finished was stored, or became due: ISO 8601. */
  readonly oldestAt?: string;
  /** Deliveries per second that got an outcome; absent where there was nothing to compare with. */
  readonly rate?: number;
  /** The same, since the durable exists. */
  readonly settled: number;
  /** Durables that should be there and are not: `IN_orders/crm`. */
  readonly missing: readonly string[];
}

/** What went through, and is kept. */
export interface ArchiveStatus {
  readonly messages: number;
  readonly bytes: number;
  readonly maxBytes: number;
  /** Milliseconds. */
  readonly keep: number;
  /** When the oldest of them was archived: ISO 8601. */
  readonly since?: string;
  /** There is no room for as long as it should be kept: the oldest go before. */
  readonly full: boolean;
}

/** A source that one worker at a time runs, as its last holder has said. */
export interface SourceStatus {
  readonly source: string;
  /** `waiting`: no worker has it now. */
  readonly condition: SourceCondition;
  readonly reason?: string;
  readonly help?: string;
}

export interface IntegrationStatus {
  readonly tenant: string;
  readonly integration: string;
  /** Absent: nothing is deployed under that name. */
  readonly deployed?: {
    readonly bundle: string;
    readonly revision: number;
    readonly at: string;
  };
  /** A bundle runs beside it on a share of the keys, or did and the next apply has not written it down. */
  readonly rollout?: RolloutStatus;
  readonly paused: boolean;
  /** Messages pass and are stored nowhere: NATS knows nothing of its targets, only its workers' metrics do. */
  readonly transport?: "ephemeral";
  /** Takes nothing in any more, and delivers what it has. */
  readonly draining: boolean;
  /** It is in the workspace. */
  readonly wanted: boolean;
  /** Absent: it has no stream. `maxBytes` -1: no limit. */
  readonly intake?: { readonly messages: number; readonly bytes: number; readonly maxBytes: number };
  readonly archive?: ArchiveStatus;
  /** Those that one worker at a time runs; where none has run them within a minute they are not among these. */
  readonly sources: readonly SourceStatus[];
  readonly targets: readonly TargetStatus[];
}

export interface Status {
  /** ISO 8601. */
  readonly at: string;
  readonly integrations: readonly IntegrationStatus[];
}

export interface StatusTenant {
  readonly tenant: TenantTopology;
  readonly connection: NatsConnection;
}

export interface StatusOptions {
  readonly workspace: string;
  /** The workspace's own, by hash: what is deployed and not among them is read from NATS. */
  readonly bundles: ReadonlyMap<string, Bundle>;
  /** Only this one. */
  readonly integration?: string;
  /** What rates are counted from. Without it the durables are looked at twice. */
  readonly before?: Status;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

const tenantsAtOnce = 8;
const requestsAtOnce = 64;
/** Between two looks at the durables. */
const sampleMs = 500;

export async function readStatus(tenants: readonly StatusTenant[], options: StatusOptions): Promise<Result<Status>> {
  const lanes = Math.max(1, Math.floor(requestsAtOnce / Math.max(1, Math.min(tenantsAtOnce, tenants.length))));
  try {
    const at = options.now();
    const all = await concurrently(tenants, tenantsAtOnce, (tenant) => tenantStatus(tenant, options, lanes));
    const integrations = all.flat().sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    const status = { at: new Date(at).toISOString(), integrations };
    return success(options.before === undefined ? status : rated(status, options.before));
  } catch (error) {
    return failed(failureOf(error, "reading the status"));
  }
}

const nameOf = ({ tenant, integration }: IntegrationStatus): string => `${tenant}/${integration}`;

async function tenantStatus(
  { tenant, connection }: StatusTenant,
  options: StatusOptions,
  lanes: number,
): Promise<readonly IntegrationStatus[]> {
  const live = await liveIntegrations(connection, options.workspace);
  const asked = (name: string): boolean => options.integration === undefined || name === options.integration;
  const wanted = tenant.deployments.map(({ integration }) => integration);
  const bucket = await callIfThere<StreamInfo>(connection, `STREAM.INFO.${bucketStream}`);
  const records = bucket === undefined ? [] : await readDeployments(connection);
  const deployments = new Map(records.map((each) => [each.integration, each]));
  const deadStream = await callIfThere<StreamInfo>(connection, `STREAM.INFO.${address.deadStream}`);
  const names = [...new Set([...wanted, ...live.keys()])].filter(asked);
  const integrations = names.map((name) => live.get(name) ?? { integration: name });
  const leases = await leasesIn(connection);
  const earlier = options.before === undefined ? await consumersOf(connection, integrations, lanes) : undefined;
  const earlierAt = options.now();
  if (earlier !== undefined) await options.pause(sampleMs);
  const consumers = await consumersOf(connection, integrations, lanes);
  const elapsed = options.now() - earlierAt;

  return concurrently(integrations, lanes, async (each): Promise<IntegrationStatus> => {
    const { integration, intake, archive } = each;
    const deployment = deployments.get(integration);
    const record = deployment?.record;
    const hash = (deployment && stableOf(deployment)) ?? "";
    const bundle = record === undefined ? undefined : await bundleOf(connection, hash, options);
    const rollout = record === undefined ? undefined : rolloutStatus(record, deployment?.rollout);
    const found = { ...each, consumers, dead: (deadStream?.state.messages ?? 0) > 0, deployed: record !== undefined };
    const targets = await Promise.all(
      targetsOf(tenant, found).map(async (target): Promise<TargetStatus> => {
        const status = await targetStatus(connection, tenant, found, target, options.now());
        if (earlier === undefined || elapsed <= 0) return status;
        const before = settledBy(durablesOf({ ...found, consumers: earlier }, target));
        return { ...status, rate: perSecond(status.settled - before, elapsed) };
      }),
    );
    return {
      tenant: tenant.tenant,
      integration,
      ...(record === undefined ? {} : { deployed: { bundle: hash, revision: record.revision, at: record.at } }),
      ...(rollout === undefined ? {} : { rollout }),
      paused: bundle?.paused === true,
      ...(bundle?.transport === undefined ? {} : { transport: bundle.transport }),
      draining: record?.draining === true,
      wanted: wanted.includes(integration),
      ...(intake === undefined ? {} : { intake: sizeOf(intake) }),
      ...(archive === undefined ? {} : { archive: archiveStatus(archive, options.now()) }),
      sources: leases.get(integration) ?? [],
      targets,
    };
  });
}

async function leasesIn(connection: NatsConnection): Promise<ReadonlyMap<string, readonly SourceStatus[]>> {
  const found = new Map<string, SourceStatus[]>();
  const there = await callIfThere<StreamInfo>(connection, `STREAM.INFO.${address.sourceStateStream}`);
  if ((there?.state.messages ?? 0) === 0) return found;
  const query = { stream: address.sourceStateStream, filter: address.sourceLeaseSubject("*", "*") };
  for await (const { subject, body } of directMessages(connection, query)) {
    const [, integration = "", source = ""] = subject.split(".");
    const lease = readSourceLease(parseJson(Buffer.from(body).toString("utf8")) ?? null);
    if (lease === undefined) continue;
    const { reason, help } = lease;
    const condition = lease.free === true && lease.condition === "running" ? "waiting" : lease.condition;
    const told = { ...(reason === undefined ? {} : { reason }), ...(help === undefined ? {} : { help }) };
    found.set(integration, [...(found.get(integration) ?? []), { source, condition, ...told }]);
  }
  return found;
}

const bucketStream = address.bucketStream(address.deployBucket);

async function bundleOf(
  connection: NatsConnection,
  hash: string,
  { bundles }: StatusOptions,
): Promise<Bundle | undefined> {
  return bundles.get(hash) ?? (await readBundle(connection, hash))?.bundle;
}

interface Found extends LiveIntegration {
  readonly consumers: ReadonlyMap<string, readonly LiveConsumer[]>;
  /** There are dead letters in the account. */
  readonly dead: boolean;
  readonly deployed: boolean;
}

/** Those of the workspace and those that are there. */
function targetsOf({ consumers }: TenantTopology, found: Found): readonly string[] {
  const streams = streamsOf(found.integration);
  const wanted = consumers.filter(({ stream }) => streams.includes(stream)).map(({ target }) => target);
  const there = streams.flatMap((stream) =>
    (found.consumers.get(stream) ?? []).filter(isOurs).map(({ name }) => targetOf(name)),
  );
  return [...new Set([...wanted, ...there])].sort();
}

/** Somebody else's, or a place that an apply keeps while it moves messages, is no target. */
const isOurs = ({ name }: LiveConsumer): boolean => new RegExp(address.namePattern).test(targetOf(name));

const streamsOf = (integration: string): readonly string[] => [
  address.intakeStream(integration),
  address.retryStream(integration),
];

const durablesOf = ({ integration, consumers }: Found, target: string): readonly LiveConsumer[] =>
  streamsOf(integration).flatMap((stream) =>
    (consumers.get(stream) ?? []).filter(({ name }) => targetOf(name) === target),
  );

async function targetStatus(
  connection: NatsConnection,
  tenant: TenantTopology,
  found: Found,
  target: string,
  now: number,
): Promise<TargetStatus> {
  const { integration, retry } = found;
  const durables = durablesOf(found, target);
  const intake = durables.filter(({ stream_name }) => stream_name === address.intakeStream(integration));
  const some = (retry?.state.messages ?? 0) > 0;
  const [parked, dead, oldest] = await Promise.all([
    some ? parkedAt(connection, integration, target, now) : nothingParked,
    found.dead ? deadAt(connection, integration, target) : 0,
    Promise.all(durables.map((durable) => oldestOf(connection, durable))),
  ]);
  const oldestAt = oldest.filter((time) => time !== undefined).sort()[0];
  return {
    target,
    waiting: sum(durables, ({ num_pending }) => num_pending),
    inFlight: sum(durables, ({ num_ack_pending }) => num_ack_pending),
    due: sum(durables, behind) - sum(intake, behind),
    lag: sum(intake, behind),
    ...parked,
    dead,
    ...(oldestAt === undefined ? {} : { oldestAt }),
    settled: settledBy(durables),
    missing: found.deployed ? missingOf(tenant, integration, target, durables) : [],
  };
}

function missingOf(
  { consumers }: TenantTopology,
  integration: string,
  target: string,
  durables: readonly LiveConsumer[],
): readonly string[] {
  const there = new Set(durables.map(({ stream_name, name }) => `${stream_name}/${name}`));
  return consumers
    .filter((wanted) => wanted.integration === integration && wanted.target === target)
    .filter(({ stream }) => streamsOf(integration).includes(stream))
    .map(({ stream, config }) => `${stream}/${config.durable_name}`)
    .filter((name) => !there.has(name));
}

/** The first message behind what is all acknowledged. */
async function oldestOf(connection: NatsConnection, durable: LiveConsumer): Promise<string | undefined> {
  const { stream_name, config, ack_floor, num_pending, num_ack_pending } = durable;
  if (num_pending + num_ack_pending === 0) return undefined;
  const filter = String(config.filter_subject ?? ">");
  return (await nextMessage(connection, stream_name, filter, ack_floor.stream_seq + 1))?.storedAt;
}

const behind = ({ num_pending, num_ack_pending }: LiveConsumer): number => num_pending + num_ack_pending;

const settledBy = (durables: readonly LiveConsumer[]): number =>
  sum(durables, ({ delivered, num_ack_pending }) => delivered.consumer_seq - num_ack_pending);

const sizeOf = ({ state, config }: StreamInfo) => ({
  messages: state.messages,
  bytes: state.bytes,
  maxBytes: Number(config.max_bytes ?? -1),
});

/** A stream that drops its oldest messages is never farther from its end than by one of them. */
const fullFrom = 0.99;
const roomFor = 2;

function archiveStatus(stream: LiveStream, now: number): ArchiveStatus {
  const size = sizeOf(stream);
  const keep = Number(stream.config.max_age ?? 0) / 1_000_000;
  const since = size.messages === 0 ? undefined : stream.state.first_ts;
  const young = since === undefined || now - Date.parse(since) < keep;
  const least = Math.min(fullFrom * size.maxBytes, size.maxBytes - (roomFor * size.bytes) / Math.max(1, size.messages));
  const full = size.maxBytes > 0 && stream.state.first_seq > 1 && size.bytes >= least && young;
  return { ...size, keep, ...(since === undefined ? {} : { since }), full };
}

const sum = <T>(items: readonly T[], figure: (item: T) => number): number =>
  items.reduce((total, item) => total + figure(item), 0);

/** A durable that was made anew counts from 0. */
const perSecond = (count: number, ms: number): number => Math.max(0, (count * 1000) / ms);

function rated(status: Status, before: Status): Status {
  const elapsed = Date.parse(status.at) - Date.parse(before.at);
  const known = new Map(
    before.integrations.flatMap((each) => each.targets.map((target) => [`${nameOf(each)}/${target.target}`, target])),
  );
  const rate = (name: string, target: TargetStatus): TargetStatus => {
    const earlier = known.get(name);
    if (earlier === undefined || elapsed <= 0) return target;
    return { ...target, rate: perSecond(target.settled - earlier.settled, elapsed) };
  };
  return {
    ...status,
    integrations: status.integrations.map((each) => ({
      ...each,
      targets: each.targets.map((target) => rate(`${nameOf(each)}/${target.target}`, target)),
    })),
  };
}
