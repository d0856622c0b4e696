// Requests of somebody who may lose the right to make them: asked before each one, not only before each change. A move of
// messages is one change of many calls, and whoever wakes in the middle of it would delete what another has made.

import { type ControlFailure, controlError } from "./failure.ts";
import type { Publishes } from "./jetstream-api.ts";

/** `mayGoOn`: a reason to send nothing more, which is thrown as a failure that `failureOf` reads. */
export function fenced(connection: Publishes, mayGoOn: () => ControlFailure | undefined): Publishes {
  const check = (): void => {
    const reason = mayGoOn();
    if (reason !== undefined) throw controlError(reason);
  };
  return {
    request: async (...given) => {
      check();
      return connection.request(...given);
    },
    requestMany: async (...given) => {
      check();
      return connection.requestMany(...given);
    },
    publish: (...given) => {
      check();
      connection.publish(...given);
    },
    flush: () => connection.flush(),
  };
}
