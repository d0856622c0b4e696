// A restart inside a file goes on where everything before is stored; a file that changes, cannot be put away or lies on
// a place that goes away loses nothing.

import { appendFile, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileConnector } from "../../connectors/file/connector.ts";
import { localPlace } from "../../connectors/file/local-place.ts";
import { placeError } from "../../connectors/file/place.ts";
import { startReading } from "../../connectors/file/source.ts";
import type { Accepted, Incoming } from "../../schema/connector.ts";
import type { JsonObject } from "../../schema/json.ts";
import { manualClock } from "../rig/clock.ts";
import { type SourceRig, sourceRig } from "../rig/connector.ts";
import { until } from "../rig/wait.ts";

let root = "";

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "vrsky-resume-"));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const quick = { every: 20, "stable-for": 30 };
const stored: Accepted = { kind: "stored", id: "x", sequence: 1, duplicate: false };

async function running(rig: SourceRig, use: () => Promise<void>): Promise<void> {
  const source = await fileConnector({ dataDir: root }).startSource?.(rig.context);
  if (source === undefined) throw new Error("no source");
  try {
    await use();
  } finally {
    rig.end();
    await source.stop();
  }
}

/** A worker that is killed when a message comes for which this says so: nothing that comes after is done. */
async function killedAt(rig: SourceRig, dies: (message: Incoming) => boolean): Promise<Killed> {
  let release: (answer: Accepted) => void = () => undefined;
  let dead = false;
  const kept: Incoming[] = [];
  rig.answer = (message) => {
    if (dies(message)) {
      dead = true;
      return new Promise((resolve) => {
        release = resolve;
      });
    }
    kept.push(message);
    return stored;
  };
  const source = await fileConnector({ dataDir: root }).startSource?.(rig.context);
  await until("it stands inside the file", () => dead);
  return {
    kept,
    state: new Map(rig.state),
    bury: async () => {
      rig.end();
      release({ kind: "unavailable", reason: "dead", retryAfterSeconds: 0 });
      await source?.stop();
    },
  };
}

interface Killed {
  readonly kept: readonly Incoming[];
  readonly state: SourceRig["state"];
  /** Lets go of what it had open. */
  bury(): Promise<void>;
}

const numbers = (rig: readonly Incoming[]): readonly number[] =>
  rig.map(({ value }) => Number((value as JsonObject).n));

const count = 12_000;
const rows = Array.from({ length: count }, (_, n) => n);
const formats: readonly (readonly [string, JsonObject, () => string | Uint8Array])[] = [
  ["a.csv", { format: "csv" }, () => `n,text\n${rows.map((n) => `${n},"x\ny"\n`).join("")}`],
  ["a.jsonl", { format: "jsonl" }, () => rows.map((n) => `{"n":${n}}\n`).join("")],
  ["a.jsonl.gz", { format: "jsonl" }, () => gzipSync(rows.map((n) => `{"n":${n}}\n`).join(""))],
  ["a.json", { format: "json", items: "/d/*" }, () => JSON.stringify({ d: rows.map((n) => ({ n })) })],
  ["a.xml", { format: "xml", items: "/d/r" }, () => `<d>${rows.map((n) => `<r><n>${n}</n></r>`).join("")}</d>`],
];

test.each(formats)(
  "%s: killed inside the file, it goes on there; every record is stored, none is left out",
  async (name, settings, content) => {
    await writeFile(join(root, name), content());
    const all = { ...quick, path: name, after: "delete", ...settings };
    const died = 7_777;
    let offered = 0;
    const first = await killedAt(sourceRig({ settings: all }), () => offered++ === died);
    const second = sourceRig({ settings: all, state: first.state });
    await running(second, async () => {
      await until("the file is done", async () => (await readdir(root)).length === 0);
    });
    await first.bury();
    const { kept } = first;
    const again = second.taken.length + died - count;
    expect(again).toBeGreaterThan(0);
    expect(again).toBeLessThan(died);
    expect([...new Set([...numbers(kept), ...numbers(second.taken)])].sort((a, b) => a - b)).toEqual(rows);
    // In the file's order, and what comes again has the id that it had.
    expect(numbers(second.taken)).toEqual(rows.slice(count - second.taken.length));
    const ids = new Map(kept.map(({ value, id }) => [Number((value as JsonObject).n), id]));
    for (const { value, id } of second.taken.slice(0, again)) expect(id).toBe(ids.get(Number((value as JsonObject).n)));
    expect(new Set(second.taken.map(({ id }) => id)).size).toBe(second.taken.length);
  },
);

test("stopped in order, the next begins with the very next record", async () => {
  await writeFile(join(root, "a.jsonl"), rows.map((n) => `{"n":${n}}\n`).join(""));
  const settings = { ...quick, path: "a.jsonl", format: "jsonl" };
  const first = sourceRig({ settings });
  first.answer = ({ value }) =>
    Number((value as JsonObject).n) < 700 ? stored : { kind: "unavailable", reason: "away", retryAfterSeconds: 60 };
  await running(first, async () => {
    await until("the intake is away", () => first.taken.length > 700);
  });
  const second = sourceRig({ settings, state: first.state });
  await running(second, async () => {
    await until("all are stored", () => second.taken.length === count - 700);
  });
  expect(numbers(second.taken)[0]).toBe(700);
});

