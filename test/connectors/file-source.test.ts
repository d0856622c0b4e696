// Files on a real disk: what is read, what is set aside, what stays, and what is out of reach.

import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileConnector } from "../../connectors/file/connector.ts";
import type { JsonObject, JsonSchema } from "../../schema/json.ts";
import { type SourceRig, sourceRig } from "../rig/connector.ts";
import { until } from "../rig/wait.ts";

let folder = "";
let root = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vrsky-file-"));
  root = join(folder, "data");
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const quick = { every: 20, "stable-for": 30 };

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

async function running(rig: SourceRig, use: () => Promise<void>): Promise<void> {
  const source = await fileConnector({ dataDir: root }).startSource?.(rig.context);
  if (source === undefined) throw new Error("no source");
  try {
    await use();
  } finally {
    await source.stop();
  }
}

async function taken(settings: JsonObject, count: number, contract?: JsonSchema): Promise<SourceRig> {
  const rig = sourceRig({ settings: { ...quick, ...settings }, ...(contract === undefined ? {} : { contract }) });
  await running(rig, async () => {
    await until(`${count} are taken`, () => rig.taken.length + rig.refused.length >= count);
  });
  return rig;
}

const order = {
  type: "object",
  required: ["sku", "qty"],
  properties: { sku: { type: "string" }, qty: { type: "integer" }, paid: { type: "boolean" } },
};

test("csv: rows become typed records with the line where each starts", async () => {
  await put("in/a.csv", '\ufeffsku,qty,paid\r\na,1,true\r\n"b\nc",2,\r\n,3,FALSE');
  const rig = await taken({ path: "in/*.csv", format: "csv" }, 3, order);
  expect(rig.taken.map(({ value }) => value)).toEqual([
    { sku: "a", qty: 1, paid: true },
    { sku: "b\nc", qty: 2 },
    { sku: "", qty: 3, paid: false },
  ]);
  expect(rig.taken[0]?.meta).toEqual({ file: { name: "a.csv", path: "in/a.csv", line: 2 } });
  expect(new Set(rig.taken.map(({ id }) => id)).size).toBe(3);
});

test("csv: a row with too many columns is set aside, the others go on", async () => {
  await put("in/a.csv", "sku;qty\na;1\nb;2;3\nc;4\n");
  const settings = { ...quick, path: "in/*.csv", format: "csv", delimiter: ";", after: "delete" };
  const rig = sourceRig({ settings, contract: order });
  await running(rig, async () => {
    await until("the file is done", async () => !(await readdir(join(root, "in"))).includes("a.csv"));
  });
  expect(rig.taken.map(({ value }) => value)).toEqual([
    { sku: "a", qty: 1 },
    { sku: "c", qty: 4 },
  ]);
  const rejected = await readFile(join(root, "in/.rejected/a.csv.jsonl"), "utf8");
  expect(JSON.parse(rejected)).toMatchObject({ line: 3, record: "b;2;3" });
  expect(await readdir(join(root, "in"))).toEqual([".rejected"]);
});

test("csv: where quotes are wrong the file stays, and nothing behind is lost", async () => {
  await put("in/a.csv", 'sku,qty\na,1\n"b"x,2\nc,3\n');
  const rig = await taken({ path: "in/*.csv", format: "csv", after: "delete" }, 2, order);
  expect(rig.taken.map(({ value }) => value)).toEqual([{ sku: "a", qty: 1 }]);
  expect(rig.refused[0]?.reason).toMatch(/in\/a\.csv line 3: it is not CSV .*stays where it is/);
  expect(await readFile(join(root, "in/a.csv"), "utf8")).toContain("c,3");
});

test("jsonl: empty lines are skipped, broken ones set aside with their line, the last needs no line end", async () => {
  await put("a.jsonl", '{"n":1}\n\n  \r\n{"n":2\n{"n":3}');
  const rig = await taken({ path: "a.jsonl", format: "jsonl" }, 3);
  expect(rig.taken.map(({ value }) => value)).toEqual([{ n: 1 }, { n: 3 }]);
  expect(rig.taken.map(({ meta }) => (meta.file as JsonObject).line)).toEqual([1, 5]);
  expect(rig.refused).toMatchObject([{ kind: "invalid", reason: expect.stringContaining("a.jsonl line 4") }]);
});

