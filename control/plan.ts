// From what the cluster holds to what the workspace wants: ordered changes, each with what it does to messages. Pure;
// the same two states give the same plan and the same hash.

import * as address from "../schema/address.ts";
import { canonical, sha256 } from "../schema/canonical.ts";
import type { JsonObject } from "../schema/json.ts";
import type { Change, Drift, FieldChange, Kind, Plan } from "../schema/plan.ts";
import type { Consumer, Deployment, Topology } from "../schema/topology.ts";
import { allFields, compareConfig, hashOf, needsReplacing, plain } from "./compare.ts";
import { conflicts } from "./conflicts.ts";
import { consumerReplacement, consumerUpdate, drops, restartsWorker, safe, streamUpdate } from "./consequence.ts";
import type { LiveDeployment } from "./deployment.ts";
import { failed, type Result, success } from "./failure.ts";
import { fillsCopy } from "./figures.ts";
import {
  emptyTenant,
  type Observed,
  type ObservedConsumer,
  type ObservedStream,
  type ObservedTenant,
} from "./observe.ts";
import { consumerName, nothingOf, streamLabel, type WantedStream, type WantedTenant, wantedStreams } from "./wanted.ts";

/** A change that its object asks for, and what somebody else did to it; neither when it is as wanted. */
interface Verdict {
  readonly change?: Change;
  readonly drift?: Drift;
}

type Subject = Pick<Change, "kind" | "tenant" | "name">;

/**
 * Refused when something that is not ours is in the way. Tenants that are observed but no longer wanted are emptied.
 * Creations and updates come first, in the order in which one needs the other; removals come last, the other way round.
 */
export function plan(wanted: Topology, observed: Observed): Result<Plan> {
  const live = new Map(observed.tenants.map((tenant) => [tenant.tenant, tenant]));
  const names = new Set(wanted.tenants.map(({ tenant }) => tenant));
  const pairs = [
    ...wanted.tenants.map((tenant) => ({
      wanted: tenant,
      live: live.get(tenant.tenant) ?? emptyTenant(tenant.tenant),
    })),
    ...observed.tenants
      .filter(({ tenant }) => !names.has(tenant))
      .map((live) => ({ wanted: nothingOf(live.tenant), live })),
  ];
  const inTheWay = pairs.flatMap(({ wanted, live }) => conflicts(wanted, live));
  const [first] = inTheWay;
  if (first !== undefined) {
    const more = inTheWay.length > 1 ? ` (and ${inTheWay.length - 1} more)` : "";
    return failed({ kind: "conflict", message: `${first}${more}`, conflicts: inTheWay });
  }
  const verdicts = pairs.flatMap(({ wanted, live }) => planTenant(wanted, live));
  const changes = verdicts.flatMap(({ change }) => (change === undefined ? [] : [change]));
  const drift = verdicts.flatMap(({ drift }) => (drift === undefined ? [] : [drift]));
  const content = { workspace: wanted.workspace, changes: changes.sort((a, b) => phase(a) - phase(b)), drift };
  const around = { revision: 0, leftovers: [], quotas: [], contracts: [] };
  return success({ ...content, ...around, hash: sha256(canonical(content)) });
}

const order: readonly Kind[] = ["account", "bucket", "stream", "consumer", "deployment"];

/** Sorting is stable: within a phase the order of the topology stays. */
function phase({ action, kind }: Change): number {
  const step = order.indexOf(kind);
  return action === "delete" ? 2 * order.length - step : step;
}

function planTenant(wanted: WantedTenant, live: ObservedTenant): readonly Verdict[] {
  const liveStreams = new Map(live.streams.map((stream) => [stream.name, stream]));
  const streams = wantedStreams(wanted);
  const streamVerdicts = streams.map((stream) =>
    planStream(wanted.tenant, stream, liveStreams.get(stream.config.name)),
  );
  const replaced = new Set(streamVerdicts.flatMap(({ change }) => (change?.action === "replace" ? [change.name] : [])));
  const liveConsumers = new Map(live.consumers.map((consumer) => [`${consumer.stream}/${consumer.name}`, consumer]));
  const liveDeployments = new Map(live.deployments.map((deployment) => [deployment.integration, deployment]));
  return [
    ...streamVerdicts,
    ...wanted.consumers.map((consumer) =>
      planConsumer(wanted.tenant, consumer, liveConsumers.get(consumerName(consumer)), replaced.has(consumer.stream)),
    ),
    ...wanted.deployments.map((deployment) =>
      planDeployment(
        wanted.tenant,
        deployment,
        replaced.has(address.deployBucket) ? undefined : liveDeployments.get(deployment.integration),
      ),
    ),
    ...removals(wanted, live),
  ];
}

