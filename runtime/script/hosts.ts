// Where the scripts of one tenant run: on a thread that its integrations share, in turns. One whose script had to be
// stopped runs on another thread for a while, so that what loops there holds up nobody who does not loop.

import { type Clock, steadyNow } from "../../schema/connector.ts";
import { createScriptHost, type ScriptHost } from "./host.ts";

export interface ScriptHosts {
  /** What the scripts of one more integration run on. */
  add(): Pick<ScriptHost, "run">;
  close(): Promise<void>;
}

/** How long an integration is kept apart after a script of it was stopped. */
const apartMs = 300_000;

export function createScriptHosts(clock: Pick<Clock, "now" | "steady">): ScriptHosts {
  const shared = createScriptHost();
  const apart = createScriptHost();
  return {
    add: () => {
      let last: Promise<unknown> = Promise.resolve();
      let apartUntil = 0;
      return {
        run: (code, input, limits) => {
          // One at a time, or one integration's messages in flight would all stand in front of its neighbour's first.
          const mine = last.then(async () => {
            const result = await (steadyNow(clock) < apartUntil ? apart : shared).run(code, input, limits);
            if (result.kind === "stopped") apartUntil = steadyNow(clock) + apartMs;
            return result;
          });
          last = mine;
          return mine;
        },
      };
    },
    close: async () => {
      await Promise.all([shared.close(), apart.close()]);
    },
  };
}
