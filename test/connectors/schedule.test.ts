// Planned times under a clock in the test's hand: each is sent once, with an id that other workers make, too.

import { expect, test } from "vitest";
import { scheduleConnector } from "../../connectors/schedule/connector.ts";
import type { JsonObject } from "../../schema/json.ts";
import { type ManualClock, manualClock } from "../rig/clock.ts";
import { sourceRig } from "../rig/connector.ts";

const minute = 60_000;

async function started(settings: JsonObject, clock: ManualClock) {
  const rig = sourceRig({ settings, clock });
  const source = await scheduleConnector().startSource?.(rig.context);
  return { rig, times: () => rig.taken.map(({ meta }) => String(meta.firedAt)), stop: () => source?.stop() };
}

test("every: at whole multiples since 1970, whenever the worker started", async () => {
  const clock = manualClock(Date.parse("2026-03-01T12:07:13.500Z"));
  const { rig, times, stop } = await started({ every: 15 * minute, body: { report: "daily" } }, clock);
  await clock.advance(40 * minute);
  expect(times()).toEqual(["2026-03-01T12:15:00.000Z", "2026-03-01T12:30:00.000Z", "2026-03-01T12:45:00.000Z"]);
  expect(rig.taken[0]?.value).toEqual({ report: "daily" });
  await stop();
  await clock.advance(60 * minute);
  expect(times()).toHaveLength(3);
});

test("two workers make the same ids, so that one message is stored", async () => {
  const [a, b] = await Promise.all(
    ["2026-03-01T12:00:01Z", "2026-03-01T12:03:59Z"].map(async (start) => {
      const clock = manualClock(Date.parse(start));
      const { rig } = await started({ cron: "*/5 * * * *" }, clock);
      await clock.advance(9 * minute);
      return rig.taken.map(({ id }) => id);
    }),
  );
  expect(a).toEqual(["schedule:2026-03-01T12:05:00.000Z"]);
  expect(b?.[0]).toBe(a?.[0]);
});

test("cron in a time zone, over the change to summer time", async () => {
  const clock = manualClock(Date.parse("2026-03-27T00:00:00Z"));
  const { times } = await started({ cron: "0 2 * * *", timezone: "Europe/Oslo" }, clock);
  await clock.advance(4 * 24 * 60 * minute);
  const [first, second, ...others] = times();
  expect([first, second]).toEqual(["2026-03-27T01:00:00.000Z", "2026-03-28T01:00:00.000Z"]);
  // 02:00 does not exist on the 29th: it is the moment after, once; from the 30th on it is an hour earlier by UTC.
  expect(others).toEqual(["2026-03-29T01:00:00.000Z", "2026-03-30T00:00:00.000Z", "2026-03-31T00:00:00.000Z"]);
});

test("a wait of months is no trouble", async () => {
  const clock = manualClock(Date.parse("2026-01-02T00:00:00Z"));
  const { times } = await started({ cron: "0 0 1 7 *" }, clock);
  await clock.advance(200 * 24 * 60 * minute);
  expect(times()).toEqual(["2026-07-01T00:00:00.000Z"]);
});

test("while NATS is away a time waits, and the next ones are not lost", async () => {
  const clock = manualClock(Date.parse("2026-03-01T12:00:30Z"));
  const { rig } = await started({ every: minute }, clock);
  let away = true;
  const stored: (string | undefined)[] = [];
  rig.answer = ({ id }) => {
    if (away) return { kind: "unavailable", reason: "away", retryAfterSeconds: 10 };
    stored.push(id);
    return { kind: "stored", id: "x", sequence: 1, duplicate: false };
  };
  await clock.advance(2 * minute);
  away = false;
  await clock.advance(2 * minute);
  expect(stored).toEqual(["12:01", "12:02", "12:03", "12:04"].map((time) => `schedule:2026-03-01T${time}:00.000Z`));
});

test("of more than a thousand times that wait for NATS the later ones are passed over, and told", async () => {
  const clock = manualClock(Date.parse("2026-03-01T12:00:00.500Z"));
  const { rig } = await started({ every: 1_000 }, clock);
  let away = true;
  const stored: (string | undefined)[] = [];
  rig.answer = ({ id }) => {
    if (away) return { kind: "unavailable", reason: "away", retryAfterSeconds: 10 };
    stored.push(id);
    return { kind: "stored", id: "x", sequence: 1, duplicate: false };
  };
  await clock.advance(1_003_000);
  expect(rig.warnings).toHaveLength(3);
  away = false;
  await clock.advance(12_000);
  const seconds = stored.map(
    (id = "") => (Date.parse(id.slice("schedule:".length)) - Date.parse("2026-03-01T12:00Z")) / 1000,
  );
  expect(seconds.slice(0, 1_000)).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
  expect(seconds[1_000]).toBeGreaterThan(1_003);
});

test("cron in a time zone, over the end of summer time: a time that exists twice comes once", async () => {
  const clock = manualClock(Date.parse("2026-10-24T00:00:00Z"));
  const { times } = await started({ cron: "30 2 * * *", timezone: "Europe/Oslo" }, clock);
  await clock.advance(3 * 24 * 60 * minute);
  expect(times().map((time) => time.slice(0, 10))).toEqual(["2026-10-24", "2026-10-25", "2026-10-26"]);
});

test("what a worker slept through is passed over; the times behind it come", async () => {
  let now = Date.parse("2026-03-01T12:00:30Z");
  const timers: { readonly at: number; readonly run: () => void }[] = [];
  const clock = {
    now: () => now,
    after: (ms: number, run: () => void) => {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
  };
  const rig = sourceRig({ settings: { every: minute }, clock });
  await scheduleConnector().startSource?.(rig.context);
  const wake = async (at: string): Promise<void> => {
    now = Date.parse(at);
    for (const timer of timers.splice(0)) {
      if (timer.at <= now) timer.run();
      else timers.push(timer);
    }
    await new Promise((resolve) => setImmediate(resolve));
  };
  await wake("2026-03-01T12:01:00Z");
  await wake("2026-03-01T15:30:20Z");
  await wake("2026-03-01T15:31:00Z");
  expect(rig.taken.map(({ meta }) => meta.firedAt)).toEqual(["2026-03-01T12:01:00.000Z", "2026-03-01T15:31:00.000Z"]);
  expect(rig.warnings).toHaveLength(1);
});
