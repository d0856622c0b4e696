// Together or singly: what has proven faster, tried again from time to time.

import { expect, test } from "vitest";
import { createCommitChoice } from "../../runtime/commit-choice.ts";
import { createRecent } from "../../runtime/recent.ts";

/** How many of `rounds` writes of 64 messages go together, after what a server costs in milliseconds is known. */
function together(rounds: number, perBatch: number, perMessage: number): number {
  let now = 0;
  const choice = createCommitChoice({ now: () => now });
  let count = 0;
  for (let round = 0; round < rounds + 200; round += 1) {
    const batch = choice.together(64);
    const since = now;
    now += batch ? perBatch : 64 * perMessage;
    choice.took(64, batch, since);
    if (round >= 200 && batch) count += 1;
  }
  return count;
}

test("where each write is synced, messages go together; where none is, singly; the other way is tried now and then", () => {
  expect(together(640, 4, 0.23)).toBe(630);
  expect(together(640, 4, 0.03)).toBe(10);
});

test("few messages never make a batch", () => {
  const choice = createCommitChoice({ now: () => 0 });
  expect([1, 2, 15, 16].map((count) => choice.together(count))).toEqual([false, false, false, true]);
});

test("ids are known for a minute at least, and not for ever, unless there are too many", () => {
  let now = 0;
  const recent = createRecent({ now: () => now }, 3);
  recent.add("a", 1);
  now = 59_000;
  expect(recent.get("a")).toBe(1);
  now = 119_000;
  expect(recent.get("a")).toBe(1);
  now = 400_000;
  expect(recent.get("a")).toBeUndefined();
  for (const [index, id] of ["b", "c", "d", "e"].entries()) recent.add(id, index);
  expect(recent.get("b")).toBe(0);
  for (const [index, id] of ["f", "g", "h"].entries()) recent.add(id, index);
  expect(recent.get("b")).toBeUndefined();
  expect(recent.get("h")).toBe(2);
  recent.clear();
  expect(recent.get("h")).toBeUndefined();
});
