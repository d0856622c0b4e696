// vrsky plan and vrsky apply: what would change on the cluster, and changing it.

import type { Applied } from "../../control/apply.ts";
import { code } from "../../control/markdown.ts";
import { planJson, renderPlan } from "../../control/render.ts";
import { renderMarkdown } from "../../control/render-markdown.ts";
import { counted } from "../../control/units.ts";
import type { Plan } from "../../schema/plan.ts";
import { applyTopology, planTopology } from "../apply-topology.ts";
import type { ClusterOptions } from "../cluster.ts";
import { failsOn, type Replay, type ReplayFlags, replayFor, unfitReplay } from "../difference/for-plan.ts";
import { renderDifference } from "../difference/render.ts";
import { type ExitCode, exit, ok, type Result, refuse } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";
import { readPlan, writePlan } from "../plan-file.ts";
import { atOnce } from "../rollout/at-once.ts";
import { addStepSummary } from "../step-summary.ts";
import { withAccess } from "../with-access.ts";

export type PlanFormat = "text" | "json" | "markdown";

/** Names of integrations. */
interface RolloutFlags {
  /** Run everything at once, whatever their `rollout` says. */
  readonly atOnce?: readonly string[];
  /** Were rolled back, and are tried once more. */
  readonly retryRollout?: readonly string[];
}

export interface PlanOptions extends ClusterOptions, RolloutFlags, ReplayFlags {
  /** Short for the format. */
  readonly json: boolean;
  readonly format?: PlanFormat;
  readonly detailedExitcode: boolean;
  readonly prune: boolean;
  readonly out?: string;
}

export function planVerb(path: string, options: PlanOptions, io: Io): Promise<ExitCode> {
  const format = options.json ? "json" : (options.format ?? "text");
  const unfit = unfitReplay(options, format);
  if (unfit !== undefined) return Promise.resolve(say(io, unfit));
  return withAccess(path, options, io, async (compiled, access, cluster) => {
    const { name: context } = cluster;
    const said = atOnce(compiled, options.atOnce, options.retryRollout);
    if (!said.ok) return say(io, said.refusal);
    const ready = said.value;
    const plan = await planTopology(ready, access, options.prune, io, options.retryRollout);
    if (!plan.ok) return say(io, plan.refusal);
    const written = options.out === undefined ? ok(undefined) : writePlan(options.out, plan.value, context, io);
    if (!written.ok) return say(io, written.refusal);
    const replayed = await replayFor(plan.value, ready, access, cluster, { ...options, keep: format === "json" }, io);
    if (!replayed.ok) return say(io, replayed.refusal);
    const replay = replayed.value;
    for (const text of rendered(plan.value, format, context, replay, io)) io.out(text);
    addStepSummary(plan.value, { context, ...(replay === undefined ? {} : { replay: replay.difference }) }, io);
    if (replay !== undefined && failsOn(replay.difference, options.replayFailOn)) return exit.findings;
    return options.detailedExitcode && plan.value.changes.length > 0 ? exit.changes : exit.ok;
  });
}

function rendered(
  plan: Plan,
  format: PlanFormat,
  context: string,
  replay: Replay | undefined,
  io: Io,
): Iterable<string> {
  switch (format) {
    case "text":
      return [
        renderPlan(plan, { color: io.colorOut }),
        ...(replay === undefined ? [] : [`\n${renderDifference(replay.difference, io.colorOut)}`]),
      ];
    case "json": {
      const json = { context, ...planJson(plan) };
      return replay === undefined ? [`${JSON.stringify(json, null, 2)}\n`] : replay.json(json);
    }
    case "markdown":
      return [renderMarkdown(plan, { context, ...(replay === undefined ? {} : { replay: replay.difference }) })];
    default:
      return format satisfies never;
  }
}

export interface ApplyOptions extends ClusterOptions, RolloutFlags {
  readonly json: boolean;
  readonly allowDataLoss: readonly string[];
  readonly prune: boolean;
  readonly plan?: string;
  readonly force: boolean;
}

export function applyVerb(path: string, options: ApplyOptions, io: Io): Promise<ExitCode> {
  return withAccess(path, options, io, async (compiled, access, { name: context }) => {
    const said = atOnce(compiled, options.atOnce, options.retryRollout);
    if (!said.ok) return say(io, said.refusal);
    const ready = said.value;
    const agreed = agreedPlan(options.plan, ready.topology.workspace, context, io);
    if (!agreed.ok) return say(io, agreed.refusal);
    const plan = await planTopology(ready, access, options.prune, io, options.retryRollout);
    if (!plan.ok) return say(io, plan.refusal);
    if (!options.json) io.out(renderPlan(plan.value, { color: io.colorOut }));
    const { allowDataLoss, prune, force, retryRollout: retryRollouts = [] } = options;
    const more = { allowDataLoss, prune, force, retryRollouts, folder: ready.folder, io };
    const given = { agreed: agreed.value ?? plan.value, ...more };
    const applied = await applyTopology(ready, access, given);
    addStepSummary(plan.value, { context, verb: "apply", result: resultLine(applied) }, io);
    return sayApplied(applied, plan.value, options.json, io);
  });
}

function resultLine(applied: Result<Applied>): string {
  if (!applied.ok) return `❌ Not applied: ${code(applied.refusal.message, 1000)}`;
  const { done, revision } = applied.value;
  return `✅ Applied: ${counted(done, "change")}, revision ${revision}.`;
}

/** Undefined when none was named. */
function agreedPlan(
  file: string | undefined,
  workspace: string,
  context: string,
  io: Io,
): Result<Pick<Plan, "hash"> | undefined> {
  if (file === undefined) return ok(undefined);
  const read = readPlan(file, context, io);
  if (!read.ok || read.value.workspace === workspace) return read;
  return refuse(exit.usage, `${file} is a plan of workspace ${read.value.workspace}, and this is ${workspace}.`);
}

export function sayApplied(applied: Result<Applied>, plan: Plan, json: boolean, io: Io): ExitCode {
  if (!applied.ok) return say(io, applied.refusal);
  const { done, revision, interrupted } = applied.value;
  const color = paint(io.colorErr);
  if (interrupted !== undefined) {
    const { by, at } = interrupted;
    io.err(`${color.yellow("went on:")} the apply of ${by} at ${at} had been cut short\n`);
  }
  if (json) io.out(`${JSON.stringify({ ...planJson(plan), applied: done, revision }, null, 2)}\n`);
  else io.err(`${color.green("applied:")} ${done} ${done === 1 ? "change" : "changes"}, revision ${revision}\n`);
  return exit.ok;
}
