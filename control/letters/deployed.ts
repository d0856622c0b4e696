// What would run a dead letter that is redriven: the bundle that is deployed now, and why there may be none.

import { createLibrary } from "../../runtime/expression/library.ts";
import { loadCode } from "../../runtime/program.ts";
import type { CodedBundle } from "../../schema/bundle.ts";
import type { Json } from "../../schema/json.ts";
import type { Issue, WorkerCode } from "../../schema/worker.ts";
import { readBundle } from "../bundles.ts";
import { type LiveDeployment, readDeployments, stableOf } from "../deployment.ts";
import type { Requests } from "../jetstream-api.ts";

export interface Runner {
  readonly coded: CodedBundle;
  /** What the contract of that source says of a body. */
  check(source: string, body: Json): Promise<readonly Issue[]>;
  /** Hash of the contract of that source; "" for `any`. */
  contract(source: string): string;
}

export type Found = { readonly ok: true; readonly runner: Runner } | { readonly ok: false; readonly reason: string };

/** Asks once for each integration. `trust`: keys, one of which must have signed what is run here. */
export function runnersOf(
  connection: Requests,
  trust?: readonly string[],
): (integration: string, target?: string) => Promise<Found> {
  let deployments: Promise<readonly LiveDeployment[]> | undefined;
  const known = new Map<string, Promise<Found>>();
  return async (integration, target) => {
    deployments ??= readDeployments(connection);
    const live = await deployments;
    const found = known.get(integration) ?? runnerOf(connection, integration, live, trust);
    known.set(integration, found);
    const settled = await found;
    return settled.ok && target !== undefined ? withTarget(settled.runner, target) : settled;
  };
}

async function runnerOf(
  connection: Requests,
  integration: string,
  live: readonly LiveDeployment[],
  trust: readonly string[] | undefined,
): Promise<Found> {
  const deployment = live.find((each) => each.integration === integration);
  const record = deployment?.record;
  if (deployment === undefined || record === undefined)
    return refused(`${integration} is not deployed: nobody would run it`);
  if (record.draining === true) return refused(`${integration} is being removed: nobody would run it for long`);
  const bundle = stableOf(deployment) ?? record.bundle;
  const coded = await readBundle(connection, bundle, trust);
  if (coded === undefined) {
    const hash = bundle.slice(0, 12);
    return refused(`the bundle ${hash} of ${integration} is not there as it was applied: apply puts it back`);
  }
  return { ok: true, runner: runnerFor(coded) };
}

function withTarget(runner: Runner, target: string): Found {
  const { integration, targets } = runner.coded.bundle;
  if (Object.hasOwn(targets, target)) return { ok: true, runner };
  return refused(`${integration} has no target ${target} any more; it has ${Object.keys(targets).join(", ")}`);
}

function runnerFor(coded: CodedBundle): Runner {
  let code: Promise<WorkerCode> | undefined;
  const { sources, contracts } = coded.bundle;
  return {
    coded,
    check: async (source, body) => {
      code ??= loadCode(coded, () => createLibrary());
      const checking = (await code).sources;
      // A source that was renamed: the one that is there, as the worker does.
      return (checking[source] ?? Object.values(checking)[0])?.check(body) ?? [];
    },
    contract: (source) => contracts[(sources[source] ?? Object.values(sources)[0])?.contract ?? ""]?.hash ?? "",
  };
}

const refused = (reason: string): Found => ({ ok: false, reason });
