// Messages in files on a real disk: what stands there, what is never overwritten, what is out of reach.

import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openFileTarget } from "../../connectors/file/target.ts";
import type { JsonObject } from "../../schema/json.ts";
import { manualClock } from "../rig/clock.ts";
import { delivery, targetContext } from "../rig/connector.ts";

let folder = "";
let root = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vrsky-file-"));
  root = join(folder, "data");
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const target = (settings: JsonObject) => openFileTarget(targetContext(settings), root);
const text = (path: string) => readFile(join(root, path), "utf8");

test("append: one line of JSON per message, all of them, whole, under load", async () => {
  const out = await target({ format: "jsonl" });
  const numbers = Array.from({ length: 500 }, (_, n) => n);
  const results = await Promise.all(
    numbers.map((n) => out.deliver(delivery({ path: `out/${n % 3}.jsonl` }, { n, text: "line\nbreak" }))),
  );
  expect(results.every(({ kind }) => kind === "delivered")).toBe(true);
  const lines = (await Promise.all([0, 1, 2].map((n) => text(`out/${n}.jsonl`)))).join("").trim().split("\n");
  expect(lines.map((line) => JSON.parse(line).n).sort((a, b) => a - b)).toEqual(numbers);
});

test("append: half a line that a crash left does not swallow the next", async () => {
  await mkdir(root, { recursive: true });
  await writeFile(join(root, "a.jsonl"), '{"n":1}\n{"n":');
  await (await target({ format: "jsonl" })).deliver(delivery({ path: "a.jsonl" }, { n: 2 }));
  expect(await text("a.jsonl")).toBe('{"n":1}\n{"n":\n{"n":2}\n');
});

test("lines: the body is one line of text; what is none is invalid", async () => {
  const out = await target({ format: "lines" });
  expect(await out.deliver(delivery({ path: "a.txt" }, "hej"))).toMatchObject({ kind: "delivered" });
  for (const body of ["two\nlines", { a: 1 }, 7]) {
    expect(await out.deliver(delivery({ path: "a.txt" }, body))).toMatchObject({
      kind: "permanent",
      failure: { class: "invalid" },
    });
  }
  expect(await text("a.txt")).toBe("hej\n");
});

test("json: a file for each message; the same again is done, another's is never overwritten", async () => {
  const out = await target({ format: "json" });
  expect(await out.deliver(delivery({ path: "a.json" }, { n: 1 }))).toMatchObject({ kind: "delivered" });
  expect(await out.deliver(delivery({ path: "a.json" }, { n: 1 }, { attempt: 2 }))).toMatchObject({
    kind: "delivered",
  });
  expect(await out.deliver(delivery({ path: "a.json" }, { n: 2 }))).toMatchObject({
    kind: "permanent",
    failure: { class: "rejected" },
  });
  expect(JSON.parse(await text("a.json"))).toEqual({ n: 1 });
  expect(await readdir(root)).toEqual(["a.json"]);
});

test.each(["../a", "x/../../a", "/../a", "a\u0000b", ""])("a path of %j is refused for good", async (path) => {
  const out = await target({ format: "jsonl" });
  const result = await out.deliver(delivery({ path }, {}));
  expect(["permanent", "transient"]).toContain(result.kind);
  expect(await readdir(folder)).toEqual(["data"]);
});

test("links that lead out of the data folder are not written through", async () => {
  const outside = join(folder, "outside");
  await mkdir(outside);
  await mkdir(root);
  await writeFile(join(outside, "b"), "before");
  await symlink(outside, join(root, "folder"));
  await symlink(join(outside, "b"), join(root, "b"));
  const out = await target({ format: "jsonl" });
  for (const path of ["folder/a", "b", "folder/b"]) {
    expect(await out.deliver(delivery({ path }, {}))).toMatchObject({ kind: "permanent" });
  }
  expect(await readdir(outside)).toEqual(["b"]);
  expect(await readFile(join(outside, "b"), "utf8")).toBe("before");
});

test("a name that cannot be one is for good; a disk that refuses is for now", async () => {
  const out = await target({ format: "jsonl" });
  expect(await out.deliver(delivery({ path: `${"x".repeat(300)}.jsonl` }, {}))).toMatchObject({ kind: "permanent" });
  await mkdir(join(root, "dir.jsonl"));
  expect(await out.deliver(delivery({ path: "dir.jsonl" }, {}))).toMatchObject({ kind: "permanent" });
  if (process.getuid?.() === 0) return;
  await mkdir(join(root, "locked"));
  await chmod(join(root, "locked"), 0o500);
  expect(await out.deliver(delivery({ path: "locked/a.jsonl" }, {}))).toMatchObject({ kind: "transient" });
});

