// A source's small memory: the last message of a subject is the value.

import * as address from "../schema/address.ts";
import type { SourceState } from "../schema/connector.ts";
import { isJsonObject } from "../schema/json.ts";
import type { Context } from "./context.ts";
import { parseJson } from "./parse-json.ts";
import { publish } from "./publish.ts";
import type { Held } from "./seat.ts";
import { lastOf } from "./stream-api.ts";

/**
 * Both methods reject when NATS is away: a source that cannot remember must not go on. `held`: of a source that one
 * worker at a time runs, which alone may write.
 */
export function sourceState({ link, integration, crash }: Context, source: string, held?: Held): SourceState {
  return {
    get: async (key) => {
      const subject = address.sourceStateSubject(integration, source, key);
      const stored = await lastOf(link.requests, address.sourceStateStream, subject);
      if (stored.kind === "unavailable") throw new Error(`the source's state cannot be read: ${stored.reason}`);
      if (stored.kind === "none") return undefined;
      const record = parseJson(Buffer.from(stored.data).toString("utf8"));
      return isJsonObject(record) ? record.value : undefined;
    },
    put: async (key, value) => {
      const message = {
        subject: address.sourceStateSubject(integration, source, key),
        // The key stands beside its value for people who look into the stream; the subject holds its hash.
        data: JSON.stringify({ key, value }),
        headers: {},
      };
      if (held !== undefined) {
        if (crash) await crash("before-remember");
        await held.write([message]);
        if (crash) await crash("after-remember");
        return;
      }
      const written = await publish(link.requests, message);
      if (written.kind === "stored") return;
      const reason = written.kind === "unavailable" ? written.reason : "it was changed at the same time";
      throw new Error(`the source's state cannot be written: ${reason}`);
    },
  };
}
