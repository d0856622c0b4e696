// What is lost is said in the log, but not line by line: a target that is away can lose thousands a second.

import type { Outcome } from "../../schema/outcome.ts";
import type { Context } from "../context.ts";

export interface LossLog {
  note(id: string, lost: Extract<Outcome, { kind: "lost" }>): void;
}

const everyMs = 10_000;

/** The first of each reason at once, then how many there were, every ten seconds. */
export function createLossLog({ clock, log }: Pick<Context, "clock" | "log">, target: string): LossLog {
  const counts = new Map<string, number>();
  return {
    note: (id, { reason, failure }) => {
      const before = counts.get(reason);
      if (before !== undefined) return void counts.set(reason, before + 1);
      counts.set(reason, 0);
      const why = failure === undefined ? {} : { class: failure.class, error: failure.message };
      log.warn({ id, target, reason, ...why }, "a message is lost");
      clock.after(
        everyMs,
        () => {
          const more = counts.get(reason) ?? 0;
          counts.delete(reason);
          if (more > 0) log.warn({ target, reason, count: more }, "messages were lost in the last ten seconds");
        },
        "tick",
      );
    },
  };
}
