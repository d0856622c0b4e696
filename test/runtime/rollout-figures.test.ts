// What a rollout is decided by, without a server: which keys a canary has, what figures are worth, and that the record
// which many workers write holds what each of them has counted.

import { expect, test } from "vitest";
import { seeded } from "../../cli/cases/seeded.ts";
import type { Context } from "../../runtime/context.ts";
import type { Program } from "../../runtime/program.ts";
import { atLeast, judge } from "../../runtime/rollout/judge.ts";
import { type RollingOut, rollOut } from "../../runtime/rollout/roll-out.ts";
import { isInShare, partOf, takenBy } from "../../runtime/rollout/share.ts";
import { createTally } from "../../runtime/rollout/tally.ts";
import type { Envelope } from "../../schema/envelope.ts";
import {
  allParts,
  type Canary,
  type EditionCounts,
  noCounts,
  type RolloutTerms,
  readRolloutRecord,
  sumOf,
} from "../../schema/rollout.ts";
import { type ManualClock, manualClock } from "../rig/clock.ts";
import { handMade } from "../rig/line.ts";
import { between, pick } from "../rig/random.ts";

const terms: RolloutTerms = {
  share: 500,
  forMs: 600_000,
  messages: 50,
  abortWhen: { errors: { percent: 1, beyond: true } },
};
const canary: Canary = { ...terms, bundle: "b".repeat(64), revision: 2, at: "2026-01-01T00:00:00.000Z" };
const keys = Array.from({ length: 4_000 }, (_, index) => `customer ${index}`);

test("each key has one edition, the parts of both are all parts, and a larger share keeps the keys of a smaller one", () => {
  const parts = new Map(keys.map((key) => [key, partOf(canary, key)]));
  expect([...parts.values()].every((part) => part >= 0 && part < allParts && Number.isInteger(part))).toBe(true);
  const counts = [0, 1, 500, 2_500, 5_000, allParts].map((share) => {
    const mine = keys.filter((key) => isInShare({ ...canary, share }, key));
    expect(mine).toEqual(keys.filter((key) => (parts.get(key) ?? allParts) < share));
    // As many as the share says, but for chance.
    const expected = (keys.length * share) / allParts;
    expect(Math.abs(mine.length - expected)).toBeLessThanOrEqual(5 * Math.sqrt(expected) + 1);
    return mine.length;
  });
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  expect([counts[0], counts.at(-1)]).toEqual([0, keys.length]);
  const others = keys.filter((key) => isInShare({ ...canary, bundle: "c".repeat(64) }, key));
  expect(others.filter((key) => isInShare(canary, key)).length).toBeLessThan(others.length / 5);
});

const counts = (attempts: number, errors = 0, dead = 0, messages = attempts): EditionCounts => ({
  messages,
  attempts,
  errors,
  dead,
});
const late = terms.forMs;

test.each<[string, EditionCounts, EditionCounts, number, string, Partial<RolloutTerms>?]>([
  ["nothing has run", noCounts, noCounts, 0, "goes-on time"],
  ["nothing has run, and its time is over", counts(9_000), noCounts, late, "goes-on traffic"],
  ["too few have run", counts(9_000), counts(49), late, "goes-on traffic"],
  ["enough, and good", counts(9_000), counts(50), late, "promoted"],
  ["good, and too early", counts(9_000), counts(500), late - 1, "goes-on time"],
  ["the first dead letter, where the stable one has none", counts(100), counts(1, 1, 1), 0, "rolled-back"],
  ["one dead letter where one of a hundred dies anyway", counts(9_000, 90, 90), counts(100, 1, 1), 0, "goes-on time"],
  ["ten where one of a hundred dies anyway", counts(9_000, 90, 90), counts(100, 10, 10), 0, "rolled-back"],
  ["one attempt of two fails", counts(900), counts(2, 1), 0, "goes-on time"],
  ["two of two fail", counts(900), counts(2, 2), 0, "rolled-back"],
  ["both fail as often, as the target is away", counts(900, 450), counts(60, 33), 0, "goes-on time"],
  ["a little too often, at the end", counts(9_000), counts(100, 2), late, "rolled-back"],
  ["no oftener than it may, at the end", counts(9_000), counts(100, 1), late, "promoted"],
  [
    "an absolute limit, whatever the stable one does",
    counts(900, 450),
    counts(60, 33),
    0,
    "rolled-back",
    { abortWhen: { errors: { percent: 2, beyond: false } } },
  ],
  [
    "a number of dead letters",
    counts(900),
    counts(60, 2, 2),
    0,
    "goes-on time",
    { abortWhen: { dead: 3, errors: { percent: 50, beyond: false } } },
  ],
  [
    "that number",
    counts(900),
    counts(60, 3, 3),
    0,
    "rolled-back",
    { abortWhen: { dead: 3, errors: { percent: 50, beyond: false } } },
  ],
])("%s", (_, stable, tried, ageMs, verdict, more = {}) => {
  const judged = judge({ ...terms, ...more }, ageMs, { stable, canary: tried });
  expect(judged.kind === "goes-on" ? `goes-on ${judged.waitsFor}` : judged.kind).toBe(verdict);
});

