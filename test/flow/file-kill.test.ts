// A worker killed for real inside a file: no record is lost, a file that is written once is written once, and what stands
// twice in a file that grows is what was in hand when the worker died.

import { access, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { compileTexts } from "../rig/compile.ts";
import { ended, killable } from "../rig/killable.ts";
import { until } from "../rig/wait.ts";

const count = 24_000;

const workspace = {
  "vrsky.yaml": "workspace: files\nlanguage: 1\n",
  "tenants/acme/a.yaml": `integration: rows
source:
  file: { path: "in/*.csv", format: csv, every: 50ms, stable-for: 50ms, after: delete }
  contract: { n: integer, text: string }
steps: [{ filter: "\${ body.n % 40 === 0 }" }]
targets:
  grows: { file: { path: out/rows.jsonl, format: jsonl } }
  each: { file: { path: "each/\${ body.n }.json", format: json }, when: "\${ body.n % 400 === 0 }" }
`,
};

test("kill -9 of the worker inside a file, twice: nothing is lost", async () => {
  await using stage = await killable(compileTexts(workspace));
  const data = stage.dataDir;
  const file = join(data, "in/rows.csv");
  const rows = Array.from({ length: count }, (_, n) => `${n},"a ""text""\nof two lines"\n`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(join(data, "in/.rows"), `n,text\n${rows.join("")}`);
  await rename(join(data, "in/.rows"), file);

  const stored = async (): Promise<number> => {
    const info = await stage.connection("acme").request("$JS.API.STREAM.INFO.IN_rows");
    return Number(info.json<{ state: { last_seq: number } }>().state.last_seq);
  };
  const lines = async (): Promise<readonly number[]> =>
    (await readFile(join(data, "out/rows.jsonl"), "utf8").catch(() => ""))
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line).n);

  let worker = stage.start();
  for (const taken of [4_000, 8_000]) {
    await until(`${taken} records are stored`, async () => (await stored()) >= taken, 60_000);
    await ended(worker);
    // It died inside the file.
    await access(file);
    expect(await stored()).toBeLessThan(count);
    worker = stage.start();
  }
  const wanted = Array.from({ length: count / 40 }, (_, n) => n * 40);
  await until("all are there", async () => new Set(await lines()).size >= wanted.length, 90_000);
  const each = wanted.filter((n) => n % 400 === 0).map((n) => `${n}.json`);
  await until("each has its file", async () => (await readdir(join(data, "each"))).length >= each.length, 60_000);
  await until("the file is gone", async () => (await readdir(join(data, "in"))).length === 0, 60_000);
  expect([...new Set(await lines())].sort((a, b) => a - b)).toEqual(wanted);
  expect((await readdir(join(data, "each"))).filter((name) => !name.startsWith(".")).sort()).toEqual(each.sort());
  // At each kill 64 messages at most were in hand at a target.
  expect((await lines()).length).toBeLessThanOrEqual(wanted.length + 2 * 64);
  // What was read again was known: the intake holds each record once.
  expect(await stored()).toBe(count);
}, 240_000);
