// Fires by the clock. The id is the planned time, so several workers that fire together store one message.

import { Cron } from "croner";
import type { RunningSource, SourceContext } from "../../schema/connector.ts";
import { jsonBytes } from "../json-text.ts";
import { numberSetting, textSetting } from "../setting.ts";

const longest = 24 * 3_600_000;

/** What a process slept through is not made up for. */
const latest = 60_000;

/** Times that wait while NATS is away. */
const most = 1_000;

export function startSchedule(context: SourceContext): RunningSource {
  const next = planner(context);
  let stopped = false;
  let cancel = (): void => {};
  let current: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  const fire = async (due: number): Promise<void> => {
    const firedAt = new Date(due).toISOString();
    const value = context.settings.body ?? {};
    const incoming = { body: jsonBytes(value), value, id: `schedule:${firedAt}`, headers: {}, meta: { firedAt } };
    while (!stopped) {
      const accepted = await context.accept(incoming);
      if (accepted.kind !== "unavailable") return;
      await new Promise<void>((resume) => context.clock.after(accepted.retryAfterSeconds * 1000, resume));
    }
  };
  const passOver = (due: number, why: string): void => {
    context.log.warn(
      { source: context.name, planned: new Date(due).toISOString(), why },
      "a planned time is passed over",
    );
  };
  /** One after the other, so that those that wait come in order. */
  const enqueue = (due: number): void => {
    if (waiting >= most) {
      passOver(due, `${most} others wait to be stored`);
      return;
    }
    waiting += 1;
    current = current
      .then(() => fire(due))
      .finally(() => {
        waiting -= 1;
      });
  };
  const arm = (after: number): void => {
    const due = next(after);
    if (due === undefined || stopped) return;
    const wait = due - context.clock.now();
    // Timers hold 24 days; long waits are cut into pieces.
    cancel = context.clock.after(Math.min(Math.max(0, wait), longest), () => {
      if (wait > longest) return arm(after);
      const now = context.clock.now();
      if (now - due <= latest) {
        enqueue(due);
        return arm(due);
      }
      passOver(due, "the worker slept through it");
      arm(now);
    });
  };
  arm(context.clock.now());
  return {
    stop: async () => {
      stopped = true;
      cancel();
      await current;
    },
  };
}

/** Milliseconds of the next planned time after the given one; `every` counts from 1970, so that workers agree. */
function planner(context: SourceContext): (after: number) => number | undefined {
  const pattern = textSetting(context.settings, "cron");
  if (pattern === undefined) {
    const every = numberSetting(context.settings, "every", 60_000);
    return (after) => (Math.floor(after / every) + 1) * every;
  }
  const cron = new Cron(pattern, { paused: true, timezone: textSetting(context.settings, "timezone") ?? "UTC" });
  return (after) => cron.nextRun(new Date(after))?.getTime();
}