test("the chance of so many is that of a Poisson process", () => {
  expect(atLeast(1, 0.04)).toBeCloseTo(1 - Math.exp(-0.04), 12);
  expect(atLeast(2, 0.5)).toBeCloseTo(1 - Math.exp(-0.5) * 1.5, 12);
  expect(atLeast(1_200, 1_000)).toBeLessThan(1e-9);
  expect(atLeast(20_000, 10_000)).toBe(0);
  expect([atLeast(0, 5), atLeast(3, 0), atLeast(3, 4)]).toEqual([1, 0, 1]);
});

test("as many as a record can hold are judged as soon as few, and what is no count is none", () => {
  const largest = Number.MAX_SAFE_INTEGER;
  expect(atLeast(largest, 1)).toBe(0);
  expect(atLeast(largest, largest - 1)).toBeGreaterThan(0.05);
  // The two ways of counting meet, where chance ends and long after.
  for (const mean of [800, 850, 900]) {
    expect(atLeast(1_001, mean) / atLeast(1_000, mean)).toBeGreaterThan(0.7);
    expect(atLeast(1_001, mean) / atLeast(1_000, mean)).toBeLessThan(1.1);
  }
  const odd = { messages: -1, attempts: 1.5, errors: "9", dead: largest };
  const record = readRolloutRecord(
    JSON.parse(`{"bundle":"b","revision":1,"at":"","ageMs":1e999,"others":{"canary":${JSON.stringify(odd)}}}`),
  );
  expect(record).toMatchObject({ ageMs: 0, others: { canary: { ...noCounts, dead: largest } } });
});

test("a body that lies in pieces has no key yet: of an order, it is never the canary's", () => {
  const { bundle } = handMade({ partitions: 16 });
  const always: Canary = { ...canary, share: allParts };
  const stable = { bundle, code: { walk: () => ({ kind: "deliver", settings: { key: "a" }, body: null }) } };
  const envelope = { id: "a1", source: "door", headers: {}, meta: {}, body: Buffer.from("{}") };
  const takes = takenBy(always, stable as unknown as Program);
  expect(takes(envelope as unknown as Envelope)).toBe(true);
  const inPieces = { ...envelope, body: Buffer.alloc(0), content: { reference: { role: "body" } } };
  expect(takes(inPieces as unknown as Envelope)).toBe(false);
  const unordered = { ...stable, bundle: handMade().bundle };
  expect(takenBy(always, unordered as unknown as Program)(inPieces as unknown as Envelope)).toBe(true);
});

/** One subject with compare-and-set, as the stream keeps it; answers get lost now and then, and so do requests. */
function register(random: () => number) {
  let sequence = 0;
  let text = "";
  let away = false;
  const headersOf = (values: Readonly<Record<string, string>>, code = 0) => ({
    code,
    get: (name: string) => values[name] ?? "",
  });
  const answer = (string: string, headers: unknown = headersOf({})) => ({
    kind: "answer",
    message: { headers, data: Buffer.from(string), string: () => string },
  });
  const lost = { kind: "none", reason: "no answer in time" };
  return {
    record: () => readRolloutRecord(JSON.parse(text)),
    /** Whatever was in it is gone. */
    forget: () => {
      sequence = 0;
    },
    away: (is: boolean) => {
      away = is;
    },
    send: async (subject: string, data: string, headers?: { get(name: string): string }) => {
      await Promise.resolve();
      const fate = random();
      if (away || fate < 0.05) return lost;
      if (subject.startsWith("$JS.API.DIRECT.GET")) {
        return sequence === 0
          ? answer("", headersOf({}, 404))
          : answer(text, headersOf({ "Nats-Sequence": String(sequence) }));
      }
      if (headers?.get("Nats-Expected-Last-Subject-Sequence") !== String(sequence)) {
        return answer('{"error":{"err_code":10071,"description":"wrong last sequence"}}');
      }
      sequence += 1;
      text = data;
      return fate < 0.1 ? lost : answer(`{"seq":${sequence}}`);
    },
  };
}

