// Answers that are kept: for how long, which, and how many.

import { expect, test } from "vitest";
import { answerCache } from "../../runtime/answer-cache.ts";
import type { Delivery, OpenTarget } from "../../schema/connector.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";

function asked(results: (count: number) => DeliveryResult) {
  const keys: string[] = [];
  let now = 0;
  const open: OpenTarget = {
    deliver: async ({ settings, body }) => {
      keys.push(JSON.stringify([settings, body]));
      return results(keys.length);
    },
    question: ({ settings, body }) => (settings.path === "/own" ? undefined : [settings, body]),
    close: async () => undefined,
  };
  const cached = answerCache(open, 1_000, { now: () => now, after: () => () => undefined });
  const ask = (path: string, body: string | null = null): Promise<DeliveryResult> => {
    const delivery: Delivery = {
      id: `${keys.length}`,
      attempt: 1,
      traceparent: undefined,
      settings: { path },
      body,
      signal: new AbortController().signal,
    };
    return cached.deliver(delivery);
  };
  const later = (ms: number): void => {
    now += ms;
  };
  return { keys, ask, later };
}

test("the same question is asked once within the time, another one at once", async () => {
  const { ask, keys, later } = asked((count) => ({ kind: "delivered", answer: count }));
  expect(await ask("/a")).toEqual({ kind: "delivered", answer: 1 });
  later(999);
  expect(await ask("/a")).toEqual({ kind: "delivered", answer: 1 });
  expect(await ask("/b")).toEqual({ kind: "delivered", answer: 2 });
  expect(await ask("/a", "x")).toEqual({ kind: "delivered", answer: 3 });
  later(1);
  expect(await ask("/a")).toEqual({ kind: "delivered", answer: 4 });
  expect(keys.length).toBe(4);
});

test("who asks while the answer is under way gets that answer", async () => {
  const { ask, keys } = asked((count) => ({ kind: "delivered", answer: count }));
  expect(await Promise.all([ask("/a"), ask("/a"), ask("/b")])).toEqual(
    [1, 1, 2].map((answer) => ({ kind: "delivered", answer })),
  );
  expect(keys.length).toBe(2);
});

test("what the connector calls no question is always asked", async () => {
  const { ask, keys } = asked((count) => ({ kind: "delivered", answer: count }));
  await Promise.all([ask("/own"), ask("/own")]);
  expect(keys.length).toBe(2);
});

test("a failure is not kept", async () => {
  const failure = { class: "unavailable", message: "busy" } as const;
  const { ask } = asked((count) => (count === 1 ? { kind: "transient", failure } : { kind: "delivered", answer: 7 }));
  expect((await ask("/a")).kind).toBe("transient");
  expect(await ask("/a")).toEqual({ kind: "delivered", answer: 7 });
});

test("of more than a thousand the oldest go", async () => {
  const { ask, keys } = asked((count) => ({ kind: "delivered", answer: count }));
  for (let index = 0; index <= 1_000; index += 1) await ask(`/${index}`);
  await ask("/1");
  expect(keys.length).toBe(1_001);
  await ask("/0");
  expect(keys.length).toBe(1_002);
});
