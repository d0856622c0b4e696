// A connector by itself: what it hands over is written down, what it is answered is the test's to say.

import { systemClock } from "../../runtime/clock.ts";
import { createSpool, type Spool } from "../../runtime/content/spool.ts";
import type {
  Accepted,
  Clock,
  Delivery,
  Incoming,
  SourceContext,
  SourceFailure,
  TargetContext,
} from "../../schema/connector.ts";
import { mostChunkedBytes } from "../../schema/content.ts";
import type { Json, JsonObject, JsonSchema } from "../../schema/json.ts";

export interface SourceRig {
  readonly context: SourceContext;
  /** Every message that was handed over, in order. */
  readonly taken: Incoming[];
  readonly refused: { readonly reason: string; readonly kind: string }[];
  readonly warnings: string[];
  readonly state: Map<string, Json>;
  /** What the source said of itself. */
  readonly failures: SourceFailure[];
  /** Aborts the context's signal. */
  end(): void;
  /** "stored" unless set. */
  answer: (message: Incoming) => Accepted | Promise<Accepted>;
}

export interface SourceRigOptions {
  readonly settings: JsonObject;
  readonly contract?: JsonSchema;
  readonly clock?: Clock;
  readonly state?: Map<string, Json>;
  /** Where it puts bytes aside. */
  readonly spool?: Spool;
}

export function sourceRig(options: SourceRigOptions): SourceRig {
  const taken: Incoming[] = [];
  const refused: { reason: string; kind: string }[] = [];
  const warnings: string[] = [];
  const state = options.state ?? new Map<string, Json>();
  const failures: SourceFailure[] = [];
  const ending = new AbortController();
  const spool = options.spool ?? createSpool({ most: 64 * 1024 * 1024 });
  const rig: SourceRig = {
    failures,
    end: () => ending.abort(),
    taken,
    refused,
    warnings,
    state,
    answer: (message) => ({ kind: "stored", id: message.id ?? "made", sequence: taken.length, duplicate: false }),
    context: {
      tenant: "acme",
      integration: "orders",
      name: "in",
      settings: options.settings,
      ...(options.contract === undefined ? {} : { contract: options.contract }),
      accept: async (message) => {
        taken.push(message);
        return rig.answer(message);
      },
      acceptAll: async (messages) => {
        const answers: Accepted[] = [];
        for (const message of messages) {
          taken.push(message);
          answers.push(await rig.answer(message));
          if (answers.at(-1)?.kind !== "stored") break;
        }
        return messages.map(
          (_, index) => answers[index] ?? { kind: "unavailable", reason: "not tried", retryAfterSeconds: 0 },
        );
      },
      keep: (bytes, how) => spool.keep(bytes, { ...how, chunked: mostChunkedBytes }),
      fail: (failure) => void failures.push(failure),
      signal: ending.signal,
      refuse: (reason, kind) => void refused.push({ reason, kind }),
      state: {
        get: async (key) => state.get(key),
        put: async (key, value) => void state.set(key, value),
      },
      clock: options.clock ?? systemClock,
      log: {
        info: () => undefined,
        warn: (fields, message) => void warnings.push(`${message} ${JSON.stringify(fields)}`),
      },
    },
  };
  return rig;
}

export const targetContext = (settings: JsonObject, clock: Clock = systemClock): TargetContext => ({
  tenant: "acme",
  integration: "orders",
  name: "out",
  settings,
  clock,
  log: { info: () => undefined, warn: () => undefined },
});

export function delivery(settings: JsonObject, body: Json, more: Partial<Delivery> = {}): Delivery {
  return { id: "m-1", attempt: 1, settings, body, signal: new AbortController().signal, ...more };
}
