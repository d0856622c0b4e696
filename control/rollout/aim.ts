// What the record of a deployment shall say: one bundle, or with `rollout` the stable one and beside it the one that is
// wanted. What the workers decided since the last apply counts as done.

import type { Json } from "../../schema/json.ts";
import type { RolloutPlan } from "../../schema/plan.ts";
import type { Canary, RolloutTerms } from "../../schema/rollout.ts";
import type { Deployment } from "../../schema/topology.ts";
import { durationText } from "../../schema/units.ts";
import { type LiveDeployment, stableOf } from "../deployment.ts";

export interface Aim {
  readonly bundle: string;
  /** `revision` and `at` are those of the record that is written, where it begins. */
  readonly canary?: Omit<Canary, "revision" | "at"> & Partial<Pick<Canary, "revision" | "at">>;
  readonly state?: RolloutPlan["state"];
  readonly reason?: string;
}

/** `again`: what was given up is tried once more. */
export function aimOf({ bundle, rollout }: Deployment, live: LiveDeployment | undefined, again: boolean): Aim {
  const record = live?.record;
  if (live === undefined || record === undefined || rollout === undefined) return { bundle };
  const stable = stableOf(live);
  if (stable === undefined || stable === bundle || record.draining === true || live.rests === true) return { bundle };
  const { canary } = record;
  const decision = live.rollout?.decision;
  if (canary?.bundle === bundle && decision?.kind === "rolled-back" && !again) {
    return { bundle: stable, canary, state: "rolled-back", reason: decision.reason };
  }
  if (canary?.bundle === bundle && decision === undefined) {
    const { revision, at } = canary;
    return { bundle: stable, canary: { ...rollout, bundle, revision, at }, state: "goes-on" };
  }
  const replaces = canary !== undefined && decision === undefined;
  return { bundle: stable, canary: { ...rollout, bundle }, state: replaces ? "replaces" : "begins" };
}

/** What is different of the canary, as the fields of a change. */
export function canaryFields(before: Canary | undefined, after: Aim): readonly (readonly [string, Json, Json])[] {
  const begins = after.state === "begins" || after.state === "replaces";
  const again = begins && before?.bundle === after.canary?.bundle;
  return [
    ["canary", before?.bundle ?? null, after.canary?.bundle ?? null],
    [
      "rollout",
      before === undefined ? null : termsText(before),
      after.canary === undefined ? null : termsText(after.canary),
    ],
    ...(again ? [["tries", "given up", "again"] as const] : []),
  ];
}

/** `5 % for 10m`. */
export const shareText = ({ share, forMs }: Pick<RolloutTerms, "share" | "forMs">): string =>
  `${share / 100} % for ${durationText(forMs)}`;

function termsText(terms: RolloutTerms): string {
  const { dead, errors } = terms.abortWhen;
  const limits = [
    ...(dead === undefined ? [] : [`${dead} dead`]),
    `errors ${errors.beyond ? "+" : ""}${errors.percent} %`,
  ];
  return `${shareText(terms)} and ${terms.messages} messages, unless ${limits.join(" or ")}`;
}
