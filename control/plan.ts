// From what the cluster holds to what the workspace wants: ordered changes, each with what it does to messages. Pure;
// the same two states give the same plan and the same hash.

import { type DeploymentRecord, signedText } from "../schema/deployment.ts";
import type { Json, JsonObject } from "../schema/json.ts";
import { verifyText } from "../schema/nkey.ts";
import type { Change, Consequence, Drift, FieldChange, Leftover, Plan, RolloutPlan } from "../schema/plan.ts";
import type { Deployment, TenantTopology, Topology } from "../schema/topology.ts";
import { conflicts } from "./conflicts.ts";
import { restartsWorker, safe } from "./consequence.ts";
import { contractChanges } from "./contract-changes.ts";
import { type LiveDeployment, stableOf } from "./deployment.ts";
import { failed, type Result, success } from "./failure.ts";
import { intakeUse } from "./intake-use.ts";
import { withKept } from "./kept.ts";
import { emptyTenant, type Observed, type ObservedTenant } from "./observe.ts";
import { orderClashes, redeliveredByGathering } from "./order-change.ts";
import { phase } from "./phase.ts";
import { planAccounts } from "./plan-accounts.ts";
import { planHash } from "./plan-hash.ts";
import { planConsumer, planStream } from "./plan-objects.ts";
import { renamedConsumer, renamedDeployment, renamedStream } from "./plan-renames.ts";
import { quotaShortfall, quotaUse } from "./quota-use.ts";
import { removals } from "./removals.ts";
import { clashes, renamesOf, withoutRenamed } from "./renames.ts";
import { type Aim, aimOf, canaryFields } from "./rollout/aim.ts";
import { unfinished } from "./unfinished.ts";
import { consumerName, nothingOf, type WantedTenant, wantedStreams } from "./wanted.ts";

/** A change that its object asks for, and what somebody else did to it; neither when it is as wanted. */
export interface Verdict {
  readonly change?: Change;
  readonly rollout?: RolloutPlan;
  readonly drift?: Drift;
  readonly leftover?: Leftover;
}

/** The accounts of operator mode: what the live ones allow, and how a wanted one reads in the same fields. */
export interface Accounts {
  readonly live: ReadonlyMap<string, JsonObject>;
  readonly wanted: (tenant: TenantTopology) => JsonObject;
}

export interface PlanOptions {
  /** The revision that was applied last. */
  readonly revision?: number;
  /** Its topology. */
  readonly before?: Topology;
  /** What is ours and not wanted any more goes; without it that is named, and kept. */
  readonly prune?: boolean;
  readonly accounts?: Accounts;
  /** Public key that deployments are signed with. */
  readonly signer?: string;
  /** Integrations whose canary was given up and shall be tried once more. */
  readonly retryRollouts?: readonly string[];
  /** Tenants of the last revision whose accounts cannot be entered. */
  readonly unreachable?: readonly string[];
}

/**
 * Refused when something that is not ours is in the way, and when a quota is below what is there.
 */
export function plan(wanted: Topology, observed: Observed, options: PlanOptions = {}): Result<Plan> {
  const { revision = 0, before, unreachable = [] } = options;
  const pairs = pairsOf(wanted, observed);
  const inTheWay = pairs.flatMap(({ wanted, live }) => [
    ...conflicts(wanted, live),
    ...clashes(wanted, live),
    ...unfinished(wanted, live),
  ]);
  const [first] = inTheWay;
  if (first !== undefined) {
    const more = inTheWay.length > 1 ? ` (and ${inTheWay.length - 1} more)` : "";
    return failed({ kind: "conflict", message: `${first}${more}`, conflicts: inTheWay });
  }
  const unlike = pairs.flatMap(({ wanted, live }) => unlikes(wanted, live));
  const [alone] = unlike;
  if (alone !== undefined) return failed({ kind: "conflict", message: alone, conflicts: unlike });
  const shortfall = quotaShortfall(wanted, observed);
  if (shortfall !== undefined) return failed(shortfall);
  const verdicts = pairs.flatMap(({ wanted, live }) => planTenant(wanted, live, options));
  const planned = verdicts.flatMap(({ change }) => (change === undefined ? [] : [change]));
  const unordered = pairs.flatMap(({ wanted, live }) => orderClashes(wanted, live, planned));
  const [clash] = unordered;
  if (clash !== undefined) return failed({ kind: "conflict", message: clash, conflicts: unordered });
  const leftovers = [
    ...verdicts.flatMap(({ leftover }) => (leftover === undefined ? [] : [leftover])),
    ...unreachable.map((tenant) => ({ kind: "account" as const, tenant, name: tenant, messages: 0 })),
  ];
  const rollouts = verdicts.flatMap(({ rollout }) => (rollout === undefined ? [] : [rollout]));
  const accounts = planAccounts(withKept(wanted, before, { leftovers, rollouts }), observed, options);
  const changes = [...accounts, ...verdicts].flatMap(({ change }) => (change === undefined ? [] : [change]));
  const drift = verdicts.flatMap(({ drift }) => (drift === undefined ? [] : [drift]));
  const content = {
    workspace: wanted.workspace,
    revision,
    changes: changes.sort((a, b) => phase(a) - phase(b)),
    drift,
    leftovers,
    quotas: quotaUse(before, wanted),
    intakes: intakeUse(before, wanted),
    contracts: contractChanges(before, wanted),
    rollouts,
  };
  return success({ ...content, hash: planHash(content) });
}

