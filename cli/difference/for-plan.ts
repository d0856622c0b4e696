// What `plan` was asked to replay: what of it cannot be asked together, the run with its progress, and what of it fails
// a CI.

import type { ClusterAccess } from "../../control/access.ts";
import { comparedCount, figure } from "../../control/difference-text.ts";
import type { ReplayDifference } from "../../schema/difference.ts";
import type { Plan } from "../../schema/plan.ts";
import type { Cluster } from "../cluster.ts";
import type { Ready } from "../compile-workspace.ts";
import { exit, ok, type Refusal, type Result } from "../exit.ts";
import type { Io } from "../io.ts";
import { progress } from "../progress.ts";
import { type GivenAnswers, readGivenAnswers } from "./answers.ts";
import { jsonPieces, keepMessages } from "./json.ts";
import { replayPlan } from "./replay.ts";

/** `any`: what differs at all; `dead`: what would die or be refused. */
export type FailOn = "any" | "dead";

export interface ReplayFlags {
  /** The last so many messages through what runs and what would run. */
  readonly replay?: number;
  readonly replayOf?: readonly string[];
  readonly replayFailOn?: FailOn;
  readonly values?: boolean;
  /** A file that says what calls answer. */
  readonly replayAnswers?: string;
  /** Milliseconds that all of it may take; ten minutes unless told. */
  readonly replayTime?: number;
}

export interface Replay {
  readonly difference: ReplayDifference;
  /** With every message that is not the same, behind what `plan` says; without them unless they were kept. */
  json(plan: object): Iterable<string>;
}

/** More of one integration are not read. */
const mostReplayed = 100_000;

/** `format`: `text`, `json`, `markdown`. */
export function unfitReplay(flags: ReplayFlags, format: string): Refusal | undefined {
  const { replay, replayOf = [], replayFailOn, replayAnswers, replayTime, values = false } = flags;
  const usage = (message: string, help: string): Refusal => ({ exit: exit.usage, message, help });
  const given: readonly (readonly [string, boolean])[] = [
    ["--replay-of", replayOf.length > 0],
    ["--replay-fail-on", replayFailOn !== undefined],
    ["--replay-answers", replayAnswers !== undefined],
    ["--replay-time", replayTime !== undefined],
    ["--values", values],
  ];
  const [alone] = given.find(([, isGiven]) => isGiven) ?? [];
  if (replay === undefined && alone !== undefined) {
    return usage(`${alone} says something about --replay, which is not there.`, "Add --replay 1000, say.");
  }
  if ((replay ?? 0) > mostReplayed) {
    return usage(`--replay takes at most ${figure(mostReplayed)} messages.`, "The newest are the ones that tell most.");
  }
  if (!values || format !== "markdown") return undefined;
  return usage(
    "--values shows people's data, and a page is read by many.",
    "Leave out --values, or --format markdown.",
  );
}

/** Undefined: nobody asked for it. */
export async function replayFor(
  plan: Plan,
  ready: Ready,
  access: ClusterAccess,
  cluster: Cluster,
  flags: ReplayFlags & { readonly keep: boolean },
  io: Io,
): Promise<Result<Replay | undefined>> {
  const { replay: count, replayOf: named = [], values = false, replayTime = 600_000, keep } = flags;
  if (count === undefined) return ok(undefined);
  const unknown = unknownName(ready, named);
  if (unknown !== undefined) return { ok: false, refusal: unknown };
  const { settings, trust } = ready.manifest.contexts[cluster.name] ?? cluster.context;
  const answers =
    flags.replayAnswers === undefined ? ok(none) : readGivenAnswers(flags.replayAnswers, ready.bundles, io);
  if (!answers.ok) return answers;
  const kept = keepMessages();
  using shown = progress(io, "replaying");
  const all = await replayPlan({
    plan,
    access,
    bundles: ready.bundles,
    count,
    named,
    settings,
    answers: answers.value,
    trust,
    values,
    now: () => performance.now(),
    until: performance.now() + replayTime,
    onMessage: (of, message) => {
      if (keep) kept.add(of, message);
    },
    onProgress: (integration, done) => shown.at(done, count, integration),
  });
  if (!all.ok) return all;
  const difference: ReplayDifference = { messages: count, integrations: all.value };
  return ok({ difference, json: (planned) => jsonPieces(planned, count, all.value, kept) });
}

const none: GivenAnswers = new Map();

function unknownName({ bundles }: Ready, named: readonly string[]): Refusal | undefined {
  const names = bundles.map(({ bundle }) => `${bundle.tenant}/${bundle.integration}`);
  const unknown = named.find((name) => !names.some((known) => known === name || known.endsWith(`/${name}`)));
  if (unknown === undefined) return undefined;
  const some = names.slice(0, 8).join(", ");
  return { exit: exit.usage, message: `There is no integration \`${unknown}\`.`, help: `The workspace has ${some}.` };
}

export function failsOn({ integrations }: ReplayDifference, failOn: FailOn | undefined): boolean {
  if (failOn === undefined) return false;
  return integrations.some((each) => {
    if (each.kind !== "compared") return each.kind === "impossible";
    const { dies, refused, differs } = each.verdicts;
    // There was no time for any, or none could be read.
    if (comparedCount(each) === 0) return true;
    return dies + refused + (failOn === "any" ? differs : 0) > 0;
  });
}