/** A worker as far as a rollout sees it. */
function taking(
  clock: ManualClock,
  requests: ReturnType<typeof register>,
  terms: Canary,
  {
    decided = [],
    warned = [],
    cannot,
  }: { readonly decided?: string[]; readonly warned?: string[]; readonly cannot?: string } = {},
) {
  const tally = createTally();
  const context = {
    clock,
    tally,
    integration: "orders",
    limits: { rolloutMs: 1_000 },
    link: { requests, connected: () => true },
    log: { info: () => undefined, warn: (_: unknown, message: string) => void warned.push(message) },
    mask: (text: string) => text.replaceAll("s3cret", "***"),
    tell: ({ state }: { readonly state?: string }) => void (state === "started" || decided.push(String(state))),
  } as unknown as Context;
  const nothing = async () => undefined;
  return { tally, rolling: rollOut(context, terms, { start: nothing, stop: nothing, promote: nothing }, cannot) };
}

const idle = async (): Promise<void> => {
  for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
};

test("a record that is gone is written again with all that was counted; time in which NATS was away is none of the canary's", async () => {
  const random = seeded(3);
  const clock = manualClock();
  const stored = register(() => 0.1 + random() * 0.9);
  stored.away(true);
  const warned: string[] = [];
  const worker = taking(clock, stored, { ...canary, forMs: 3_600_000 }, { warned });
  await idle();
  await clock.advance(600_000);
  stored.away(false);
  expect(warned).toEqual(["how a rollout stands cannot be read or written"]);
  const count = (many: number): void => {
    for (let each = 0; each < many; each += 1) worker.tally.count(canary.bundle, 1, { kind: "delivered" });
  };
  await clock.advance(5_000);
  count(7);
  await clock.advance(5_000);
  await idle();
  expect(stored.record()).toMatchObject({ ageMs: expect.any(Number) });
  expect(stored.record()?.ageMs).toBeLessThanOrEqual(10_000);
  stored.forget();
  count(2);
  await clock.advance(5_000);
  await idle();
  const record = stored.record();
  expect(record && sumOf(record).canary.messages).toBe(9);
  await worker.rolling.end();
});

test("why a worker cannot start a canary is written down without its secrets", async () => {
  const clock = manualClock();
  const stored = register(() => 1);
  const worker = taking(clock, stored, canary, { cannot: "token s3cret is refused" });
  await idle();
  await clock.advance(2_000);
  expect(stored.record()?.decision?.reason).toBe("a worker cannot start it: token *** is refused");
  await worker.rolling.end();
});

test("40 workers that come and go: the record holds what all of them counted, time is not counted twice, all obey one decision", async () => {
  const random = seeded(11);
  const clock = manualClock();
  const stored = register(random);
  const decided: string[] = [];
  const all = Array.from({ length: 40 }, () => taking(clock, stored, { ...canary, forMs: 3_600_000 }, { decided }));
  let counted = 0;
  for (let round = 0; round < 100; round += 1) {
    const [first, ...rest] = all;
    if (first === undefined) break;
    const { tally } = pick(random, [first, ...rest]);
    const messages = between(random, 0, 5);
    for (let each = 0; each < messages; each += 1) {
      tally.count(each % 2 === 0 ? canary.bundle : "other", 1, { kind: "delivered" });
      counted += 1;
    }
    await clock.advance(between(random, 1, 400));
    await idle();
  }
  await clock.advance(20_000);
  await idle();
  const record = stored.record();
  const sums = record === undefined ? undefined : sumOf(record);
  expect((sums?.canary.messages ?? 0) + (sums?.stable.messages ?? 0)).toBe(counted);
  expect(Object.keys(record?.workers ?? {}).length).toBeLessThanOrEqual(32);
  expect(record?.ageMs).toBeLessThanOrEqual(clock.now() - 1_000_000);
  expect(record?.ageMs).toBeGreaterThan((clock.now() - 1_000_000) / 2);
  all[0]?.tally.count(canary.bundle, 1, {
    kind: "retry",
    attempt: 2,
    dueAt: "",
    failure: { class: "invalid", message: "" },
  });
  for (const { tally } of all.slice(1, 12)) {
    tally.count(canary.bundle, 1, { kind: "retry", attempt: 2, dueAt: "", failure: { class: "invalid", message: "" } });
  }
  await clock.advance(30_000);
  await idle();
  expect(stored.record()?.decision?.kind).toBe("rolled-back");
  expect(decided).toEqual(Array.from({ length: 40 }, () => "rolled-back"));
  await Promise.all(all.map(({ rolling }: { readonly rolling: RollingOut }) => rolling.end()));
});
