// A postgres source by itself against a real server: what it hands over, and a copy of its tables made of nothing else.

import { startPostgresSource } from "../../connectors/postgres/source.ts";
import type { Clock, Incoming, RunningSource } from "../../schema/connector.ts";
import { isJsonObject, type Json, type JsonObject, type JsonSchema } from "../../schema/json.ts";
import { type SourceRig, sourceRig } from "./connector.ts";
import { until } from "./wait.ts";

export interface CdcOptions {
  readonly url: string;
  readonly tables: readonly string[];
  /** Names slot and publication. */
  readonly integration: string;
  readonly settings?: JsonObject;
  readonly contract?: JsonSchema;
  readonly state?: Map<string, Json>;
  readonly clock?: Clock;
}

export interface Cdc extends AsyncDisposable {
  readonly rig: SourceRig;
  readonly slot: string;
  readonly source: RunningSource;
  /** Of all messages so far. */
  bodies(): readonly JsonObject[];
  /** Resolves with what has come, once there are so many. */
  messages(count: number): Promise<readonly Incoming[]>;
  stop(): Promise<void>;
}

export async function startCdc(options: CdcOptions): Promise<Cdc> {
  const { url, tables, integration, settings = {}, contract, state, clock } = options;
  const rig = sourceRig({
    settings: { connection: { url }, tables: [...tables], ...settings },
    ...(contract === undefined ? {} : { contract }),
    ...(state === undefined ? {} : { state }),
    ...(clock === undefined ? {} : { clock }),
  });
  const source = await startPostgresSource({ ...rig.context, integration });
  let running = true;
  const stop = async (): Promise<void> => {
    if (!running) return;
    running = false;
    rig.end();
    await source.stop();
  };
  return {
    rig,
    source,
    slot: `vrsky_acme_${integration}_in`,
    bodies: () => rig.taken.map(bodyOf),
    messages: async (count) => {
      await until(`${count} messages of ${integration}`, () => {
        if (rig.failures.length > 0) throw new Error(JSON.stringify(rig.failures));
        return rig.taken.length >= count;
      });
      return rig.taken;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

export function bodyOf({ body }: Pick<Incoming, "body">): JsonObject {
  const value: Json = JSON.parse(Buffer.from(body).toString("utf8"));
  if (!isJsonObject(value)) throw new Error("a change is an object");
  return value;
}

/** The rows of one table as the messages leave them, by the key. A repeat of an id has no second effect. */
export function applied(messages: readonly Incoming[], table: string): ReadonlyMap<string, JsonObject> {
  const rows = new Map<string, JsonObject>();
  const seen = new Set<string>();
  for (const message of messages) {
    if (message.meta.table !== table || seen.has(message.id ?? "")) continue;
    seen.add(message.id ?? "");
    const { op, key, row } = bodyOf(message);
    const at = JSON.stringify(key);
    if (op === "delete") rows.delete(at);
    else if (isJsonObject(row)) rows.set(at, { ...(op === "update" ? rows.get(at) : {}), ...row });
  }
  return rows;
}
