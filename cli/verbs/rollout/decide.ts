// vrsky rollout promote and abort: a person decides over a canary; the workers obey within a second.

import { openTenants } from "../../../control/access.ts";
import { readDeployments } from "../../../control/deployment.ts";
import { failureOf } from "../../../control/failure.ts";
import { decideRollout } from "../../../control/rollout/standing.ts";
import type { Decision } from "../../../schema/rollout.ts";
import { actorOf } from "../../actor.ts";
import { type ClusterOptions, fromControl } from "../../cluster.ts";
import type { Ready } from "../../compile-workspace.ts";
import { type ExitCode, exit, ok, type Result, refuse } from "../../exit.ts";
import { type Io, say } from "../../io.ts";
import { paint } from "../../paint.ts";
import { withAccess } from "../../with-access.ts";
import { writeAudit } from "../dlq/act.ts";

export interface DecideOptions extends ClusterOptions {
  readonly json: boolean;
}

export function decideVerb(
  path: string,
  name: string,
  kind: Decision["kind"],
  options: DecideOptions,
  io: Io,
): Promise<ExitCode> {
  return withAccess(path, options, io, async (ready, access) => {
    const meant = meantBy(ready, name);
    if (!meant.ok) return say(io, meant.refusal);
    const { tenant, integration } = meant.value;
    const opened = await openTenants(access, [tenant]);
    if (!opened.ok) return say(io, fromControl(opened.failure).refusal);
    const [account] = opened.value;
    if (account === undefined) return say(io, noRollout(meant.value).refusal);
    const { connection } = account;
    try {
      const live = (await readDeployments(connection)).find((each) => each.integration === integration);
      const canary = live?.record?.canary;
      if (canary === undefined) return say(io, noRollout(meant.value).refusal);
      const { by } = actorOf(ready.folder, io.env);
      const decision: Decision = { kind, at: new Date().toISOString(), by, reason: `decided by ${by}` };
      const detail = { ...meant.value, bundle: canary.bundle, decision: kind };
      const refused = await writeAudit({ access, ready }, io, "rollout-decided", detail);
      if (refused !== undefined) return say(io, refused);
      const decided = await decideRollout(connection, integration, canary, decision);
      if (decided.kind === "over") return say(io, alreadyDecided(name, decided.decision).refusal);
      if (options.json) io.out(`${JSON.stringify(detail, null, 2)}\n`);
      const what = `${tenant}/${integration}: canary ${canary.bundle.slice(0, 8)}`;
      const after = kind === "promoted" ? "runs everything" : "runs nothing any more";
      io.err(
        `${paint(io.colorErr).green(`${kind}:`)} ${what} ${after} as soon as the workers see it, within a second\n`,
      );
      return exit.ok;
    } catch (error) {
      return say(io, fromControl(failureOf(error, "the rollout")).refusal);
    }
  });
}

interface Meant {
  readonly tenant: string;
  readonly integration: string;
}

function meantBy({ topology }: Ready, name: string): Result<Meant> {
  const all = topology.tenants.flatMap(({ tenant, deployments }) =>
    deployments.map(({ integration }) => ({ tenant, integration })),
  );
  const named = all.filter(({ tenant, integration }) => name === integration || name === `${tenant}/${integration}`);
  const [only, ...others] = named;
  if (only === undefined) return refuse(exit.findings, `The workspace has no integration \`${name}\`.`);
  if (others.length === 0) return ok(only);
  const names = named.map(({ tenant, integration }) => `${tenant}/${integration}`).join(", ");
  return refuse(exit.usage, `Several tenants have an integration \`${name}\`.`, `Say which: ${names}.`);
}

const noRollout = ({ tenant, integration }: Meant) =>
  refuse(
    exit.findings,
    `No canary of ${tenant}/${integration} runs.`,
    "An apply begins one, where the integration has a `rollout` and its bundle is another than the one that runs.",
  );

const alreadyDecided = (name: string, { kind, reason }: Decision) =>
  refuse(
    exit.refused,
    `It is decided already: the canary was ${kind === "promoted" ? "promoted" : "rolled back"} (${reason}).`,
    kind === "promoted"
      ? "Apply the commit before, or `vrsky rollback`."
      : `\`vrsky apply --retry-rollout ${name}\` tries it once more.`,
  );
