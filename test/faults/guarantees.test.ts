// docs/guarantees.md against the tests: a promise whose test is gone, or has another name by now, is no promise.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { crashPoints } from "../../runtime/crash-point.ts";
import { scenarios } from "./list.ts";

const root = new URL("../../", import.meta.url);
const page = readFileSync(new URL("docs/guarantees.md", root), "utf8");
const [promises = "", rest = ""] = page.split("\n## The fault lab\n");
const links = [...page.matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[\w./-]+)\)/g)].map(([, name = "", path = ""]) => ({
  name,
  path,
}));

test("each promise names a test, and each test that is named exists", () => {
  const rows = promises.split("\n").filter((line) => /^\| (?!promise|\|)/.test(line));
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows) expect(row, "a promise without a test").toMatch(/\]\(\.\.\/test\//);
  const texts = new Map(links.map(({ path }) => [path, readFileSync(new URL(path, root), "utf8")]));
  const gone = links.filter(({ name, path }) => !path.endsWith(name) && !texts.get(path)?.includes(name));
  expect(gone).toEqual([]);
});

test("the page lists every scenario of the lab", () => {
  for (const { name } of scenarios) expect(rest).toContain(`| [${name}](`);
  expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
});

test("the long run makes what it must: 300 kills of workers, each crash point, 50 kills of the server", () => {
  const long = Object.fromEntries(scenarios.map(({ name, longFaults }) => [name, longFaults]));
  expect(long["worker-kill"]).toBeGreaterThanOrEqual(300);
  expect(long["server-kill"]).toBeGreaterThanOrEqual(50);
  expect((long["crash-points"] ?? 0) / crashPoints.length).toBeGreaterThanOrEqual(1);
  expect(Number.isInteger((long["crash-points"] ?? 0) / crashPoints.length)).toBe(true);
});
