// vrsky replay: what went through an integration runs again, through the bundle that is deployed now. Whoever stops it,
// or dies over it, goes on with `--run`.

import { setTimeout as sleep } from "node:timers/promises";
import { openTenants } from "../../control/access.ts";
import { failureOf } from "../../control/failure.ts";
import type { PaceClock } from "../../control/letters/paced.ts";
import { replay } from "../../control/replay/replay.ts";
import type { Run } from "../../control/replay/run.ts";
import { counted, visible } from "../../control/units.ts";
import type { Topology } from "../../schema/topology.ts";
import { actorOf } from "../actor.ts";
import { type ClusterOptions, fromControl } from "../cluster.ts";
import { type ExitCode, exit, ok, type Result, refuse } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";
import { progress } from "../progress.ts";
import { noIntegration } from "../watch/with-tenants.ts";
import { withAccess } from "../with-access.ts";
import { writeAudit } from "./dlq/act.ts";
import { type Agreeing, agree, guarded, usualRate } from "./replay/agree.ts";
import { list } from "./replay/list.ts";
import { type Asked, prepare, type Ready } from "./replay/prepare.ts";

export interface ReplayOptions extends ClusterOptions, Asked {
  readonly tenant?: string;
  /** Per second. */
  readonly rate?: number;
  readonly dryRun: boolean;
  readonly bodies: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

export function replayVerb(path: string, integration: string, options: ReplayOptions, io: Io): Promise<ExitCode> {
  if (options.from === undefined && options.run === undefined && !options.dryRun) {
    const help = "`--from 2h`, `--from 2026-03-01 --to 2026-04-01`, or `--run` with one that was begun.";
    return Promise.resolve(say(io, refuse(exit.usage, "From when on?", help).refusal));
  }
  return withAccess(path, options, io, async (ready, access, cluster) => {
    const tenant = tenantWith(ready.topology.tenants, integration, options);
    if (!tenant.ok) return say(io, tenant.refusal);
    const opened = await openTenants(access, [tenant.value]);
    if (!opened.ok) return say(io, fromControl(opened.failure).refusal);
    const [of] = opened.value;
    if (of === undefined) return say(io, noAccount(tenant.value).refusal);
    const { by } = actorOf(ready.folder, io.env);
    const { trust, settings } = cluster.context;
    const prepared = await prepare({ of, integration, trust, settings, by, now: Date.now(), newName }, options);
    if (!prepared.ok) return say(io, prepared.refusal);
    tellReach(prepared.value, io);
    const given: Given = { of, ready: prepared.value, options, io };
    if (options.dryRun) return guarded(io, () => list(of, prepared.value, options, io));
    const { run } = prepared.value.known;
    if (run.ended) return over(run, options, io);
    const agreed = await agree(given);
    if (agreed !== undefined) return agreed;
    const { kept, resumed } = prepared.value;
    const detail = { ...auditOf(run), kept: kept.kind, resumed };
    const refused = await writeAudit({ access, ready }, io, "replay-started", { tenant: of.tenant, ...detail });
    if (refused !== undefined) return say(io, refused);
    const ended = await carryOut(given);
    const { replayed, filtered, failed } = ended.run;
    const unwritten = await writeAudit({ access, ready }, io, "replayed", {
      tenant: of.tenant,
      ...auditOf(run),
      ...{ replayed, filtered, failed, ended: ended.run.ended },
    });
    const code = tellEnd(ended, given);
    return unwritten === undefined ? code : say(io, unwritten);
  });
}

interface Given extends Agreeing {
  readonly options: ReplayOptions;
}

type Tenants = Topology["tenants"];

function tenantWith(tenants: Tenants, integration: string, { tenant }: ReplayOptions): Result<string> {
  const asked = tenants.filter((each) => tenant === undefined || each.tenant === tenant);
  if (asked.length === 0) {
    const help = `It has ${tenants.map((each) => each.tenant).join(", ")}.`;
    return refuse(exit.findings, `The workspace has no tenant \`${tenant}\`.`, help);
  }
  const having = asked.filter(({ deployments }) => deployments.some((each) => each.integration === integration));
  const [one, ...others] = having;
  if (one === undefined)
    return noIntegration(
      integration,
      asked.map((each) => ({ tenant: each })),
    );
  if (others.length === 0) return ok(one.tenant);
  const names = having.map((each) => each.tenant).join(", ");
  return refuse(
    exit.usage,
    `${names} have an integration \`${integration}\` each.`,
    `Say whose: --tenant ${one.tenant}`,
  );
}

const noAccount = (tenant: string) =>
  refuse(
    exit.findings,
    `The tenant ${tenant} has no account there: nothing of it was applied.`,
    "`vrsky apply` makes it.",
  );

const newName = (): string => {
  const [day = "", time = ""] = new Date()
    .toISOString()
    .replaceAll(/[-:]|\..*/g, "")
    .split("T");
  return `${day}-${time}-${Math.random().toString(36).slice(2, 5).padEnd(3, "0")}`;
};

/** How far back what is kept goes, and that it does not go back to where it was asked for. */
function tellReach({ kept, known }: Ready, io: Io): void {
  const { yellow, dim } = paint(io.colorErr);
  const what = kept.kind === "archive" ? "the archive" : "the intake's history, as there is no archive";
  if (kept.since === undefined) return void io.err(`${what[0]?.toUpperCase()}${what.slice(1)} is empty.\n`);
  io.err(`${dim(`from ${what}, which goes back to ${kept.since}`)}\n`);
  if (kept.behind !== undefined) {
    io.err(`${yellow("warning:")} the archive has not copied the last ${kept.behind} yet: they are not among this.\n`);
  }
  const { from } = known.run;
  if (!kept.whole && from !== undefined && from < Date.parse(kept.since)) {
    io.err(`${yellow("warning:")} what came before ${kept.since} is not kept any more: it is not among this.\n`);
  }
}

interface End {
  readonly run: Run;
  readonly interrupted: boolean;
  readonly code?: ExitCode;
}

const mostTold = 20;

async function carryOut({ of, ready, options, io }: Given): Promise<End> {
  const { known, kept, runner, program, where } = ready;
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, abort);
  let run = known.run;
  let told = 0;
  using shown = progress(io, `replaying ${run.integration}`);
  try {
    run = await replay(known, {
      connection: of.connection,
      kept,
      runner,
      ...(program === undefined ? {} : { program }),
      ...(where === undefined ? {} : { where }),
      perSecond: options.rate ?? usualRate,
      clock,
      now: Date.now,
      signal: stop.signal,
      onProgress: (now) => {
        run = now;
        shown.at(now.replayed);
      },
      onFailed: ({ envelope, at }, reason) => {
        told += 1;
        if (told <= mostTold) io.err(`left: ${visible(envelope.id)} of ${at}: ${visible(reason)}\n`);
        if (told === mostTold + 1) io.err("… and more\n");
      },
    });
    return { run, interrupted: stop.signal.aborted && !run.ended };
  } catch (error) {
    shown.end();
    return { run, interrupted: false, code: say(io, fromControl(failureOf(error, "replaying")).refusal) };
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, abort);
  }
}