const batch = { id: "5f2c", count: 2, ids: ["m-1", "m-2"] };

test("a batch is a file of its own where the path holds its id, and is not written twice", async () => {
  const list = [{ n: 1 }, { n: 2 }];
  const wanted: readonly (readonly [JsonObject, string])[] = [
    [{ format: "jsonl" }, '{"n":1}\n{"n":2}\n'],
    [{ format: "csv", columns: ["n"] }, "n\n1\n2\n"],
    [{ format: "json" }, `${JSON.stringify(list, null, 2)}\n`],
  ];
  for (const [settings, content] of wanted) {
    const path = `out/5f2c.${String(settings.format)}`;
    for (const compress of [{}, { compress: "gzip" }]) {
      const out = await target({ ...settings, ...compress });
      const at = "compress" in compress ? `${path}.gz` : path;
      expect(await out.deliver(delivery({ path: at }, list, { batch }))).toEqual({ kind: "delivered" });
      // The same messages, in another order: the file stays as it is.
      const again = await out.deliver(delivery({ path: at }, [...list].reverse(), { batch }));
      expect(again).toMatchObject({ kind: "delivered", detail: "it was there already" });
      const bytes = await readFile(join(root, at));
      expect(("compress" in compress ? gunzipSync(bytes) : bytes).toString("utf8")).toBe(content);
    }
  }
  expect((await readdir(join(root, "out"))).length).toBe(6);
});

test("a batch without its id in the path is appended; one bad row refuses all of it", async () => {
  const out = await target({ format: "lines" });
  expect(await out.deliver(delivery({ path: "a.txt" }, ["a", "b"], { batch }))).toMatchObject({ kind: "delivered" });
  expect(await out.deliver(delivery({ path: "a.txt" }, ["c", 7], { batch }))).toMatchObject({ kind: "permanent" });
  expect(await out.deliver(delivery({ path: "a.txt" }, ["d"], { batch }))).toMatchObject({ kind: "delivered" });
  expect(await text("a.txt")).toBe("a\nb\nd\n");
  const packed = await target({ format: "lines", compress: "gzip" });
  expect(await packed.deliver(delivery({ path: "b.txt.gz" }, ["a"], { batch }))).toMatchObject({ kind: "permanent" });
});

describe("rotation: a file is put aside before it grows too far, and none is lost", () => {
  const day = Date.parse("2026-03-01T12:30:00Z");
  const rotating = (settings: JsonObject, clock = manualClock(day)) =>
    openFileTarget(targetContext({ format: "csv", columns: ["n"], ...settings }, clock), root);
  const all = async (): Promise<readonly (readonly string[])[]> => {
    const names = (await readdir(root)).sort();
    return await Promise.all(names.map(async (name) => [name, await text(name)]));
  };

  test("by lines: exactly so many in each, also when many are written at once, and after a restart", async () => {
    for (const start of [0, 25]) {
      const out = await rotating({ rotate: { count: 10 } });
      const numbers = Array.from({ length: 25 }, (_, n) => start + n);
      await Promise.all(numbers.map((n) => out.deliver(delivery({ path: "a.csv" }, { n }))));
      await out.close();
    }
    const files = await all();
    expect(files.map(([name]) => name)).toEqual([
      "a.20260301T123000Z-1.csv",
      "a.20260301T123000Z-2.csv",
      "a.20260301T123000Z-3.csv",
      "a.20260301T123000Z.csv",
      "a.csv",
    ]);
    const lines = files.map(([, content = ""]) => content.trim().split("\n"));
    expect(lines.every(([header, ...rows]) => header === "n" && rows.length === 10)).toBe(true);
    expect(new Set(lines.flat().filter((line) => line !== "n")).size).toBe(50);
  });

  test("by size: no file is larger, unless one message is", async () => {
    const out = await rotating({ rotate: { size: 12 } });
    for (const n of [1000, 1001, 1002, 10_000_000_000_000]) await out.deliver(delivery({ path: "a.csv" }, { n }));
    expect((await all()).map(([, content]) => content)).toEqual([
      "n\n1002\n",
      "n\n1000\n1001\n",
      "n\n10000000000000\n",
    ]);
  });

  test("by time: a new span of time is a new file", async () => {
    const clock = manualClock(Date.now());
    const out = await rotating({ rotate: { every: 3_600_000 } }, clock);
    await out.deliver(delivery({ path: "a.csv" }, { n: 1 }));
    await out.deliver(delivery({ path: "a.csv" }, { n: 2 }));
    clock.move(2 * 3_600_000);
    await out.deliver(delivery({ path: "a.csv" }, { n: 3 }));
    expect((await all()).map(([, content]) => content)).toEqual(["n\n1\n2\n", "n\n3\n"]);
  });
});