function pairsOf(wanted: Topology, observed: Observed) {
  const live = new Map(observed.tenants.map((tenant) => [tenant.tenant, tenant]));
  const names = new Set(wanted.tenants.map(({ tenant }) => tenant));
  const gone = observed.tenants.filter(({ tenant }) => !names.has(tenant));
  return [
    ...wanted.tenants.map((tenant) => ({
      wanted: tenant,
      live: live.get(tenant.tenant) ?? emptyTenant(tenant.tenant),
    })),
    ...gone.map((live) => ({ wanted: nothingOf(live.tenant), live })),
  ];
}

function planTenant(
  wanted: WantedTenant,
  live: ObservedTenant,
  { prune = false, signer, retryRollouts = [] }: PlanOptions,
): readonly Verdict[] {
  const renames = renamesOf(wanted, live);
  const liveStreams = new Map(live.streams.map((stream) => [stream.name, stream]));
  const liveConsumers = new Map(live.consumers.map((consumer) => [`${consumer.stream}/${consumer.name}`, consumer]));
  const liveDeployments = new Map(live.deployments.map((deployment) => [deployment.integration, deployment]));
  const { tenant } = wanted;
  const streamVerdicts = wantedStreams(wanted).map((stream): Verdict => {
    const { name } = stream.config;
    const old = renames.streams.get(name);
    const there = liveStreams.get(name);
    if (old === undefined) return planStream(tenant, stream, there, live.moving.get(name));
    return { change: renamedStream(tenant, stream, old, liveStreams.get(old), there) };
  });
  const replaced = new Set(streamVerdicts.flatMap(({ change }) => (change?.action === "replace" ? [change.name] : [])));
  return [
    ...streamVerdicts,
    ...wanted.consumers.map((consumer): Verdict => {
      const name = consumerName(consumer);
      const old = renames.consumers.get(name);
      if (old !== undefined) return { change: renamedConsumer(tenant, consumer, old, liveConsumers.get(old)) };
      const halfDone = live.movingConsumers.has(name);
      const gathered = () => redeliveredByGathering(name, live);
      const there = liveConsumers.get(name);
      const held = liveStreams.get(consumer.stream)?.messages ?? 0;
      return planConsumer(tenant, consumer, there, replaced.has(consumer.stream), halfDone, gathered, held);
    }),
    ...wanted.deployments.map((deployment): Verdict => {
      const there = liveDeployments.get(deployment.integration);
      const old = renames.deployments.get(deployment.integration);
      if (old !== undefined) {
        const before = liveDeployments.get(old)?.record?.bundle ?? null;
        return { change: renamedDeployment(tenant, deployment, old, before) };
      }
      const again = [deployment.integration, `${tenant}/${deployment.integration}`].some((name) =>
        retryRollouts.includes(name),
      );
      return planDeployment(tenant, deployment, there, again, {
        ...(wanted.messagesPerSecond === undefined ? {} : { messagesPerSecond: wanted.messagesPerSecond }),
        ...(signer === undefined ? {} : { signer }),
      });
    }),
    ...removals(wanted, withoutRenamed(live, renames), prune),
  ];
}