function planStream(tenant: string, { kind, name, config }: WantedStream, live: ObservedStream | undefined): Verdict {
  const subject = { kind, tenant, name };
  if (live === undefined) return creation(subject, config);
  const fields = compareConfig(config, live.config);
  if (fields.length === 0) return {};
  const change: Change = fields.some(needsReplacing)
    ? { action: "replace", ...subject, consequence: drops(live.unread), fields }
    : { action: "update", ...subject, consequence: streamUpdate(fields, live), fields };
  return { change, ...driftOf(subject, config, live.config, fields) };
}

function planConsumer(
  tenant: string,
  consumer: Consumer,
  live: ObservedConsumer | undefined,
  streamReplaced: boolean,
): Verdict {
  const subject = { kind: "consumer" as const, tenant, name: consumerName(consumer) };
  const config = plain(consumer.config);
  if (live === undefined) return creation(subject, config);
  const fields = compareConfig(config, live.config);
  if (streamReplaced) return { change: { action: "replace", ...subject, consequence: drops(live.unread), fields } };
  if (fields.length === 0) return {};
  const change: Change = fields.some(needsReplacing)
    ? { action: "replace", ...subject, consequence: consumerReplacement(live), fields }
    : { action: "update", ...subject, consequence: consumerUpdate(fields, live), fields };
  return { change, ...driftOf(subject, config, live.config, fields) };
}

function planDeployment(
  tenant: string,
  { integration, bundle }: Deployment,
  live: LiveDeployment | undefined,
): Verdict {
  const from = live?.record?.bundle ?? null;
  if (from === bundle) return {};
  const fields = [{ field: "bundle", from, to: bundle }];
  const subject = { kind: "deployment" as const, tenant, name: integration };
  return from === null
    ? { change: { action: "create", ...subject, consequence: safe, fields } }
    : { change: { action: "update", ...subject, consequence: restartsWorker, fields } };
}

function creation(subject: Subject, config: JsonObject): Verdict {
  return { change: { action: "create", ...subject, consequence: safe, fields: allFields(config) } };
}

/** The last apply wanted exactly what is wanted now, so whoever made the difference was not an apply. */
function driftOf(
  subject: Subject,
  wanted: JsonObject,
  live: JsonObject,
  fields: readonly FieldChange[],
): Pick<Verdict, "drift"> {
  if (hashOf(wanted) === null || hashOf(wanted) !== hashOf(live)) return {};
  return {
    drift: { ...subject, fields: fields.map(({ field, from, to }) => ({ field, from: to, to: from, owner: "vrsky" })) },
  };
}

/** Consumers of a stream that goes are not named: they go with it. */
function removals(wanted: WantedTenant, live: ObservedTenant): readonly Verdict[] {
  const { tenant } = wanted;
  const streams = new Set(wantedStreams(wanted).map(({ config }) => config.name));
  const consumers = new Set(wanted.consumers.map(consumerName));
  const deployments = new Set(wanted.deployments.map(({ integration }) => integration));
  const bucketGoes = !streams.has(address.bucketStream(address.deployBucket));
  const removal = (subject: Omit<Subject, "tenant">, consequence: Change["consequence"]): Verdict => ({
    change: { action: "delete", tenant, ...subject, consequence, fields: [] },
  });
  return [
    ...live.deployments
      .filter(({ integration, record }) => record !== undefined && !deployments.has(integration) && !bucketGoes)
      .map(({ integration }) => removal({ kind: "deployment", name: integration }, restartsWorker)),
    ...live.consumers
      .filter(({ stream, name }) => streams.has(stream) && !consumers.has(`${stream}/${name}`))
      .map((consumer) => {
        const loss = fillsCopy(consumer) ? safe : drops(consumer.unread);
        return removal({ kind: "consumer", name: `${consumer.stream}/${consumer.name}` }, loss);
      }),
    ...live.streams
      .filter(({ name }) => !streams.has(name))
      .map(({ name, unread }) => removal(streamLabel(name), drops(unread))),
  ];
}