test("lines: each is a text; what is not UTF-8 is set aside", async () => {
  await put(
    "a.log",
    Buffer.concat([Buffer.from("ein\u{1f600}\r\n"), Buffer.from([0xff, 0x0a]), Buffer.from("zwei\n")]),
  );
  const rig = await taken({ path: "*.log", format: "lines" }, 3);
  expect(rig.taken.map(({ value }) => value)).toEqual(["ein\u{1f600}", "zwei"]);
  expect(rig.refused[0]?.reason).toContain("line 2: it is not UTF-8");
});

test("json: the whole file is one message", async () => {
  await put("a.json", '{\n  "n": 1\n}\n');
  const rig = await taken({ path: "*.json", format: "json" }, 1);
  expect(rig.taken.map(({ value }) => value)).toEqual([{ n: 1 }]);
});

test("a record that is too long leaves its file where it is; those around it are taken", async () => {
  await put("a.jsonl", `{"n":1}\n${JSON.stringify("x".repeat(5_000))}\n{"n":2}\n`);
  const rig = await taken({ path: "a.jsonl", format: "jsonl", "max-record": 1_000, after: "delete" }, 3);
  expect(rig.taken.map(({ value }) => value)).toEqual([{ n: 1 }, { n: 2 }]);
  expect(rig.refused[0]?.reason).toContain("line 2: the record is longer than 1000 bytes");
  expect(await readdir(root)).toContain("a.jsonl");
});

test("an empty file, and one with a header only, yield nothing and are done", async () => {
  await put("in/empty.csv", "");
  await put("in/header.csv", "sku,qty\n");
  await put("in/z.csv", "sku,qty\na,1\n");
  const settings = { ...quick, path: "in/*.csv", format: "csv", after: "delete" };
  const rig = sourceRig({ settings, contract: order });
  await running(rig, async () => {
    await until("all are gone", async () => (await readdir(join(root, "in"))).length === 0);
  });
  expect(rig.taken).toHaveLength(1);
  expect(rig.refused).toEqual([]);
});

test("keep: a file is taken once, also after a restart; once it changes, again", async () => {
  await put("a.jsonl", '{"n":1}\n');
  const first = sourceRig({ settings: { ...quick, path: "a.jsonl", format: "jsonl" } });
  await running(first, async () => {
    await until("it is remembered", () => first.state.size === 1);
  });
  expect(first.taken).toHaveLength(1);
  const second = sourceRig({ settings: { ...quick, path: "a.jsonl", format: "jsonl" }, state: first.state });
  await running(second, async () => {
    await put("b.txt", "x");
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(second.taken).toEqual([]);
    await appendFile(join(root, "a.jsonl"), '{"n":2}\n');
    await until("the change is seen", () => second.taken.length === 2);
  });
});

test("move: nothing is overwritten at the new place", async () => {
  await put("done/a.jsonl", "older\n");
  await put("in/a.jsonl", '{"n":1}\n');
  const rig = sourceRig({ settings: { ...quick, path: "in/*.jsonl", format: "jsonl", after: { move: "done" } } });
  await running(rig, async () => {
    await until("it is moved", async () => (await readdir(join(root, "done"))).length === 2);
  });
  expect(await readFile(join(root, "done/a.jsonl"), "utf8")).toBe("older\n");
  expect(await readFile(join(root, "done/a.1.jsonl"), "utf8")).toBe('{"n":1}\n');
});

test("a worker that dies in mid-file leaves it there, and the next reads it with the same ids", async () => {
  await put("a.jsonl", Array.from({ length: 200 }, (_, n) => `{"n":${n}}`).join("\n"));
  const settings = { ...quick, path: "a.jsonl", format: "jsonl", after: "delete" };
  const first = sourceRig({ settings });
  let stored = 0;
  first.answer = () => {
    stored += 1;
    return stored <= 50
      ? { kind: "stored", id: "x", sequence: stored, duplicate: false }
      : new Promise(() => undefined);
  };
  void fileConnector({ dataDir: root }).startSource?.(first.context);
  await until("it is stuck in the middle", () => stored > 50);
  expect(await readdir(root)).toEqual(["a.jsonl"]);
  const second = sourceRig({ settings });
  await running(second, async () => {
    await until("the file is done", async () => (await readdir(root)).length === 0);
  });
  expect(second.taken).toHaveLength(200);
  expect(second.taken.slice(0, 50).map(({ id }) => id)).toEqual(first.taken.slice(0, 50).map(({ id }) => id));
});

