// Cases and what they find: the real worker on a clock that leaps.

import { expect, test } from "vitest";
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
