// The whole line of an apply on one page: lease → plan → agree → journal → make → record → release. What it does is
// written to the audit stream before it begins and before it reports success.

import type { CodedBundle } from "../schema/bundle.ts";
import type { Plan } from "../schema/plan.ts";
import type { Topology } from "../schema/topology.ts";
import type { ClusterAccess } from "./access.ts";
import { refusedBundle } from "./bundles.ts";
import { refusedLoss } from "./data-loss.ts";
import { type ControlFailure, failed, failureOf, type Result, success } from "./failure.ts";
import { withKept } from "./kept.ts";
import { type ApplyStep, make } from "./make.ts";
import type { OnCopied } from "./migrate/copy.ts";
import { type AuditKind, audit, auditOfPlan } from "./platform/audit.ts";
import { clearJournal, type JournalEntry, readJournal, writeJournal } from "./platform/journal.ts";
import { type Actor, breakLease, type Lease, type LeaseClock, takeLease } from "./platform/lease.ts";
import { type Revision, writeContents, writeRevision } from "./platform/revisions.ts";
import { ensurePlatform } from "./platform/streams.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { tally } from "./tally.ts";

export interface ApplyOptions extends Actor {
  readonly wanted: Topology;
  readonly access: ClusterAccess;
  /** By its hash, for those that the cluster does not hold yet. */
  readonly bundles: (hash: string) => CodedBundle | undefined;
  /** The plan that was agreed to: anything else is refused as stale. Left out: whatever the plan says now. */
  readonly agreed?: Pick<Plan, "hash">;
  /** Streams and consumers whose unread messages may be lost: `IN_orders`, `IN_orders/warehouse`, `acme/IN_orders`. */
  readonly allowDataLoss?: readonly string[];
  readonly prune?: boolean;
  readonly retryRollouts?: readonly string[];
  /** Goes back to this revision, says the record. */
  readonly rollbackTo?: number;
  /** Takes the lease from whoever holds it, and forgets a journal that cannot be read. */
  readonly force?: boolean;
  readonly clock: LeaseClock;
  readonly leaseSeconds?: number;
  readonly onStep?: (step: ApplyStep) => void;
  /** While a stream is replaced with its messages. */
  readonly onCopied?: OnCopied;
}

export interface Applied {
  readonly plan: Plan;
  /** Changes that were made. */
  readonly done: number;
  /** The one that is in effect now. */
  readonly revision: number;
  /** An apply before that was cut short. */
  readonly interrupted?: JournalEntry;
}

export async function apply(options: ApplyOptions): Promise<Result<Applied>> {
  const { access, wanted } = options;
  const { platform } = access;
  let lease: Lease | undefined;
  try {
    await ensurePlatform(platform, wanted);
    if (options.force === true) await breakLease(platform, wanted.workspace);
    const taken = await takeLease(platform, leaseOptions(options));
    if (!taken.ok) return taken;
    lease = taken.value;
    const journal = await openJournal(options);
    if (!journal.ok) return journal;
    const prepared = await prepare(options);
    if (!prepared.ok) return prepared;
    const refused = refuse(prepared.value.plan, options);
    if (refused !== undefined) return failed(refused);
    return await carry(prepared.value, journal.value, lease, options);
  } catch (error) {
    return failed(failureOf(error, `applying workspace ${wanted.workspace}`));
  } finally {
    await lease?.release().catch(() => undefined);
  }
}

const leaseOptions = ({ wanted: { workspace }, clock, leaseSeconds, ...actor }: ApplyOptions) => ({
  ...actorOf(actor),
  workspace,
  clock,
  ...(leaseSeconds === undefined ? {} : { seconds: leaseSeconds }),
});

const actorOf = ({ by, commit }: Actor): Actor => ({ by, ...(commit === undefined ? {} : { commit }) });

/** What an apply before has left open. */
async function openJournal({ access, wanted, force }: ApplyOptions): Promise<Result<JournalEntry | undefined>> {
  const { workspace } = wanted;
  const entry = await readJournal(access.platform, workspace);
  if (entry !== "damaged") return success(entry?.state === "applying" ? entry : undefined);
  if (force === true) {
    await clearJournal(access.platform, workspace);
    return success(undefined);
  }
  return failed({
    kind: "journal",
    message: `the journal of workspace ${workspace} cannot be read; nothing was changed. It only says whether an apply was cut short, which the cluster shows as well: \`vrsky plan\` to see, \`vrsky apply --force\` to forget it and go on`,
  });
}

