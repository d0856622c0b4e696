// Small parts of the runtime that decide much.

import fc from "fast-check";
import { expect, test } from "vitest";
import { nextAttempt } from "../../runtime/backoff.ts";
import { envelopeHeaders, readEnvelope, wellFormed } from "../../runtime/envelope.ts";
import { createGate } from "../../runtime/gate.ts";
import { createLog, scopedLog } from "../../runtime/log.ts";
import { createMask } from "../../runtime/mask.ts";
import { natsHeaders } from "../../runtime/publish.ts";

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

test("a gate lets one alone only when nobody is inside, and keeps the order", async () => {
  const gate = createGate();
  const told: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => () =>
    new Promise<void>((resolve) => {
      told.push(name);
      ends.set(name, resolve);
    });
  const beside = async (run: () => Promise<void>): Promise<void> => {
    await gate.enter();
    await run();
    gate.leave();
  };
  const all = [beside(work("a")), beside(work("b")), gate.alone(work("S")), beside(work("c"))];
  const tick = () => new Promise((resolve) => setImmediate(resolve));
  await tick();
  expect(told).toEqual(["a", "b"]);
  ends.get("a")?.();
  await tick();
  expect(told).toEqual(["a", "b"]);
  ends.get("b")?.();
  await tick();
  expect(told).toEqual(["a", "b", "S"]);
  ends.get("S")?.();
  await tick();
  expect(told).toEqual(["a", "b", "S", "c"]);
  ends.get("c")?.();
  await Promise.all(all);
});
