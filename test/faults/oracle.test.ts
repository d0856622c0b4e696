// The oracle is only worth something if it finds what is wrong: here everything that can be wrong is planted.

import { expect, test } from "vitest";
import { type Evidence, judge, judgeOrder, type Part } from "../rig/oracle.ts";

const sent = new Map<string, readonly Part[]>([
  ["a", [{ id: "a", end: "delivered", hash: "A" }]],
  ["b", [{ id: "b", end: "dead", hash: "B" }]],
  ["c", [{ id: "c", end: "dropped", hash: "C" }]],
  [
    "d",
    [
      { id: "d.0", end: "delivered", hash: "D0" },
      { id: "d.1", end: "delivered", hash: "D1" },
    ],
  ],
]);

const right: Evidence = {
  target: "crm",
  sent,
  accepted: new Set(["a", "b", "c", "d"]),
  effects: [
    { id: "a", hash: "A" },
    { id: "d.0", hash: "D0" },
    { id: "d.1", hash: "D1" },
  ],
  repeats: 2,
  allowed: 2,
  dead: [{ id: "b", possiblyDelivered: false, message: "no" }],
  inFlight: new Set(),
};

const findings = (change: Partial<Evidence>): string => judge({ ...right, ...change }).findings.join("; ");

test("a run that keeps every promise has no findings, and its numbers add up", () => {
  const verdict = judge(right);
  expect(verdict).toMatchObject({ accepted: 5, delivered: 3, dropped: 1, dead: 1, inFlight: 0, lost: 0, findings: [] });
  expect(verdict.delivered + verdict.dropped + verdict.dead + verdict.inFlight + verdict.lost).toBe(verdict.accepted);
});

test("a letter of a whole message is the end of those of its items that had none", () => {
  const letter = { id: "d", possiblyDelivered: true, message: "killed its worker" };
  const verdict = judge({ ...right, effects: right.effects.slice(0, 2), dead: [...right.dead, letter] });
  expect(verdict).toMatchObject({ delivered: 2, dead: 2, lost: 0, findings: [] });
});

test.each<[string, Partial<Evidence>, string]>([
  ["a message without an end", { effects: right.effects.slice(1) }, "1 lost: a"],
  ["one item of a split without an end", { effects: right.effects.slice(0, 2) }, "1 lost: d.1"],
  [
    "a lost one beside one that nobody asked for",
    { effects: [{ id: "x", hash: "A" }, ...right.effects.slice(1)] },
    "1 lost: a",
  ],
  ["what was never sent", { effects: [...right.effects, { id: "x", hash: "X" }] }, "1 never sent: x"],
  ["two effects", { effects: [...right.effects, { id: "a", hash: "A" }] }, "1 took effect more than once: a"],
  [
    "other content",
    { effects: [{ id: "a", hash: "Z" }, ...right.effects.slice(1)] },
    "other content than the mapping gives: a",
  ],
  ["too many deliveries", { repeats: 3 }, "3 deliveries came again, 2 were in flight"],
  [
    "what the filter drops, delivered",
    { effects: [...right.effects, { id: "c", hash: "C" }] },
    "ended otherwise than they should: c",
  ],
  [
    "a death without cause",
    { effects: right.effects.slice(1), dead: [...right.dead, { id: "a", possiblyDelivered: false, message: "?" }] },
    "ended otherwise than they should: a",
  ],
  [
    "delivered and dead",
    { dead: [...right.dead, { id: "a", possiblyDelivered: false, message: "?" }] },
    "1 delivered and dead: a",
  ],
  ["two graves", { dead: [...right.dead, ...right.dead] }, "1 buried more than once: b"],
  ["something left", { effects: right.effects.slice(1), inFlight: new Set(["a"]) }, "1 still in flight: a"],
])("it finds %s", (_what, change, finding) => {
  expect(findings(change)).toContain(finding);
});

test("what got neither 2xx nor 4xx may have arrived or not", () => {
  const accepted = new Set(["b", "c", "d"]);
  expect(findings({ accepted })).toBe("");
  expect(findings({ accepted, effects: right.effects.slice(1) })).toBe("");
});

test("a message that may have been delivered before it died is not a contradiction", () => {
  const dead = [...right.dead, { id: "a", possiblyDelivered: true, message: "cut" }];
  expect(findings({ dead })).toBe("");
});

test("order: a first effect that comes late, and a key that ends with an old message", () => {
  const arrival = (number: number, first = true) => ({ key: "k", number, first });
  expect(judgeOrder("crm", [arrival(1), arrival(2), arrival(1, false), arrival(2, false)])).toEqual([]);
  expect(judgeOrder("crm", [arrival(2), arrival(1), arrival(3)])[0]).toContain("out of order: k/1");
  expect(judgeOrder("crm", [arrival(1), arrival(2), arrival(1, false)])[0]).toContain("end with an old message: k");
});
