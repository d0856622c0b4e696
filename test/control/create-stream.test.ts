// A stream that is made right after the one of its name was deleted: the server may still be clearing up.

import { afterAll, beforeAll, expect, test } from "vitest";
import { failureOf } from "../../control/failure.ts";
import { call, createStream, type Requests } from "../../control/jetstream-api.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";

let nats: NatsRig;
beforeAll(async () => {
  nats = await natsServer({ syncAlways: false });
});
afterAll(() => nats[Symbol.asyncDispose]());

const config = { name: "ORDERS", subjects: ["orders.>"] };

test("it is there, as often as it is deleted and made again at once", async () => {
  const connection = await nats.connect();
  for (let round = 0; round < 500; round += 1) {
    await createStream(connection, "ORDERS", config);
    await call(connection, "STREAM.DELETE.ORDERS");
  }
});

const answer = (error: object) => ({ error: { code: 500, ...error } });
const clearing = answer({ err_code: 10049, description: "error creating store for stream" });

/** Gives these answers before it asks the server. */
async function answering(answers: readonly object[]): Promise<Requests & { readonly asked: () => number }> {
  const connection = await nats.connect();
  let asked = 0;
  return {
    asked: () => asked,
    requestMany: (...given) => connection.requestMany(...given),
    request: async (subject, payload, options) => {
      const body = answers[asked];
      asked += 1;
      if (body === undefined) return await connection.request(subject, payload, options);
      const real = await connection.request("$JS.API.INFO");
      return { ...real, json: <T>(): T => JSON.parse(JSON.stringify(body)) };
    },
  };
}

test("a server that is clearing up is asked again, later each time", async () => {
  const pauses: number[] = [];
  const requests = await answering([clearing, clearing, clearing]);
  const { config: made } = await createStream(requests, "ORDERS", config, async (ms) => pauses.push(ms));
  expect(made.name).toBe("ORDERS");
  expect(pauses).toEqual([20, 40, 80]);
});

test("one that never can says so, and where to look", async () => {
  const requests = await answering(Array.from({ length: 20 }, () => clearing));
  const refused: unknown = await createStream(requests, "ORDERS", config, async () => undefined).catch(
    (e: unknown) => e,
  );
  expect(requests.asked()).toBe(8);
  const { kind, message } = failureOf(refused, "creating stream ORDERS of tenant acme");
  expect(kind).toBe("space");
  expect(message).toMatch(/^creating stream ORDERS of tenant acme: error creating store .*the server's log says why/);
});

test("any other refusal is told at once", async () => {
  const requests = await answering([answer({ err_code: 10052, description: "not like this" })]);
  await expect(createStream(requests, "ORDERS", config, async () => undefined)).rejects.toThrow("not like this");
  expect(requests.asked()).toBe(1);
});
