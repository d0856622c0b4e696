// vrsky trace: one message through every integration that has it.

import { visible } from "../../control/units.ts";
import { traceMessage } from "../../control/watch/trace.ts";
import { type ClusterOptions, chooseContext, fromControl } from "../cluster.ts";
import type { Ready } from "../compile-workspace.ts";
import { type ExitCode, exit, refuse } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";
import { traceJson, traceText } from "../watch/trace-text.ts";
import { type Asked, noIntegration, withTenants } from "../watch/with-tenants.ts";

export interface TraceVerbOptions extends ClusterOptions, Asked {
  readonly json: boolean;
  readonly preview: number;
  readonly payload: boolean;
}

export function traceVerb(path: string, id: string, options: TraceVerbOptions, io: Io): Promise<ExitCode> {
  return withTenants(path, options, io, async (ready, tenants) => {
    const chosen = chooseContext(ready, options, io);
    if (!chosen.ok) return say(io, chosen.refusal);
    const { settings, trust } = chosen.value.context;
    const traced = await traceMessage(tenants, id, {
      workspace: ready.topology.workspace,
      bundles: new Map(ready.bundles.map((coded) => [coded.bundle.hash, coded])),
      trust,
      settings,
      now: Date.now,
      ...(options.integration === undefined ? {} : { integration: options.integration }),
    });
    if (!traced.ok) return say(io, fromControl(traced.failure).refusal);
    const trace = traced.value;
    const most = options.payload ? options.preview : 0;
    if (options.json) io.out(`${JSON.stringify(traceJson(trace, most), null, 2)}\n`);
    if (trace.hops.length === 0) {
      const named = options.integration;
      // One that was removed may have left dead letters, and so a hop.
      if (
        named !== undefined &&
        !tenants.some(({ tenant }) => tenant.deployments.some((each) => each.integration === named))
      )
        return say(io, noIntegration(named, tenants).refusal);
      return say(
        io,
        refuse(
          exit.findings,
          `No integration knows a message \`${visible(id)}\`.`,
          `${since(trace.history)}${notKept(ready, named)}`,
        ).refusal,
      );
    }
    if (!options.json) io.out(`${traceText(trace, most, Date.now(), paint(io.colorOut)).join("\n")}\n`);
    return exit.ok;
  });
}

/** What nobody knows was never accepted, or is older than what is kept. */
function since(history: Readonly<Record<string, string>>): string {
  const names = Object.entries(history).sort(([, a], [, b]) => (a < b ? 1 : -1));
  if (names.length === 0) return "The intakes hold no messages.";
  const some = names.slice(0, 5).map(([name, at]) => `${name} since ${at.slice(0, 19)}Z`);
  const more = names.length > 5 ? `, and ${names.length - 5} more from earlier on` : "";
  return `It was never accepted, or is older than what the intakes keep: ${some.join(", ")}${more}.`;
}

/** Of what passed through these nothing is known afterwards. */
function notKept({ bundles }: Ready, named: string | undefined): string {
  const names = bundles.flatMap(({ bundle }) =>
    bundle.transport === "ephemeral" && (named === undefined || bundle.integration === named)
      ? [`${bundle.tenant}/${bundle.integration}`]
      : [],
  );
  if (names.length === 0) return "";
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return ` Not kept: what passes through ${names.slice(0, 5).join(", ")}${more}, as \`transport: ephemeral\` says.`;
}