test("while NATS is away a record waits, and the file with it", async () => {
  await put("a.jsonl", '{"n":1}\n{"n":2}\n');
  const rig = sourceRig({ settings: { ...quick, path: "a.jsonl", format: "jsonl", after: "delete" } });
  rig.answer = () => ({ kind: "unavailable", reason: "away", retryAfterSeconds: 0.02 });
  await running(rig, async () => {
    await until("it was tried again", () => rig.taken.length > 4);
    expect(await readdir(root)).toEqual(["a.jsonl"]);
    rig.answer = () => ({ kind: "stored", id: "x", sequence: 1, duplicate: false });
    await until("it is done", async () => (await readdir(root)).length === 0);
  });
});

test("records that do not fit the contract are set aside with the reason", async () => {
  await put("a.jsonl", '{"n":1}\n{"n":"x"}\n');
  const rig = sourceRig({ settings: { ...quick, path: "a.jsonl", format: "jsonl", after: "delete" } });
  rig.answer = ({ value }) =>
    (value as JsonObject).n === 1
      ? { kind: "stored", id: "x", sequence: 1, duplicate: false }
      : { kind: "invalid", issues: [{ path: "/n", message: "must be a number" }] };
  await running(rig, async () => {
    await until("the file is done", async () => !(await readdir(root)).includes("a.jsonl"));
  });
  const rejected = await readFile(join(root, ".rejected/a.jsonl.jsonl"), "utf8");
  expect(JSON.parse(rejected)).toEqual({ line: 2, why: "/n must be a number", record: { n: "x" } });
});

test("a file that is still being written is not taken", async () => {
  await put("a.jsonl", '{"n":1}\n');
  const rig = sourceRig({ settings: { every: 10, "stable-for": 400, path: "a.jsonl", format: "jsonl" } });
  await running(rig, async () => {
    for (let n = 2; n <= 6; n += 1) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      await appendFile(join(root, "a.jsonl"), `{"n":${n}}\n`);
    }
    await until("it is taken", () => rig.taken.length > 0);
    await until("and whole", () => rig.taken.length === 6);
  });
  expect(new Set(rig.taken.map(({ id }) => id)).size).toBe(6);
});

test("patterns: `*` and `?` within a name, `**` for folders; hidden names stay hidden", async () => {
  for (const path of ["a1.txt", "a22.txt", "x/a3.txt", "x/y/a4.txt", ".a5.txt", "x/.h/a6.txt", "b.txt"]) {
    await put(path, `${path}\n`);
  }
  const flat = await taken({ path: "a?.txt", format: "lines" }, 1);
  expect(flat.taken.map(({ value }) => value)).toEqual(["a1.txt"]);
  const deep = await taken({ path: "**/a*.txt", format: "lines" }, 4);
  expect(deep.taken.map(({ value }) => value).sort()).toEqual(["a1.txt", "a22.txt", "x/a3.txt", "x/y/a4.txt"]);
});

test("links that lead out of the data folder are not followed", async () => {
  await writeFile(join(folder, "secret.txt"), "secret\n");
  await mkdir(join(folder, "outside"));
  await writeFile(join(folder, "outside/b.txt"), "secret\n");
  await put("in/ok.txt", "fine\n");
  await symlink(join(folder, "secret.txt"), join(root, "in/a.txt"));
  await symlink(join(folder, "outside"), join(root, "in/folder"));
  const rig = await taken({ path: "in/**/*.txt", format: "lines" }, 2);
  expect(rig.taken.map(({ value }) => value)).toEqual(["fine"]);
  expect(rig.refused.map(({ reason }) => reason)).toEqual([expect.stringContaining("link out of the data directory")]);
});
