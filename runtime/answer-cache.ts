// Answers of a `call` that says `cache`: the same question within the time gets the answer that is there, and one that
// is under way is waited for. Only answers are kept, no failures; the oldest go when there are too many.

import { canonical, sha256 } from "../schema/canonical.ts";
import { type Clock, type OpenTarget, steadyNow } from "../schema/connector.ts";
import type { DeliveryResult } from "../schema/outcome.ts";

const most = 1_000;

/** Who asks gives up after this long; nobody shall wait for what nobody waits for any more. */
const longestMs = 30_000;

interface Entry {
  readonly answer: Promise<DeliveryResult>;
  /** While it is under way: until then others wait for it. Then: until it is too old. */
  readonly until: number;
}

/** Lives as long as the bundle that asks. */
export function answerCache(open: OpenTarget, forMs: number, clock: Clock): OpenTarget {
  const known = new Map<string, Entry>();
  const keep = (key: string, entry: Entry): void => {
    known.delete(key);
    known.set(key, entry);
    for (const oldest of known.keys()) {
      if (known.size <= most) return;
      known.delete(oldest);
    }
  };
  return {
    deliver: (delivery) => {
      const question = open.question?.(delivery);
      if (question === undefined) return open.deliver(delivery);
      const key = sha256(canonical(question));
      const before = known.get(key);
      if (before !== undefined && steadyNow(clock) < before.until) return before.answer;
      const answer = open.deliver(delivery);
      const asked: Entry = { answer, until: steadyNow(clock) + Math.min(longestMs, forMs) };
      keep(key, asked);
      void answer.then(({ kind }) => {
        if (known.get(key) !== asked) return;
        if (kind === "delivered") keep(key, { answer, until: steadyNow(clock) + forMs });
        else known.delete(key);
      });
      return answer;
    },
    close: () => open.close(),
  };
}
