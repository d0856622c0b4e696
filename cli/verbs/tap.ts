// vrsky tap: messages of an integration as they come in, and what becomes of them at one target.

import { setTimeout as wait } from "node:timers/promises";
import { visible } from "../../control/units.ts";
import { preview, redacted } from "../../control/watch/redact.ts";
import type { StatusTenant } from "../../control/watch/status.ts";
import { type Tapped, tapEphemeral, tapIntake } from "../../control/watch/tap.ts";
import type { TargetTrace } from "../../control/watch/target-trace.ts";
import { type TraceOptions, traceMessage } from "../../control/watch/trace.ts";
import { type ClusterOptions, chooseContext, fromControl } from "../cluster.ts";
import { type ExitCode, exit, refuse } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { type Paint, paint } from "../paint.ts";
import { stopSignal } from "../stop-signal.ts";
import { targetText } from "../watch/trace-text.ts";
import { noIntegration, withTenants } from "../watch/with-tenants.ts";

export interface TapVerbOptions extends ClusterOptions {
  readonly tenant?: string;
  readonly target?: string;
  readonly count?: number;
  readonly preview: number;
  readonly payload: boolean;
  readonly json: boolean;
}

const everyMs = 200;
/** Messages that are followed at once; the others are only told when they come in. */
const mostFollowed = 20;

export function tapVerb(path: string, integration: string, options: TapVerbOptions, io: Io): Promise<ExitCode> {
  return withTenants(path, options, io, async (ready, tenants) => {
    const owners = tenants.filter(({ tenant }) => tenant.deployments.some((each) => each.integration === integration));
    const [owner] = owners;
    if (owner === undefined) {
      return say(io, noIntegration(integration, tenants).refusal);
    }
    if (owners.length > 1) {
      const names = owners.map(({ tenant }) => tenant.tenant).join(", ");
      return say(io, refuse(exit.usage, `Several tenants have \`${integration}\`: ${names}.`, "Add --tenant.").refusal);
    }
    const { target } = options;
    const bundle = ready.bundles.find(
      ({ bundle: each }) => each.tenant === owner.tenant.tenant && each.integration === integration,
    );
    if (target !== undefined && bundle !== undefined && !Object.hasOwn(bundle.bundle.targets, target)) {
      const names = Object.keys(bundle.bundle.targets).join(", ");
      return say(
        io,
        refuse(exit.findings, `\`${integration}\` has no target \`${target}\`.`, `It has ${names}.`).refusal,
      );
    }
    const ephemeral = bundle?.bundle.transport === "ephemeral";
    if (ephemeral && target !== undefined) {
      const message = `\`${integration}\` is ephemeral: what becomes of a message at a target is recorded nowhere.`;
      return say(io, refuse(exit.findings, message, "Leave `--target` out; its workers' metrics count.").refusal);
    }
    const chosen = chooseContext(ready, options, io);
    if (!chosen.ok) return say(io, chosen.refusal);
    const { settings, trust } = chosen.value.context;
    const bundles = new Map(ready.bundles.map((coded) => [coded.bundle.hash, coded]));
    const workspace = ready.topology.workspace;
    const named = { workspace, integration, bundles, trust, settings, now: Date.now, ephemeral };
    return tapping(owner, named, options, io);
  });
}

type Named = TraceOptions & { readonly integration: string; readonly ephemeral: boolean };

async function tapping(owner: StatusTenant, named: Named, options: TapVerbOptions, io: Io): Promise<ExitCode> {
  const { count = Number.POSITIVE_INFINITY, target } = options;
  const color = paint(io.colorOut);
  const following = new Map<string, string>();
  let seen = 0;
  let ended: ExitCode | undefined;
  void stopSignal().then((code) => {
    ended = code;
  });
  const done = (): boolean => ended !== undefined || (seen >= count && following.size === 0);
  io.err(`tapping ${owner.tenant.tenant}/${named.integration}; Ctrl-C ends it\n`);
  const hearing = {
    now: named.now,
    stopped: done,
    pause: async () => {
      if (target !== undefined) await followUp(owner, named, target, following, options, io);
      if (!done()) await wait(everyMs);
    },
    onMessage: (message: Tapped) => {
      if (seen >= count) return;
      seen += 1;
      if (target !== undefined && following.size < mostFollowed) following.set(message.envelope.id, "");
      io.out(
        `${options.json ? JSON.stringify(arrivalJson(message, options)) : arrivalText(message, options, color)}\n`,
      );
    },
  } satisfies Parameters<typeof tapEphemeral>[2];
  const tap = named.ephemeral ? tapEphemeral : tapIntake;
  const tapped = await tap(owner.connection, named.integration, hearing);
  if (!tapped.ok) return say(io, fromControl(tapped.failure).refusal);
  return ended ?? exit.ok;
}

function arrivalJson({ sequence, storedAt, envelope }: Tapped, options: TapVerbOptions): object {
  const { id, source, headers, body, traceparent } = envelope;
  return {
    at: storedAt,
    id,
    sequence,
    source,
    bytes: body.length,
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(options.payload ? { headers: redacted(headers), body: preview(body, options.preview) } : {}),
  };
}

function arrivalText({ storedAt, envelope }: Tapped, options: TapVerbOptions, color: Paint): string {
  const { id, source, body } = envelope;
  const shown = options.payload ? preview(body, options.preview) : `${body.length} bytes`;
  const from = source === "" ? "" : ` from ${source}`;
  return `${color.dim(storedAt.slice(11, 23))}  ${color.bold(visible(id))}${from}  ${shown}`;
}

const final: ReadonlySet<TargetTrace["state"]> = new Set(["delivered", "dropped", "dead", "done", "unknown"]);

/** Tells what has changed of those that are followed; what has an end is followed no more. */
async function followUp(
  owner: StatusTenant,
  named: Named,
  target: string,
  following: Map<string, string>,
  { json }: TapVerbOptions,
  io: Io,
): Promise<void> {
  for (const [id, before] of [...following]) {
    const traced = await traceMessage([owner], id, named);
    if (!traced.ok) continue;
    const traces = traced.value.hops.flatMap(({ targets }) => targets.filter((each) => each.target === target));
    const [trace] = traces;
    if (trace === undefined || traced.value.hops.length === 0) {
      following.delete(id);
      continue;
    }
    if (trace.state !== before) {
      following.set(id, trace.state);
      const color = paint(io.colorOut);
      const at = new Date().toISOString();
      if (json) io.out(`${JSON.stringify({ at, id, ...trace })}\n`);
      else
        io.out(
          `${color.dim(at.slice(11, 23))}  ${color.bold(visible(id))} → ${target}  ${targetText(trace, Date.now(), color)}\n`,
        );
    }
    // A parked message may be parked for hours.
    if (final.has(trace.state) || trace.state === "parked") following.delete(id);
  }
}
