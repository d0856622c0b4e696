// A source's small memory: the last message of a subject is the value.

import * as address from "../schema/address.ts";
import type { SourceState } from "../schema/connector.ts";
import { isJsonObject } from "../schema/json.ts";
import type { Context } from "./context.ts";
import { parseJson } from "./parse-json.ts";
import { publish } from "./publish.ts";
import { lastOf } from "./stream-api.ts";

/** Both methods reject when NATS is away: a source that cannot remember must not go on. */
export function sourceState({ link, integration }: Context, source: string): SourceState {
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
      const written = await publish(link.requests, {
        subject: address.sourceStateSubject(integration, source, key),
        // The key stands beside its value for people who look into the stream; the subject holds its hash.
        data: JSON.stringify({ key, value }),
        headers: {},
      });
      if (written.kind === "stored") return;
      const reason = written.kind === "unavailable" ? written.reason : "it was changed at the same time";
      throw new Error(`the source's state cannot be written: ${reason}`);
    },
  };
}