function refuse(current: Plan, options: ApplyOptions): ControlFailure | undefined {
  const { agreed, allowDataLoss = [] } = options;
  if (agreed !== undefined && agreed.hash !== current.hash) {
    return { kind: "stale", message: "the cluster or the workspace has changed since this plan was made: plan again" };
  }
  return refusedLoss(current.changes, allowDataLoss) ?? refusedBundle(newBundles(current, options));
}

function newBundles({ changes }: Plan, { wanted, bundles }: ApplyOptions): readonly CodedBundle[] {
  const deployed = new Set(
    changes.flatMap(({ kind, tenant, name }) => (kind === "deployment" ? `${tenant}/${name}` : [])),
  );
  return wanted.tenants.flatMap(({ tenant, deployments }) =>
    deployments
      .filter(({ integration }) => deployed.has(`${tenant}/${integration}`))
      .flatMap(({ bundle }) => bundles(bundle) ?? []),
  );
}

async function carry(
  prepared: Prepared,
  interrupted: JournalEntry | undefined,
  lease: Lease,
  options: ApplyOptions,
): Promise<Result<Applied>> {
  const { platform } = options.access;
  const { plan, head, before } = prepared;
  const effective = withKept(options.wanted, before, plan);
  const outcome = (done: number, revision: number): Result<Applied> =>
    success({ plan, done, revision, ...(interrupted === undefined ? {} : { interrupted }) });
  const contents = await contentsOf(effective, prepared, options);
  if (plan.changes.length === 0 && head !== undefined && sameContents(contents, head.tenants)) {
    if (interrupted !== undefined) await journal("done", plan, head.revision, contents, options);
    return outcome(0, head.revision);
  }
  const revision = (head?.revision ?? 0) + 1;
  const tell = (what: AuditKind, detail: Parameters<typeof audit>[1]["detail"]) =>
    audit(platform, { ...actorOf(options), workspace: plan.workspace, what, at: at(options), revision, detail });
  await journal("applying", plan, revision, contents, options);
  const { allowDataLoss = [], prune = false } = options;
  for (const { what, detail } of auditOfPlan(plan, { before, wanted: effective }, { allowDataLoss, prune })) {
    await tell(what, detail);
  }
  const made = await make(prepared, { ...options, now: options.clock.now, wanted: effective, mayGoOn: lease.lost });
  if (!made.ok) {
    // Where the connection is gone, the open journal says the same.
    await tell("failed", { plan: plan.hash, reason: made.failure.message }).catch(() => undefined);
    return made;
  }
  const lost = lease.lost();
  if (lost !== undefined) return failed(lost);
  const written = await writeRevision(platform, revisionOf(revision, contents, plan, options));
  if (!written) return failed({ kind: "locked", message: `somebody else has made revision ${revision} meanwhile` });
  await tell("applied", { plan: plan.hash, changes: made.value });
  await journal("done", plan, revision, contents, options);
  return outcome(made.value, revision);
}

function contentsOf(effective: Topology, { head }: Prepared, { access }: ApplyOptions) {
  return writeContents(access.platform, effective, head?.tenants ?? {});
}

function sameContents(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

function journal(
  state: JournalEntry["state"],
  plan: Plan,
  revision: number,
  contents: Revision["tenants"],
  options: ApplyOptions,
): Promise<void> {
  const changes = plan.changes.length;
  const tenants = [...new Set([...Object.keys(contents), ...plan.leftovers.map(({ tenant }) => tenant)])];
  const entry = { state, revision, plan: plan.hash, changes, tenants, by: options.by, at: at(options) };
  return writeJournal(options.access.platform, plan.workspace, entry);
}

function revisionOf(revision: number, tenants: Revision["tenants"], plan: Plan, options: ApplyOptions): Revision {
  const { rollbackTo } = options;
  return {
    ...actorOf(options),
    workspace: plan.workspace,
    revision,
    at: at(options),
    plan: plan.hash,
    ...tally(plan.changes),
    ...(rollbackTo === undefined ? {} : { rollbackTo }),
    tenants,
  };
}

const at = ({ clock }: ApplyOptions): string => clock.now().toISOString();
