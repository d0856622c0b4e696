// vrsky status: how each integration and target stands, once or again and again.

import { setTimeout as pause } from "node:timers/promises";
import { readStatus, type Status, type StatusTenant } from "../../control/watch/status.ts";
import { type ClusterOptions, fromControl } from "../cluster.ts";
import type { Ready } from "../compile-workspace.ts";
import { type ExitCode, exit, ok, type Result } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";
import { stopSignal } from "../stop-signal.ts";
import { archiveLines } from "../watch/archive-lines.ts";
import { rolloutLines } from "../watch/rollout-lines.ts";
import { statusTable, totalsOf } from "../watch/status-table.ts";
import { type Asked, noIntegration, withTenants } from "../watch/with-tenants.ts";

export interface StatusOptions extends ClusterOptions, Asked {
  readonly json: boolean;
  readonly watch: boolean;
}

const everyMs = 2_000;

export function statusVerb(path: string, options: StatusOptions, io: Io): Promise<ExitCode> {
  return withTenants(path, options, io, async (ready, tenants) => {
    const look = looking(ready, tenants, options);
    if (options.watch) return again(look, options, io);
    const status = await look(undefined);
    if (!status.ok) return say(io, status.refusal);
    tell(status.value, options.json, io);
    return exit.ok;
  });
}

type Look = (before: Status | undefined) => Promise<Result<Status>>;

export function looking(ready: Ready, tenants: readonly StatusTenant[], { integration }: Asked): Look {
  const bundles = new Map(ready.bundles.map(({ bundle }) => [bundle.hash, bundle]));
  return async (before) => {
    const read = await readStatus(tenants, {
      workspace: ready.topology.workspace,
      bundles,
      now: Date.now,
      pause: async (ms) => void (await pause(ms)),
      ...(integration === undefined ? {} : { integration }),
      ...(before === undefined ? {} : { before }),
    });
    if (!read.ok) return fromControl(read.failure);
    const unknown = integration !== undefined && read.value.integrations.length === 0;
    return unknown ? noIntegration(integration, tenants) : ok(read.value);
  };
}

/** Until it is told to stop; a cluster that is away for a moment ends it. */
async function again(look: Look, { json }: StatusOptions, io: Io): Promise<ExitCode> {
  const stop = stopSignal();
  let before: Status | undefined;
  for (;;) {
    const status = await look(before);
    if (!status.ok) return say(io, status.refusal);
    before = status.value;
    tell(before, json, io, true);
    const ended = await Promise.race([stop, pause(everyMs)]);
    if (ended !== undefined) return ended;
  }
}

/** `lines`: as JSON, one line for each look. */
function tell(status: Status, json: boolean, io: Io, lines = false): void {
  if (json) {
    io.out(`${JSON.stringify({ ...status, totals: totalsOf(status) }, null, lines ? undefined : 2)}\n`);
    return;
  }
  const screen = lines && io.colorOut ? "\u001b[H\u001b[2J" : "";
  const columns = io.screen?.()?.columns;
  const color = paint(io.colorOut);
  const table = statusTable(status, color, columns === undefined ? {} : { columns });
  const rollouts = rolloutLines(status, color);
  const below = [...archiveLines(status, color), ...(rollouts.length === 0 ? [] : ["", ...rollouts])];
  io.out(`${screen}${[...table, ...below].join("\n")}\n${lines && screen === "" ? "\n" : ""}`);
}
