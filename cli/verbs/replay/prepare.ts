// What a replay needs to know before anything is sent: whose it is, what keeps its messages, today's bundle, and whether
// a run of that name is there already, which then goes on as it was begun.

import { createTypeChecker } from "../../../compiler/4-check/type-checker.ts";
import { manifests } from "../../../connectors/all.ts";
import { type Kept, keptBy } from "../../../control/archive/read.ts";
import type { TenantConnection } from "../../../control/connect.ts";
import { failureOf } from "../../../control/failure.ts";
import { callIfThere } from "../../../control/jetstream-api.ts";
import { type Runner, runnersOf } from "../../../control/letters/deployed.ts";
import type { Where } from "../../../control/replay/replay.ts";
import { begun, findRun, type KnownRun, type Run, runPattern } from "../../../control/replay/run.ts";
import { compileWhere } from "../../../control/replay/where.ts";
import { programOf } from "../../../control/watch/recompute.ts";
import type { Program } from "../../../runtime/program.ts";
import * as address from "../../../schema/address.ts";
import type { JsonObject } from "../../../schema/json.ts";
import { fromControl } from "../../cluster.ts";
import { exit, ok, type Result, refuse } from "../../exit.ts";
import { scriptTools } from "../../script-tools.ts";

export interface Asked {
  readonly run?: string;
  /** Milliseconds since 1970. */
  readonly from?: number;
  readonly to?: number;
  readonly target?: readonly string[];
  readonly where?: string;
}

export interface Ready {
  readonly tenant: string;
  readonly kept: Kept;
  readonly runner: Runner;
  /** Where order is kept: for the keys. */
  readonly program?: Program;
  readonly where?: Where;
  readonly known: KnownRun;
  readonly resumed: boolean;
}

export interface Around {
  readonly of: TenantConnection;
  readonly integration: string;
  readonly trust: readonly string[] | undefined;
  readonly settings: JsonObject;
  readonly by: string;
  readonly now: number;
  /** Of a run that is given none. */
  readonly newName: () => string;
}

export async function prepare(around: Around, asked: Asked): Promise<Result<Ready>> {
  try {
    return await prepared(around, asked);
  } catch (error) {
    return fromControl(failureOf(error, `preparing the replay of ${around.integration}`));
  }
}

async function prepared(around: Around, asked: Asked): Promise<Result<Ready>> {
  const { of, integration } = around;
  const wrong = misused(asked, around.now);
  if (wrong !== undefined) return wrong;
  const kept = await keptBy(of.connection, integration);
  if (kept === undefined) {
    return refuse(
      exit.findings,
      `${of.tenant}/${integration} has no stream: nothing of it was applied.`,
      "`vrsky apply` makes it.",
    );
  }
  const runners = runnersOf(of.connection, around.trust);
  const found = await runners(integration);
  if (!found.ok) return refuse(exit.refused, `${found.reason}.`);
  const { runner } = found;
  const known = await runOf(around, asked, kept, runner);
  if (!known.ok) return known;
  const { run } = known.value.known;
  const program = runner.coded.bundle.order === undefined ? undefined : await programOf(runner.coded, around.settings);
  if (typeof program === "string") return refuse(exit.refused, `${integration} cannot be run here: ${program}`);
  const doubtful = known.value.resumed && program !== undefined ? await isDoubtful(around, run) : false;
  if (doubtful) {
    return refuse(
      exit.refused,
      `The replay ${run.run} was stopped at ${run.at}, and the intake does not reach back to that: nobody can know whether what it sent last has passed.`,
      `Begin a new one, \`--from\` behind what has arrived.`,
    );
  }
  const where = run.where === undefined ? ok(undefined) : await compiled(run.where, runner);
  if (!where.ok) return where;
  return ok({
    tenant: of.tenant,
    kept,
    runner,
    ...known.value,
    ...(program === undefined ? {} : { program }),
    ...(where.value === undefined ? {} : { where: where.value }),
  });
}

function misused({ run, from, to }: Asked, now: number) {
  if (run !== undefined && !runPattern.test(run)) {
    return refuse(exit.usage, `\`${run}\` is no name of a run.`, "Lower case letters, digits and dashes, 40 at most.");
  }
  if (from !== undefined && from >= (to ?? now)) {
    const help = to === undefined ? "It lies in the future." : "`--from` comes before `--to`.";
    return refuse(exit.usage, "Between these times there is nothing.", help);
  }
  return undefined;
}

