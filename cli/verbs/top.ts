// vrsky top: the status on a whole screen, each second. Where there is no screen, the same as lines.

import { setTimeout as pause } from "node:timers/promises";
import type { Status } from "../../control/watch/status.ts";
import type { ClusterOptions } from "../cluster.ts";
import { type ExitCode, exit } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";
import { stopSignal } from "../stop-signal.ts";
import { topFrame } from "../watch/top-frame.ts";
import { type Asked, withTenants } from "../watch/with-tenants.ts";
import { looking } from "./status.ts";

export interface TopOptions extends ClusterOptions, Asked {
  /** Looks; without end unless told. */
  readonly count?: number;
}

const everyMs = 1_000;
const enter = "\u001b[?1049h\u001b[?25l";
const leave = "\u001b[?25h\u001b[?1049l";
const withoutScreen = { columns: Number.POSITIVE_INFINITY, rows: 25 };

export function topVerb(path: string, options: TopOptions, io: Io): Promise<ExitCode> {
  return withTenants(path, options, io, async (ready, tenants) => {
    const look = looking(ready, tenants, options);
    const stop = stopSignal();
    const color = paint(io.colorOut);
    const first = await look(undefined);
    if (!first.ok) return say(io, first.refusal);
    let status: Status = first.value;
    let trouble: string | undefined;
    const onScreen = io.screen?.() !== undefined;
    if (onScreen) io.out(enter);
    try {
      for (let looks = 1; ; looks += 1) {
        const lines = topFrame(status, io.screen?.() ?? withoutScreen, color, trouble);
        io.out(onScreen ? `\u001b[H${lines.join("\u001b[K\n")}\u001b[K\u001b[J` : `${lines.join("\n")}\n\n`);
        if (looks === options.count) return exit.ok;
        const ended = await Promise.race([stop, pause(everyMs)]);
        if (ended !== undefined) return ended;
        const next = await look(status);
        trouble = next.ok ? undefined : next.refusal.message;
        if (next.ok) status = next.value;
        // What is refused now is refused the next time as well.
        else if (next.refusal.exit === exit.denied) return say(io, next.refusal);
      }
    } finally {
      if (onScreen) io.out(leave);
    }
  });
}
