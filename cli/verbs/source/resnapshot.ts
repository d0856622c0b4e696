// vrsky source resnapshot: a postgres source begins anew, with another slot and all rows. For a source that has halted
// because going on would lose changes; nothing but a person can say that the copies may be sent everything again.

import { randomUUID } from "node:crypto";
import { openTenants } from "../../../control/access.ts";
import { failureOf } from "../../../control/failure.ts";
import { askForSnapshot, sourcePlace } from "../../../control/source-snapshot.ts";
import { actorOf } from "../../actor.ts";
import { type ClusterOptions, fromControl } from "../../cluster.ts";
import type { Ready } from "../../compile-workspace.ts";
import { type ExitCode, exit, ok, type Result, refuse } from "../../exit.ts";
import { type Io, say } from "../../io.ts";
import { withAccess } from "../../with-access.ts";
import { writeAudit } from "../dlq/act.ts";

export interface ResnapshotOptions extends ClusterOptions {
  readonly yes: boolean;
  readonly dryRun?: boolean;
  readonly json: boolean;
}

interface Meant {
  readonly tenant: string;
  readonly integration: string;
  readonly source: string;
}

export function sourceResnapshot(
  path: string,
  name: string,
  source: string | undefined,
  options: ResnapshotOptions,
  io: Io,
): Promise<ExitCode> {
  return withAccess(path, options, io, async (ready, access) => {
    const meant = meantBy(ready, name, source);
    if (!meant.ok) return say(io, meant.refusal);
    const { tenant, integration } = meant.value;
    const opened = await openTenants(access, [tenant]);
    if (!opened.ok) return say(io, fromControl(opened.failure).refusal);
    const [account] = opened.value;
    if (account === undefined) {
      return say(io, refuse(exit.findings, `The cluster has no tenant \`${tenant}\`.`, "Apply first.").refusal);
    }
    const { connection } = account;
    try {
      const place = await sourcePlace(connection, integration, meant.value.source);
      const what = consequence(meant.value, place?.slot, place === undefined ? [] : [...place.tables.keys()]);
      const agreed = await agree(what, options, io);
      if (agreed !== undefined) return agreed;
      const request = { id: randomUUID(), at: new Date().toISOString(), by: actorOf(ready.folder, io.env).by };
      const refused = await writeAudit({ access, ready }, io, "resnapshot-asked", {
        ...meant.value,
        request: request.id,
      });
      if (refused !== undefined) return say(io, refused);
      await askForSnapshot(connection, integration, meant.value.source, request);
      if (options.json) io.out(`${JSON.stringify({ ...meant.value, request: request.id }, null, 2)}\n`);
      io.err(
        "Asked for. The source begins anew within ten seconds, or when a worker runs it; `vrsky status` shows it.\n",
      );
      return exit.ok;
    } catch (error) {
      return say(io, fromControl(failureOf(error, "the source's state")).refusal);
    }
  });
}

/** The source by its name, or the only one there is. */
function meantBy({ bundles }: Ready, name: string, source: string | undefined): Result<Meant> {
  const [tenant = "", integration = ""] = name.split("/");
  const bundle = bundles
    .map((coded) => coded.bundle)
    .find((each) => each.tenant === tenant && each.integration === integration);
  if (bundle === undefined) {
    return refuse(exit.findings, `The workspace has no integration \`${name}\`.`, "It is written TENANT/INTEGRATION.");
  }
  const able = Object.entries(bundle.sources).flatMap(([each, { connector }]) =>
    connector === "postgres" ? [each] : [],
  );
  const [only, ...others] = able;
  if (only === undefined) return refuse(exit.findings, `\`${name}\` has no postgres source.`);
  if (source === undefined && others.length > 0) {
    return refuse(exit.usage, `\`${name}\` has several postgres sources.`, `Say which: ${able.join(", ")}.`);
  }
  const found = source ?? only;
  if (!able.includes(found)) {
    return refuse(exit.findings, `\`${name}\` has no postgres source \`${found}\`.`, `It has ${able.join(", ")}.`);
  }
  return ok({ tenant, integration, source: found });
}

function consequence(
  { tenant, integration, source }: Meant,
  slot: string | undefined,
  tables: readonly string[],
): string {
  const rows = tables.length === 0 ? "its tables" : tables.join(", ");
  const old =
    slot === undefined ? "" : ` The replication slot ${slot} is dropped, where the server still has it, and made anew.`;
  return (
    `The source ${source} of ${tenant}/${integration} begins anew: all rows of ${rows} are sent once more, as \`snapshot\`.${old} ` +
    "Changes that it has not read are not sent one by one. Rows that were deleted since stay in the copies: empty these first, or compare them afterwards."
  );
}

/** Undefined: do it. */
async function agree(what: string, { yes, dryRun }: ResnapshotOptions, io: Io): Promise<ExitCode | undefined> {
  if (dryRun === true) {
    io.err(`${what}\nNothing was asked for.\n`);
    return exit.ok;
  }
  if (yes) return undefined;
  if (io.confirm === undefined) {
    return say(io, refuse(exit.refused, what, "`--yes` asks for it without a question.").refusal);
  }
  if (await io.confirm(`${what}\nType yes to go on: `)) return undefined;
  io.err("Nothing was asked for.\n");
  return exit.refused;
}
