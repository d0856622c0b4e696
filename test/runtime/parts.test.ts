// Small parts of the runtime that decide much.

import fc from "fast-check";
import { expect, test } from "vitest";
import { nextAttempt } from "../../runtime/backoff.ts";
import { envelopeHeaders, readEnvelope, wellFormed } from "../../runtime/envelope.ts";
import { createGate, createLane } from "../../runtime/gate.ts";
import { createLog, scopedLog } from "../../runtime/log.ts";
import { createMask } from "../../runtime/mask.ts";
import { natsHeaders } from "../../schema/nats-headers.ts";
import { manualClock } from "../rig/clock.ts";

const policy = { for: 60_000, initial: 1_000, max: 8_000, multiplier: 2 };

test("backoff grows with full jitter up to its cap, and the last attempt is made at the deadline", () => {
  const at = (attempt: number, now: number, random: number) =>
    nextAttempt(policy, { attempt, firstFailureAt: 0, now }, () => random);
  expect(at(1, 0, 0.5)).toBe(500);
  expect(at(3, 10_000, 0.5)).toBe(12_000);
  expect(at(9, 10_000, 0.5)).toBe(14_000);
  expect(at(9, 59_000, 0.5)).toBe(60_000);
  expect(at(10, 60_000, 0.5)).toBeUndefined();
});

test("a named time is waited for, and ends it when it lies beyond the deadline", () => {
  const failed = { attempt: 1, firstFailureAt: 0, now: 1_000 };
  expect(nextAttempt(policy, { ...failed, retryAfterMs: 30_000 }, () => 0.5)).toBe(31_500);
  expect(nextAttempt(policy, { ...failed, retryAfterMs: 59_500 }, () => 0.5)).toBeUndefined();
  expect(nextAttempt({ ...policy, attempts: 1 }, failed, () => 0.5)).toBeUndefined();
});

test("any id, meta and header survives the way through NATS headers", () => {
  const texts = fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1 }), texts, texts, (text, meta, headers) => {
      const id = wellFormed(text);
      const envelope = {
        id,
        source: "door",
        receivedAt: "2026-01-01T00:00:00.000Z",
        contract: "",
        bundle: "b",
        meta,
        headers,
      };
      const wire = natsHeaders(envelopeHeaders(envelope));
      const read = readEnvelope(wire, new Uint8Array(), { id: "", sequence: 1 });
      expect(read.id).toBe(id);
      expect({ ...read.meta }).toEqual({ ...meta });
      expect({ ...read.headers }).toEqual({ ...headers });
    }),
    { numRuns: 200 },
  );
});

test("secrets are masked in every form that they may take", () => {
  const mask = createMask(["s3cr3t/+ value", "abc", 'with "quotes"']);
  const leaking = ["s3cr3t/+ value", encodeURIComponent("s3cr3t/+ value"), JSON.stringify('with "quotes"')].join(" ");
  expect(mask(leaking)).toBe('*** *** "***"');
  expect(mask("abc stays: too short to be told from other text")).toContain("abc");
  const lines: string[] = [];
  const log = scopedLog(createLog({ write: (line) => lines.push(line) }), { tenant: "acme" }, mask);
  log.warn({ url: "https://x/?k=s3cr3t/+ value", deep: { list: ["s3cr3t/+ value"] } }, "s3cr3t/+ value");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    tenant: "acme",
    url: "https://x/?k=***",
    deep: { list: ["***"] },
    msg: "***",
  });
});

test("a gate lets one alone when the others are done or take long, and is open as long as it was closed", async () => {
  const clock = manualClock();
  const gate = createGate(clock);
  const told: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => () =>
    new Promise<void>((resolve) => {
      told.push(name);
      ends.set(name, resolve);
    });
  const beside = async (name: string): Promise<void> => {
    await gate.enter();
    await work(name)();
    gate.leave();
  };
  const opens = new Map<string, () => void>();
  const alone = (name: string): Promise<void> =>
    gate.alone((open) => {
      opens.set(name, open);
      return work(name)();
    });
  const after = async (ms = 0): Promise<string> => {
    clock.move(ms);
    await new Promise((resolve) => setImmediate(resolve));
    return told.join("");
  };
  const all = [beside("a"), beside("b"), alone("S"), beside("c")];
  expect(await after()).toBe("ab");
  ends.get("a")?.();
  ends.get("b")?.();
  expect(await after()).toBe("abS");
  all.push(alone("T"));
  clock.move(300);
  ends.get("S")?.();
  expect(await after()).toBe("abSc");
  expect(await after(299)).toBe("abSc");
  await after(1);
  all.push(beside("d"));
  // It is closed for T, and c is still inside.
  expect(await after(999)).toBe("abSc");
  expect(await after(1)).toBe("abScT");
  opens.get("T")?.();
  expect(await after()).toBe("abScTd");
  for (const end of ends.values()) end();
  await Promise.all(all);
});

test("a gate that was closed while the time of day is set right by hours rests no longer for it", async () => {
  const steady = manualClock();
  let ahead = 0;
  const gate = createGate({ ...steady, now: () => steady.now() + ahead, steady: steady.now });
  const told: string[] = [];
  await gate.alone(async () => {
    steady.move(100);
    ahead = 8 * 3_600_000;
  });
  const next = gate.alone(async () => void told.push("next"));
  steady.move(99);
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).toEqual([]);
  steady.move(1);
  await next;
  expect(told).toEqual(["next"]);
});

test("one after the other in a lane, as long as each is quick", async () => {
  const clock = manualClock();
  const lane = createLane(clock, 1_000);
  const told: string[] = [];
  const ends: (() => void)[] = [];
  const work = (name: string) => () =>
    new Promise<void>((resolve) => {
      told.push(name);
      ends.push(resolve);
    });
  const all = ["a", "b", "c"].map((name) => lane(work(name)));
  const tick = () => new Promise((resolve) => setImmediate(resolve));
  await tick();
  expect(told).toEqual(["a"]);
  ends[0]?.();
  await tick();
  expect(told).toEqual(["a", "b"]);
  clock.move(1_000);
  await tick();
  expect(told).toEqual(["a", "b", "c"]);
  for (const end of ends) end();
  await Promise.all(all);
});