test("a record that is too long is not forgotten by a restart: the file stays where it is", async () => {
  const big = `{"n":"${"x".repeat(2_000)}"}\n`;
  await writeFile(join(root, "a.jsonl"), `${big}${rows.map((n) => `{"n":${n}}\n`).join("")}`);
  const settings = { ...quick, path: "a.jsonl", format: "jsonl", after: "delete", "max-record": 1_000 };
  const first = await killedAt(sourceRig({ settings }), ({ value }) => Number((value as JsonObject).n) === 9_000);
  const second = sourceRig({ settings, state: first.state });
  await running(second, async () => {
    await until("the rest is stored", () => numbers(second.taken).at(-1) === count - 1);
    await until("it is remembered", () => second.state.has("a.jsonl"));
  });
  await first.bury();
  expect(await readdir(root)).toEqual(["a.jsonl"]);
});

test("what is written on while it is read is read again, not deleted", async () => {
  const path = join(root, "a.jsonl");
  await writeFile(path, '{"n":0}\n{"n":');
  const rig = sourceRig({ settings: { ...quick, path: "a.jsonl", format: "jsonl", after: "delete" } });
  let grown = false;
  rig.answer = async () => {
    if (!grown) {
      grown = true;
      await appendFile(path, "1}\n");
    }
    return stored;
  };
  await running(rig, async () => {
    await until("the file is done", async () => !(await readdir(root)).includes("a.jsonl"));
  });
  expect(numbers(rig.taken).filter((n) => n === 1)).toEqual([1]);
});

test("a file that cannot be put away is not read once more, also after a restart", async () => {
  const path = join(root, "a.jsonl");
  await writeFile(path, '{"n":0}\n');
  const settings = { ...quick, path: "a.jsonl", format: "jsonl", after: "delete" };
  const state: SourceRig["state"] = new Map();
  const place = await localPlace(root);
  let refusals = 0;
  const locked = {
    ...place,
    remove: async () => {
      refusals += 1;
      throw placeError("unavailable", "EACCES");
    },
  };
  for (const times of [1, 2]) {
    const rig = sourceRig({ settings, state });
    const source = startReading(rig.context, locked);
    await until("it was tried", () => refusals === times);
    await until("it says so", () => rig.warnings.some((text) => text.includes("EACCES")));
    rig.end();
    await source.stop();
    expect(rig.taken).toHaveLength(times === 1 ? 1 : 0);
  }
  const last = sourceRig({ settings, state });
  await running(last, async () => {
    await until("the file is gone", async () => (await readdir(root)).length === 0);
  });
  expect(last.taken).toEqual([]);
});

test("a place that cannot be reached is told to the runtime", async () => {
  const place = await localPlace(root);
  const away = { ...place, list: () => Promise.reject(placeError("disconnected", "ECONNREFUSED")) };
  const rig = sourceRig({ settings: { ...quick, path: "*.jsonl", format: "jsonl" } });
  const source = startReading(rig.context, away);
  await until("it is told", () => rig.failures.length > 0);
  expect(rig.failures[0]).toEqual({ kind: "disconnected", reason: "ECONNREFUSED" });
  await source.stop();
});

test("a gzip file that is cut short stays where it is, and what it held up to there is stored", async () => {
  const packed = gzipSync(rows.map((n) => `{"n":${n}}\n`).join(""));
  await writeFile(join(root, "a.jsonl.gz"), packed.subarray(0, packed.length - 100));
  const rig = sourceRig({ settings: { ...quick, path: "*.gz", format: "jsonl", after: "delete" } });
  await running(rig, async () => {
    await until("it is refused", () => rig.refused.length > 0);
    await until("it is remembered", () => rig.state.has("a.jsonl.gz"));
  });
  expect(rig.refused[0]?.reason).toMatch(/its end is missing; the file stays where it is/);
  expect(await readdir(root)).toEqual(["a.jsonl.gz"]);
});

test("many bad rows are set aside together, in their order", async () => {
  await writeFile(join(root, "a.jsonl"), rows.map((n) => (n % 2 === 0 ? `{"n":${n}}\n` : `{${n}\n`)).join(""));
  const rig = sourceRig({ settings: { ...quick, path: "a.jsonl", format: "jsonl", after: "delete" } });
  await running(rig, async () => {
    await until("the file is done", async () => !(await readdir(root)).includes("a.jsonl"));
  });
  const aside = (await readFile(join(root, ".rejected/a.jsonl.jsonl"), "utf8")).trim().split("\n");
  expect(aside.map((line) => JSON.parse(line).line)).toEqual(rows.filter((n) => n % 2 === 1).map((n) => n + 1));
  expect(numbers(rig.taken)).toEqual(rows.filter((n) => n % 2 === 0));
});

test("cron: files are taken when its time has come, and not before", async () => {
  await writeFile(join(root, "a.jsonl"), '{"n":0}\n');
  const clock = manualClock(Date.parse("2026-03-01T00:30:00Z"));
  const settings = {
    path: "a.jsonl",
    format: "jsonl",
    cron: "0 3 * * *",
    timezone: "Europe/Oslo",
    "stable-for": 1_000,
  };
  const rig = sourceRig({ settings, clock });
  await running(rig, async () => {
    await clock.advance(89 * 60_000);
    expect(rig.taken).toEqual([]);
    await until("it is taken", async () => {
      await clock.advance(1_000);
      return rig.taken.length === 1;
    });
    expect(clock.now()).toBeGreaterThan(Date.parse("2026-03-01T02:00:00Z"));
  });
});

test("a file whose time lies in the future is a file", async () => {
  await writeFile(join(root, "a.jsonl"), '{"n":0}\n');
  await utimes(join(root, "a.jsonl"), new Date("2099-01-01"), new Date("2099-01-01"));
  expect((await stat(join(root, "a.jsonl"))).mtimeMs).toBeGreaterThan(Date.now());
  const rig = sourceRig({ settings: { ...quick, path: "a.jsonl", format: "jsonl" } });
  await running(rig, async () => {
    await until("it is taken", () => rig.taken.length === 1);
  });
});
