// Cases and what they find: the real worker on a clock that leaps.

import { expect, test } from "vitest";
import { simulatedClock } from "../../cli/cases/clock.ts";
import { drive } from "../../cli/cases/drive.ts";
import { memoryServer } from "../../cli/cases/nats/server.ts";
import { casesOf } from "../rig/cases.ts";

const orders = `integration: orders
source: { http: { path: /orders }, contract: { id: string, qty: integer } }
steps:
  - filter: \${ body.qty > 0 }
  - map: { id: "\${ body.id }", twice: "\${ body.qty * 2 }" }
targets:
  out: { http: { url: "https://example.com/x" }, retry: { for: 24h } }
`;

const given = (name: string, more: string): string => `
  - name: ${name}
    given: { body: { id: "1", qty: 2 } }
    ${more}`;

test("deliveries, retries at their times, dead letters, drops and refusals are as the case says, or it fails", async () => {
  const results = await casesOf(`${orders}---
tests: orders
cases:${[
    given("delivered", 'expect: { targets: { out: [{ twice: 4, id: "1" }] } }'),
    given("another body", 'expect: { targets: { out: [{ id: "1", twice: 5 }] } }'),
    given("nothing is expected of a target that gets something", "expect: {}"),
    given(
      "a target that comes back",
      'answers: { out: [500, timeout, { status: 429, retry-after: 60s }, ok] }\n    expect: { targets: { out: [{ settings: { url: "https://example.com/x" }, attempt: 4 }] }, retries: { out: [627ms, 30.632s, 91.159s] } }',
    ),
    given("a target that never comes back", "answers: { out: 500 }\n    expect: { dead: unavailable }"),
    given(
      "a target that refuses",
      "answers: { out: 400 }\n    expect: { dead: { out: { class: rejected, attempts: 1 } } }",
    ),
    given("a dead letter that nobody expects", "answers: { out: 404 }\n    expect: {}"),
    '\n  - { name: filtered, given: { body: { id: "1", qty: 0 } }, expect: { drops: { out: filter } } }',
    '\n  - { name: refused, given: { body: { id: "1", qty: x } }, expect: { refused: { path: /qty }, reply: { status: 422 } } }',
    '\n  - { name: refused unexpectedly, given: { body: { id: "1", qty: x } }, expect: {} }',
  ].join("")}
`);
  expect(results.map(({ test: { name }, ok }) => `${ok ? "ok" : "failed"}: ${name}`)).toEqual([
    "ok: delivered",
    "failed: another body",
    "failed: nothing is expected of a target that gets something",
    "ok: a target that comes back",
    "ok: a target that never comes back",
    "ok: a target that refuses",
    "failed: a dead letter that nobody expects",
    "ok: filtered",
    "ok: refused",
    "failed: refused unexpectedly",
  ]);
});

test("what an ephemeral integration loses is as the case says, or it fails", async () => {
  const results =
    await casesOf(`${orders.replace("integration: orders", "integration: orders\ntransport: ephemeral").replace("for: 24h", "attempts: 2")}---
tests: orders
cases:${[
      given("delivered", 'expect: { targets: { out: [{ twice: 4, id: "1" }] } }'),
      given("tried again", "answers: { out: [500, ok] }\n    expect: { targets: { out: 1 }, retries: { out: 1 } }"),
      given("lost", "answers: { out: 500 }\n    expect: { lost: unavailable }"),
      given("lost by target", "answers: { out: 400 }\n    expect: { lost: { out: rejected } }"),
      given("lost, and nobody expects it", "answers: { out: 400 }\n    expect: {}"),
    ].join("")}
`);
  expect(results.map(({ test: { name }, ok }) => `${ok ? "ok" : "failed"}: ${name}`)).toEqual([
    "ok: delivered",
    "ok: tried again",
    "ok: lost",
    "ok: lost by target",
    "failed: lost, and nobody expects it",
  ]);
});

