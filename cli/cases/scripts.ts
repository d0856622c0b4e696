// The thread on which scripts of all cases run, and word of whether one does.

import { systemClock } from "../../runtime/clock.ts";
import { createScriptHosts } from "../../runtime/script/hosts.ts";
import type { ScriptsAtWork } from "./play.ts";

export function scriptsAtWork(): ScriptsAtWork {
  const shared = createScriptHosts(systemClock);
  const underWay = new Set<Promise<unknown>>();
  return {
    busy: () => (underWay.size === 0 ? undefined : Promise.allSettled(underWay)),
    hosts: {
      add: () => {
        const own = shared.add();
        return {
          run: (code, input, limits) => {
            const running = own.run(code, input, limits);
            underWay.add(running);
            void running.finally(() => underWay.delete(running));
            return running;
          },
        };
      },
      close: () => shared.close(),
    },
  };
}