const clock: PaceClock = {
  monotonic: () => performance.now(),
  pause: async (ms, signal) => {
    await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  },
};

function tellEnd({ run, interrupted, code }: End, { ready, options, io }: Given): ExitCode {
  const { replayed: before } = ready.known.run;
  if (options.json) io.out(`${JSON.stringify({ ...summary(run), already: before }, null, 2)}\n`);
  const parts = [
    `${counted(run.replayed - before, "message")} replayed`,
    ready.resumed ? `${before} done before` : undefined,
    run.where === undefined ? undefined : `${run.filtered} left out by --where`,
    run.failed === 0 ? undefined : `${run.failed} could not be replayed`,
  ].filter((part) => part !== undefined);
  io.err(`${interrupted ? "stopped: " : ""}${parts.join(", ")}\n`);
  if (!run.ended) io.err(`To go on: vrsky replay ${run.integration} --run ${run.run}\n`);
  if (code !== undefined) return code;
  if (interrupted) return exit.interrupted;
  return run.failed > 0 ? exit.findings : exit.ok;
}

const summary = ({ run, integration, replayed, filtered, failed, ended, targets }: Run) => ({
  run,
  integration,
  targets,
  replayed,
  filtered,
  failed,
  ended,
});

function over(run: Run, { json }: ReplayOptions, io: Io): ExitCode {
  if (json) io.out(`${JSON.stringify({ ...summary(run), already: run.replayed }, null, 2)}\n`);
  io.err(
    `The replay ${run.run} is done: ${counted(run.replayed, "message")} by ${visible(run.by)}, until ${run.at}.\n`,
  );
  return run.failed > 0 ? exit.findings : exit.ok;
}

/** Names, times and counts; no expression, which may hold values of messages. */
const auditOf = ({ run, integration, from, to, targets, where }: Run) => ({
  run,
  integration,
  ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
  to: new Date(to).toISOString(),
  targets: [...targets],
  ...(where === undefined ? {} : { filtered: true }),
});
