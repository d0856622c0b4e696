// Each row of the field rules, asked of a real server: what it takes in place and what it refuses.

import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { consumerRules, type FieldRule, streamRules, takesInPlace } from "../../control/field-rules.ts";
import { call, isApiError } from "../../control/jetstream-api.ts";
import type { Json } from "../../schema/json.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";

let nats: NatsRig;
let connection: NatsConnection;
beforeAll(async () => {
  nats = await natsServer({ syncAlways: false });
  connection = await nats.connect();
  await call(connection, "STREAM.CREATE.ORIGIN", { name: "ORIGIN", subjects: ["origin.>"] });
});
afterAll(() => nats[Symbol.asyncDispose]());

/** Every pair of values forth and back. */
const pairs = ({ tried }: FieldRule) =>
  tried.flatMap(([from, to]) => [
    [from, to],
    [to, from],
  ]);

const rows = (rules: Readonly<Record<string, FieldRule>>) =>
  Object.entries(rules).flatMap(([field, rule]) =>
    pairs(rule).map(([from = null, to = null]) => ({ field, from, to, rule })),
  );

/** The server refuses a change, not a request that makes no sense. */
const refusals: ReadonlySet<number> = new Set([10012, 10052, 10055]);

async function takes(update: () => Promise<unknown>): Promise<boolean> {
  try {
    await update();
    return true;
  } catch (error) {
    if (!isApiError(error) || !refusals.has(error.errCode)) throw error;
    expect(error.message).toMatch(/can not|message (TTL|schedul)/);
    return false;
  }
}

const withValue = (config: object, field: string, value: Json): object =>
  Object.fromEntries(Object.entries({ ...config, [field]: value }).filter(([, each]) => each !== null));

test.each(rows(streamRules))("stream: $field from $from to $to", async ({ field, from, to, rule }) => {
  const subjects = (value: Json) => (field === "mirror" && value !== null ? { subjects: null } : {});
  const config = { name: "S", subjects: ["S.>"], discard: "old", allow_direct: true, ...rule.beside };
  const of = (value: Json) => withValue({ ...config, ...subjects(value) }, field, value);
  // Only an update can seal.
  await call(connection, "STREAM.CREATE.S", field === "sealed" ? of(false) : of(from));
  if (field === "sealed" && from === true) await call(connection, "STREAM.UPDATE.S", of(true));
  const taken = await takes(() => call(connection, "STREAM.UPDATE.S", of(to)));
  await call(connection, "STREAM.DELETE.S");
  expect(taken).toBe(takesInPlace(rule, from, to));
});

test.each(rows(consumerRules))("consumer: $field from $from to $to", async ({ field, from, to, rule }) => {
  const config = { durable_name: "c", ack_policy: "explicit", ...rule.beside };
  const write = (action: string, value: Json) =>
    call(connection, "CONSUMER.CREATE.ORIGIN.c", {
      stream_name: "ORIGIN",
      action,
      config: withValue(config, field, value),
    });
  await write("create", from);
  const taken = await takes(() => write("update", to));
  await call(connection, "CONSUMER.DELETE.ORIGIN.c");
  expect(taken).toBe(takesInPlace(rule, from, to));
});