test("pages without a name are those of the one source that polls, and a reply shows its headers", async () => {
  const polled = await casesOf(`integration: contacts
source:
  poll:
    every: 5m
    http: { url: "https://example.com/c", query: { page: "\${ page?.next }" } }
    contract: { data: [{ id: string }], next?: string }
    more: \${ exists(page.next) }
    items: \${ page.data }
targets: { out: { http: { url: "https://example.com/x" } } }
---
tests: contacts
cases:
  - name: two pages
    given: [{ page: { data: [{ id: a }], next: "2" } }, { page: { data: [{ id: b }] } }]
    expect: { targets: { out: [{ id: a }, { id: b }] } }
`);
  const replied = await casesOf(`integration: ask
source: { http: { path: /ask }, contract: { id: string } }
reply: { headers: { x-id: "\${ body.id }" }, json: { id: "\${ body.id }" } }
---
tests: ask
cases:
  - name: an answer
    given: { body: { id: a } }
    expect: { reply: { status: 200, headers: { x-id: a }, json: { id: a } } }
`);
  expect([...polled, ...replied].map(({ ok, actual }) => [ok, actual])).toEqual([
    [true, { targets: { out: [{ id: "a" }, { id: "b" }] } }],
    [true, { reply: { status: 200, headers: { "x-id": "a" }, json: { id: "a" } } }],
  ]);
});

test("what a call and a poll were asked is as the case says, or it fails", async () => {
  const results = await casesOf(`integration: orders
source: { http: { path: /orders }, contract: { id: string } }
steps:
  - as: price
    call: { http: { url: "https://pricing.example.com/\${ body.id }" } }
    contract: { amount: number }
  - as: rated
    call: { http: { url: "https://rating.example.com", method: POST, json: { id: "\${ body.id }" } } }
    contract: { stars: integer }
targets: { out: { http: { url: "https://example.com/x" } } }
---
tests: orders
calls: { price: { amount: 5 }, rated: [{ error: unavailable }, { stars: 3 }] }
cases:
  - name: as it is
    given: { body: { id: a } }
    expect: { targets: { out: 1 }, asked: { price: [{ settings: { url: "https://pricing.example.com/a" } }, { at: 627ms }], rated: [{ id: a }, { at: 627ms }] } }
  - name: another question
    given: { body: { id: a } }
    expect: { targets: { out: 1 }, asked: { price: [{ settings: { url: "https://pricing.example.com/b" } }, { at: 627ms }], rated: 1 } }
`);
  expect(results.map(({ ok, actual }) => [ok, actual.asked])).toEqual([
    [true, expect.anything()],
    [false, { price: [{ settings: { url: "https://pricing.example.com/a" } }, { at: "627ms" }], rated: 2 }],
  ]);
});

const polled = `integration: contacts
source:
  poll:
    every: 5m
    http: { url: "https://example.com/c" }
    contract: { data: [{ id: string }] }
    items: \${ page.data }
targets: { out: { http: { url: "https://example.com/x", timeout: 5s }, retry: { for: 1h, initial: 1s } } }
---
tests: contacts
cases:
`;

test("a page that comes when the poll has given up waiting comes to the next one", async () => {
  const [result] = await casesOf(`${polled}
  - { name: later, given: { after: 1h, page: { data: [{ id: a }] } }, expect: { targets: { out: [{ at: 1h }] }, asked: { poll: 1 } } }
`);
  expect(result?.actual).toEqual({ targets: { out: [{ at: "1h" }] }, asked: { poll: 1 } });
});

test("an answer that takes longer than the sender waits is a timeout", async () => {
  const [result] = await casesOf(`${polled}
  - name: slow
    given: { page: { data: [{ id: a }] } }
    answers: { out: [{ status: 200, after: 1h }, ok] }
    expect: { targets: { out: [{ attempt: 2 }] }, retries: { out: [5.627s] } }
`);
  expect(result?.actual).toEqual(result?.expected);
});

test("a message before the beginning makes the case fail and says so", async () => {
  const [result] = await casesOf(`${orders}---
tests: orders
cases:
  - { name: too early, given: { at: 2025-12-31T00:00:00Z, body: { id: "1", qty: 0 } }, expect: {} }
`);
  expect([result?.ok, result?.happened.flaws]).toEqual([
    false,
    ["a message comes before the case begins: give it `at`"],
  ]);
});

test("what does not end is ended, and what waits for nothing, too", async () => {
  const clock = simulatedClock(0);
  const server = memoryServer({ clock, streams: [], consumers: [] });
  const given = { clock, server, busy: () => undefined, finished: () => false };
  const again = (): void => void clock.after(1_000, again);
  expect(await drive(given)).toMatch(/^it does not come to rest: after ten minutes/);
  again();
  expect(await drive(given)).toBe("it does not end: something is still tried after 20000 moments, 6 h after it began");
});
