// When a folder is looked through: every so often, or by the clock; and sooner for files that are about to settle.

import { Cron } from "croner";
import type { JsonObject } from "../../schema/json.ts";
import { numberSetting, textSetting } from "../setting.ts";

export interface Rhythm {
  /** Not before its first time; in between nothing is looked for. */
  readonly byClock: boolean;
  /** Milliseconds to wait, and whether it is time then; `left`: until files that were seen may be taken. */
  next(now: number, left: readonly number[]): { readonly ms: number; readonly look: boolean };
}

const shortest = 20;
/** Timers hold 24 days. */
const longest = 24 * 3_600_000;

/** Throws when the settings are wrong. */
export function rhythmOf(settings: JsonObject): Rhythm {
  const pattern = textSetting(settings, "cron");
  const every = numberSetting(settings, "every", 1_000);
  const timezone = textSetting(settings, "timezone") ?? "UTC";
  const cron = pattern === undefined ? undefined : new Cron(pattern, { paused: true, timezone });
  const planned = (now: number): number => {
    if (cron === undefined) return every;
    const time = cron.nextRun(new Date(now))?.getTime();
    return time === undefined ? Number.POSITIVE_INFINITY : time - now;
  };
  return {
    byClock: cron !== undefined,
    next: (now, left) => {
      const soonest = left.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY);
      const ms = Math.max(shortest, Math.min(planned(now), soonest));
      return { ms: Math.min(longest, ms), look: ms <= longest };
    },
  };
}
