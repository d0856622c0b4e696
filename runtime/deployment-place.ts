// One integration of a tenant and the way from what its records want to what runs. What cannot be trusted or cannot be
// started changes nothing: what ran before goes on, and it is tried again.

import type { NatsConnection } from "@nats-io/nats-core";
import type { Bundle, CodedBundle } from "../schema/bundle.ts";
import { canonical } from "../schema/canonical.ts";
import type { Clock, Log } from "../schema/connector.ts";
import type { DeploymentRecord } from "../schema/deployment.ts";
import { type Canary, sameRollout } from "../schema/rollout.ts";
import type { Env } from "../schema/worker.ts";
import { type History, isOlder, noHistory, type Reader, replayed } from "./deployment-history.ts";
import { fetchBundle } from "./fetch-bundle.ts";
import type { Lanes } from "./lanes.ts";
import type { Link } from "./link.ts";
import { readStanding } from "./rollout/standing.ts";
import type { Beside, Worker } from "./run.ts";
import { isStartFailure, reasonOf, type StartFailureKind } from "./start-failure.ts";

export interface PlaceOptions extends Reader {
  readonly link: Link<NatsConnection>;
  readonly worker: Pick<Worker, "deploy" | "remove" | "pace" | "awaiting">;
  /** Values for what the bundle names. Throws a StartFailure when one is missing. */
  readonly env: (bundle: Bundle) => Env;
  readonly clock: Clock;
  readonly log: Log;
  /** Integrations of the whole worker that are changed at once: a thousand together would time each other out. */
  readonly lanes: Lanes;
}

export interface Refused {
  /** `unverified`: the record or its bundle cannot be trusted; else why the bundle cannot be started. */
  readonly kind: "unverified" | StartFailureKind;
  readonly reason: string;
}

export interface Place {
  readonly name: string;
  history: History;
  /** The newest record that was ever acted on: never back from there. */
  reached?: DeploymentRecord;
  /** Of what runs, of what rests because it is paused. */
  runs?: DeploymentRecord;
  rests?: DeploymentRecord;
  refused?: Refused & { readonly sequence: number };
  /** Being brought to what its history says, and then once more. */
  working?: Promise<void>;
  again: boolean;
}

export const placeOf = (name: string): Place => ({ name, history: noHistory, again: false });

/** One integration to what its history says. Never rejects. */
export async function bring(options: PlaceOptions, place: Place): Promise<void> {
  const { sequence } = place.history;
  const { newest, removed } = place.history;
  const failed = await (removed ? end(options, place) : change(options, place, newest)).catch(refusal);
  const { flaw } = place.history;
  const refused = failed ?? (flaw === undefined ? undefined : { kind: "unverified" as const, reason: flaw });
  // The history may have gone on meanwhile: then the next turn says it.
  if (sequence === place.history.sequence) tell(options, place, refused);
}

function tell({ log }: PlaceOptions, place: Place, refused: Refused | undefined): void {
  const before = place.refused;
  if (refused === undefined) {
    delete place.refused;
    return;
  }
  const { sequence } = place.history;
  place.refused = { ...refused, sequence };
  if (before?.reason === refused.reason && before.sequence === sequence) return;
  const rest = place.runs === undefined ? "nothing of it runs here" : "what ran before goes on";
  log.warn({ integration: place.name, reason: refused.reason }, `a deployment is refused; ${rest}`);
}

const refusal = (error: unknown): Refused => ({
  kind: isStartFailure(error) ? error.startFailure : "damaged",
  reason: reasonOf(error),
});

async function change(
  options: PlaceOptions,
  place: Place,
  record: DeploymentRecord | undefined,
): Promise<Refused | undefined> {
  if (record === undefined) return undefined;
  const { reached } = place;
  if (reached !== undefined && isOlder(record, reached)) return unverified(replayed(record, reached));
  if (sameRun(place.runs, record) || sameRun(place.rests, record)) {
    place.reached = record;
    return undefined;
  }
  return options.lanes(() => exchange(options, place, record));
}

async function exchange(options: PlaceOptions, place: Place, record: DeploymentRecord): Promise<Refused | undefined> {
  const { canary } = record;
  if (canary === undefined) return run(options, place, record, record.bundle);
  const standing = await readStanding(options.link.requests, place.name);
  const known = standing.kind === "read" ? standing.record : undefined;
  const decision = known !== undefined && sameRollout(known, canary) ? known.decision?.kind : undefined;
  if (decision !== undefined)
    return run(options, place, record, decision === "promoted" ? canary.bundle : record.bundle);
  return run(options, place, record, record.bundle, canary);
}

/** What it wants is one bundle, and another one beside it for now. */
async function run(
  options: PlaceOptions,
  place: Place,
  record: DeploymentRecord,
  hash: string,
  canary?: Canary,
): Promise<Refused | undefined> {
  const coded = await bundleOf(options, place, hash);
  if ("kind" in coded) return coded;
  if (coded.bundle.paused) {
    await end(options, place);
    place.rests = record;
    place.reached = record;
    return undefined;
  }
  if (canary === undefined) await start(options, place, record, coded);
  else {
    const tried = await bundleOf(options, place, canary.bundle);
    if ("kind" in tried) {
      // Without it what is stable runs all the same; then it is asked for again.
      const { canary: _, ...alone } = record;
      if (!sameRun(place.runs, alone)) await start(options, place, alone, coded);
      return tried;
    }
    await start(options, place, record, coded, besideOf(options, canary, tried));
  }
  place.reached = record;
  return undefined;
}

function besideOf({ env }: PlaceOptions, canary: Canary, coded: CodedBundle): Beside {
  try {
    return { canary, coded, env: env(coded.bundle) };
  } catch (error) {
    return { canary, coded: reasonOf(error) };
  }
}

async function bundleOf(options: PlaceOptions, place: Place, hash: string): Promise<CodedBundle | Refused> {
  const fetched = await fetchBundle(options.link.requests, hash, options.trust);
  if (!fetched.ok) return unverified(fetched.reason);
  const { bundle } = fetched.coded;
  if (bundle.tenant === options.tenant && bundle.integration === place.name) return fetched.coded;
  return unverified(`its bundle is the one of ${bundle.tenant}/${bundle.integration}`);
}

async function start(
  { worker, tenant, env, log }: PlaceOptions,
  place: Place,
  record: DeploymentRecord,
  coded: CodedBundle,
  beside?: Beside,
): Promise<void> {
  const { revision, draining = false } = record;
  const given = { tenant, coded, env: env(coded.bundle), draining };
  await worker.deploy(beside === undefined ? given : { ...given, beside });
  place.runs = record;
  delete place.rests;
  const tried = beside === undefined ? {} : { canary: beside.canary.bundle };
  const fields = { integration: place.name, revision, bundle: coded.bundle.hash, draining, ...tried };
  log.info(fields, "a deployment is taken over");
}

async function end({ worker, tenant, log }: PlaceOptions, place: Place): Promise<undefined> {
  delete place.rests;
  if (place.runs === undefined) return;
  await worker.remove(tenant, place.name);
  delete place.runs;
  log.info({ integration: place.name }, "it does not run here any more");
}

const unverified = (reason: string): Refused => ({ kind: "unverified", reason });

const sameRun = (one: DeploymentRecord | undefined, other: DeploymentRecord): boolean =>
  one !== undefined &&
  one.bundle === other.bundle &&
  one.draining === other.draining &&
  canonical(one.canary ? { ...one.canary } : null) === canonical(other.canary ? { ...other.canary } : null);