/** What a record says beside its bundle. */
interface Given {
  readonly messagesPerSecond?: number;
  readonly signer?: string;
}

function planDeployment(
  tenant: string,
  deployment: Deployment,
  live: LiveDeployment | undefined,
  again: boolean,
  given: Given,
): Verdict {
  const { integration } = deployment;
  const record = live?.record;
  const aim = aimOf(deployment, live, again);
  const rollout = rolloutPlan(tenant, integration, aim);
  const compared: readonly (readonly [string, Json, Json])[] = [
    ["bundle", record?.bundle ?? null, aim.bundle],
    ...canaryFields(record?.canary, aim),
    ["draining", record?.draining ?? false, false],
    ["messagesPerSecond", record?.messagesPerSecond ?? null, given.messagesPerSecond ?? null],
    ["signer", signerOf(record), given.signer ?? null],
    ...putBack(live),
    ...writtenOver(live, deployment.bundle),
  ];
  const fields = compared.filter(([, from, to]) => from !== to).map(([field, from, to]) => ({ field, from, to }));
  const said = rollout === undefined ? {} : { rollout };
  if (fields.length === 0) return said;
  const subject = { kind: "deployment" as const, tenant, name: integration };
  if (record === undefined) return { change: { action: "create", ...subject, consequence: safe, fields } };
  return { ...said, change: { action: "update", ...subject, consequence: consequenceOf(aim, live, fields), fields } };
}

function consequenceOf(aim: Aim, live: LiveDeployment | undefined, fields: readonly FieldChange[]): Consequence {
  const begins = aim.state === "begins" || aim.state === "replaces";
  if (aim.canary !== undefined && begins) {
    return { kind: "canary", share: aim.canary.share, forMs: aim.canary.forMs, beside: aim.bundle };
  }
  // A worker takes another rate as it runs, and has the bundle that is stored anew; what was decided it has done.
  const decided = live !== undefined && stableOf(live) === aim.bundle;
  const quiet = (field: string): boolean =>
    field === "messagesPerSecond" || field === "stored" || field === "rollout" || field === "canary";
  return fields.every(({ field }) => quiet(field) || (field === "bundle" && decided)) ? safe : restartsWorker;
}

function rolloutPlan(tenant: string, integration: string, { canary, state, reason }: Aim): RolloutPlan | undefined {
  if (canary === undefined || state === undefined) return undefined;
  const { bundle, share, forMs } = canary;
  return { tenant, integration, bundle, share, forMs, state, ...(reason === undefined ? {} : { reason }) };
}

/** Bundles that `rollout` would let run side by side and that cannot. */
function unlikes({ tenant, deployments }: WantedTenant, live: ObservedTenant): readonly string[] {
  return deployments.flatMap((wanted) => {
    const there = live.deployments.find(({ integration }) => integration === wanted.integration);
    const unlike = there?.unlike;
    if (unlike === undefined || wanted.rollout === undefined || aimOf(wanted, there, false).canary === undefined)
      return [];
    return [
      `${tenant}/${wanted.integration} cannot be tried on a share of its keys: ${unlike}, and both bundles read the same messages; apply it with --at-once ${wanted.integration}, or without \`rollout\``,
    ];
  });
}

/** Whose signature it bears, if that one is good: workers take no other. */
function signerOf(record: DeploymentRecord | undefined): string | null {
  if (record?.signature === undefined) return null;
  const { key } = record.signature;
  return verifyText([key], signedText(record), record.signature) ? key : null;
}

/** Somebody wrote an old record over a newer one: workers refuse that, so it is written anew. */
function putBack(live: LiveDeployment | undefined): readonly (readonly [string, Json, Json])[] {
  if (live?.record === undefined || live.record.revision >= live.revision) return [];
  return [["revision", live.record.revision, live.revision + 1]];
}

/** The bundle is the same and not there as it was signed. */
function writtenOver(live: LiveDeployment | undefined, wanted: string): readonly (readonly [string, Json, Json])[] {
  const { bundle, canary } = live?.record ?? {};
  if (live?.spoiled !== true || (bundle !== wanted && canary?.bundle !== wanted)) return [];
  return [["stored", "missing or written over", "the bundle"]];
}
