// vrsky test --record: a case of a message that the cluster knows.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { visible } from "../../control/units.ts";
import { traceMessage } from "../../control/watch/trace.ts";
import { endsOf, recordedCase, withCase } from "../cases/recorded.ts";
import { type ClusterOptions, chooseContext, fromControl } from "../cluster.ts";
import { shown } from "../compile-workspace.ts";
import { type ExitCode, exit, refuse } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";
import { withTenants } from "../watch/with-tenants.ts";

export interface RecordOptions extends ClusterOptions {
  /** Where it is known to several. */
  readonly integration?: string;
}

export function recordVerb(path: string, id: string, options: RecordOptions, io: Io): Promise<ExitCode> {
  const folder = resolve(io.cwd, path);
  if (!existsSync(join(folder, "vrsky.yaml"))) {
    const message = `${shown(folder, io)} is no workspace: it has no vrsky.yaml.`;
    return Promise.resolve(say(io, refuse(exit.findings, message, "Name the folder that holds vrsky.yaml.").refusal));
  }
  return withTenants(path, options, io, async (ready, tenants) => {
    const chosen = chooseContext(ready, options, io);
    if (!chosen.ok) return say(io, chosen.refusal);
    const { settings, trust } = chosen.value.context;
    const bundles = new Map(ready.bundles.map((coded) => [coded.bundle.hash, coded]));
    const asked = options.integration === undefined ? {} : { integration: options.integration };
    const { workspace } = ready.topology;
    const traced = await traceMessage(tenants, id, { workspace, bundles, trust, settings, now: Date.now, ...asked });
    if (!traced.ok) return say(io, fromControl(traced.failure).refusal);
    const hop = traced.value.hops.find(({ message }) => message !== undefined);
    const bundle = ready.bundles.find(
      (coded) => coded.bundle.tenant === hop?.tenant && coded.bundle.integration === hop.integration,
    )?.bundle;
    const given = hop?.message === undefined ? undefined : recordedCase(hop, hop.message);
    if (hop === undefined || bundle === undefined || given === undefined) {
      const message = `There is no message \`${visible(id)}\` of which a case can be made.`;
      return say(io, refuse(exit.findings, message, "`vrsky trace` tells what is known of it.").refusal);
    }
    if (bundle.sources[hop.message?.envelope.source ?? ""]?.asks !== undefined) {
      const message = "Its source polls: what it was answered is not kept, so no case can be made of it.";
      return say(io, refuse(exit.findings, message, "Write one with `page:`, what the polled system answers.").refusal);
    }
    const file = join(dirname(Object.values(bundle.sources)[0]?.place.file ?? ""), `${bundle.integration}.test.yaml`);
    const known = existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8") : undefined;
    writeFileSync(join(folder, file), withCase(known, bundle.integration, given, endsOf(hop)));
    const color = paint(io.colorErr);
    io.err(`${color.green(known === undefined ? "written:" : "added to:")} ${file}\n`);
    io.err(`${color.yellow("note:")} it holds data of a real message; look through it before you commit it\n`);
    const calls = Object.entries(bundle.asks ?? {}).flatMap(([name, { kind }]) =>
      kind === "call" ? [`\`${name}\``] : [],
    );
    const first = calls.length === 0 ? "" : `say under \`calls\` what ${calls.join(", ")} answered, then `;
    io.err(`next: ${first}\`vrsky test -u --filter "message ${visible(id)}"\` writes what must happen\n`);
    return exit.ok;
  });
}