type Found = Result<Pick<Ready, "known" | "resumed">>;

async function runOf(around: Around, asked: Asked, kept: Kept, runner: Runner): Promise<Found> {
  const { of, integration, by, now } = around;
  const name = asked.run ?? around.newName();
  const there = asked.run === undefined ? undefined : await findRun(of.connection, integration, name);
  if (there !== undefined) return goOn(there, asked, kept, runner);
  if (asked.run !== undefined && asked.from === undefined) {
    // Mistyped, or forgotten since: begun anew from the beginning it would deliver everything again.
    const help = "A name is remembered for 30 days after its last step. To begin one of that name, say `--from`.";
    return refuse(exit.findings, `${integration} has no replay \`${name}\` to go on with.`, help);
  }
  const targets = targetsFor(asked, integration, runner);
  if (!targets.ok) return targets;
  const { from, to = now, where } = asked;
  const run = begun({
    run: name,
    integration,
    by,
    begunAt: new Date(now).toISOString(),
    stream: kept.stream,
    upTo: kept.lastSequence,
    to,
    targets: targets.value,
    ...(from === undefined ? {} : { from }),
    ...(where === undefined ? {} : { where }),
  });
  return ok({ known: { run, revision: 0 }, resumed: false });
}

/** As it was begun: what is asked for now must not say otherwise. */
function goOn(there: KnownRun, asked: Asked, kept: Kept, runner: Runner): Found {
  const { run } = there;
  const same = <T>(value: T | undefined, was: T | undefined): boolean => value === undefined || value === was;
  const targets = asked.target === undefined ? undefined : [...asked.target].sort().join();
  const other =
    !same(asked.from, run.from) ||
    !same(asked.to, run.to) ||
    !same(asked.where, run.where) ||
    !same(targets, [...run.targets].sort().join());
  if (other) {
    const message = `The replay ${run.run} was begun at ${run.begunAt} with other times, targets or another \`--where\`.`;
    return refuse(exit.usage, message, "Leave them out to go on with it, or give the new one another name.");
  }
  if (run.stream !== kept.stream) {
    return refuse(
      exit.refused,
      `The replay ${run.run} reads ${run.stream}, which is not there any more.`,
      "Begin a new one.",
    );
  }
  const lost = run.targets.filter((target) => !Object.hasOwn(runner.coded.bundle.targets, target));
  if (lost.length > 0 && !run.ended) {
    return refuse(
      exit.refused,
      `The replay ${run.run} goes to ${lost.join(", ")}, which ${run.integration} has no more.`,
      "Begin a new one.",
    );
  }
  return ok({ known: there, resumed: true });
}

function targetsFor({ target: asked }: Asked, integration: string, runner: Runner): Result<readonly string[]> {
  const all = Object.keys(runner.coded.bundle.targets);
  const chosen = asked === undefined ? all : [...new Set(asked)];
  const unknown = chosen.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    return refuse(exit.findings, `${integration} has no target ${unknown.join(", ")}.`, `It has ${all.join(", ")}.`);
  }
  if (runner.coded.bundle.order !== undefined && chosen.length < all.length) {
    const message = `${integration} keeps order, so its messages go through the intake again, to all of its targets.`;
    return refuse(exit.usage, message, "Leave `--target` out.");
  }
  return ok(chosen);
}

/** What it sent last may be out of the intake again, so that nobody knows whether it was there. */
async function isDoubtful({ of, integration }: Around, { at, ended }: Run): Promise<boolean> {
  if (ended) return false;
  const stream = `STREAM.INFO.${address.intakeStream(integration)}`;
  const info = await callIfThere<{ readonly state: { readonly first_seq: number; readonly first_ts?: string } }>(
    of.connection,
    stream,
  );
  const { first_seq = 1, first_ts } = info?.state ?? {};
  return first_seq > 1 && (first_ts === undefined || Date.parse(first_ts) > Date.parse(at));
}

async function compiled(text: string, runner: Runner): Promise<Result<Where>> {
  const checker = createTypeChecker();
  try {
    const made = await compileWhere(text, runner.coded.bundle, { manifests, checker, scripts: scriptTools() });
    if (made.ok) return ok(made.where);
    const help = made.help ?? "An expression as in a `filter`, over body, headers and meta.";
    return refuse(exit.findings, `--where ${text}: ${made.message}`, help);
  } finally {
    checker.close();
  }
}
