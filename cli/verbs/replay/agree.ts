// Before a replay begins: how many messages it is, where they go and how long that takes; and whoever sits there says yes.

import { keptMessages } from "../../../control/archive/read.ts";
import type { TenantConnection } from "../../../control/connect.ts";
import { failureOf } from "../../../control/failure.ts";
import { isReplayed } from "../../../control/replay/message.ts";
import { lookAt } from "../../../control/replay/replay.ts";
import { fromControl } from "../../cluster.ts";
import { type ExitCode, exit, refuse } from "../../exit.ts";
import { type Io, say } from "../../io.ts";
import { progress } from "../../progress.ts";
import type { Ready } from "./prepare.ts";

/** Messages per second, unless told. */
export const usualRate = 100;

export interface Agreeing {
  readonly of: TenantConnection;
  readonly ready: Ready;
  readonly options: { readonly rate?: number; readonly yes: boolean };
  readonly io: Io;
}

const timeText = (ms: number | undefined): string => (ms === undefined ? "the beginning" : new Date(ms).toISOString());

/** Undefined: go on. */
export async function agree(given: Agreeing): Promise<ExitCode | undefined> {
  const { ready, options, io, of } = given;
  const { run } = ready.known;
  const { perSecond = usualRate } = { perSecond: options.rate };
  const { targets } = run;
  const heading = `${of.tenant}/${run.integration} from ${timeText(run.from)} to ${timeText(run.to)}`;
  if (options.yes) {
    io.err(`${heading} → ${targets.join(", ")}, ${perSecond}/s; run ${run.run}\n`);
    return undefined;
  }
  if (io.confirm === undefined) {
    const message = `${heading} would be delivered again to ${targets.join(", ")}; nothing was sent.`;
    return say(io, refuse(exit.refused, message, "`--dry-run` shows what; `--yes` does it without asking.").refusal);
  }
  const looked = await lookThrough(given);
  if (typeof looked !== "object") return looked;
  const seconds = looked.goes / perSecond;
  const asks = Object.keys(ready.runner.coded.bundle.asks ?? {});
  const lines = [
    `  messages   ${looked.goes}${run.where === undefined ? "" : ` (${looked.filtered} are left out by --where)`}`,
    ...(looked.failed === 0 ? [] : [`  left       ${looked.failed} cannot be replayed; --dry-run says why`]),
    `  targets    ${targets.join(", ")}`,
    `  between    ${timeText(run.from)} and ${timeText(run.to)}`,
    `  rate       ${perSecond}/s, so it takes ${durationFor(seconds)} or more`,
    `  run        ${run.run}${ready.resumed ? ` (begun ${run.begunAt}, ${run.replayed} done)` : ""}`,
    ...(asks.length === 0 ? [] : [`  calls      ${asks.join(", ")} are asked anew`]),
    ...(ready.program === undefined ? [] : ["  order      is kept; they come behind what is in the intake now"]),
    ...(ready.runner.coded.bundle.paused === true ? ["  paused     they wait until it is not"] : []),
  ];
  io.err(`${of.tenant}/${run.integration}, delivered again under ids of their own:\n${lines.join("\n")}\n`);
  if (looked.goes === 0) {
    io.err("There is nothing to replay.\n");
    return looked.failed > 0 ? exit.findings : exit.ok;
  }
  if (await io.confirm("Type yes to replay them: ")) return undefined;
  io.err("Nothing was sent.\n");
  return exit.refused;
}

const durationFor = (seconds: number): string =>
  seconds < 120
    ? `${Math.ceil(seconds)} s`
    : seconds < 7_200
      ? `${Math.ceil(seconds / 60)} m`
      : `${Math.ceil(seconds / 3_600)} h`;

interface Looked {
  goes: number;
  filtered: number;
  failed: number;
}

async function lookThrough({ of, ready, io }: Agreeing): Promise<Looked | ExitCode> {
  const looked: Looked = { goes: 0, filtered: 0, failed: 0 };
  const { from, to, upTo, done } = ready.known.run;
  const span = { ...(from === undefined ? {} : { from }), to, after: done };
  using shown = progress(io, "looking at what is kept");
  let seen = 0;
  const code = await guarded(io, async () => {
    for await (const message of keptMessages(of.connection, { ...ready.kept, lastSequence: upTo }, span)) {
      seen += 1;
      shown.at(seen);
      if (isReplayed(message)) continue;
      const verdict = await lookAt(message, { ...ready, connection: of.connection, targets: ready.known.run.targets });
      if (verdict === "goes") looked.goes += 1;
      else if (verdict === "filtered") looked.filtered += 1;
      else if (verdict !== "left") looked.failed += 1;
    }
    return exit.ok;
  });
  return code === exit.ok ? looked : code;
}

export async function guarded(io: Io, work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    return say(io, fromControl(failureOf(error, "reading what is kept")).refusal);
  }
}
