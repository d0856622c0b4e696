// What the command line says to GitHub: annotations at the repository's paths, and a step's summary.

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Io } from "../../cli/io.ts";
import { addStepSummary } from "../../cli/step-summary.ts";
import { validate } from "../../cli/verbs/validate.ts";
import type { Plan } from "../../schema/plan.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vrsky-github-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function talk(env: Readonly<Record<string, string>>, cwd = folder): { readonly io: Io; readonly said: string[] } {
  const said: string[] = [];
  const take = (text: string): void => void said.push(text);
  return { said, io: { out: take, err: take, colorOut: false, colorErr: false, interactive: false, env, cwd } };
}

const plan: Plan = {
  workspace: "shop",
  revision: 0,
  changes: [],
  drift: [],
  leftovers: [],
  quotas: [],
  intakes: [],
  contracts: [],
  rollouts: [],
  hash: "abc",
};

test("annotations name files from the repository's root, wherever the command runs", async () => {
  await mkdir(join(folder, "flows/shop"), { recursive: true });
  await writeFile(join(folder, "flows/shop/vrsky.yaml"), "workspace: shop\nlanguage: 1\ncontext: {}\n");
  const annotation = "::error file=flows/shop/vrsky.yaml,line=3,";
  const fromRoot = talk({});
  expect(validate("flows/shop", { format: "github", cache: false }, fromRoot.io)).toBe(1);
  expect(fromRoot.said.join("")).toContain(annotation);
  const fromBelow = talk({ GITHUB_WORKSPACE: folder }, join(folder, "flows"));
  validate("shop", { format: "github", cache: false }, fromBelow.io);
  expect(fromBelow.said.join("")).toContain(annotation);
});

test("code scanning finds files from the repository's root, as URIs", async () => {
  await mkdir(join(folder, "flows/my shop"), { recursive: true });
  await writeFile(join(folder, "flows/my shop/vrsky.yaml"), "workspace: shop\nlanguage: 1\ncontext: {}\n");
  const { io, said } = talk({});
  validate("flows/my shop", { format: "sarif", cache: false }, io);
  const { runs } = JSON.parse(said.join("")) as { runs: { results: { locations: object[] }[] }[] };
  expect(runs[0]?.results[0]?.locations).toEqual([
    {
      physicalLocation: {
        artifactLocation: { uri: "flows/my%20shop/vrsky.yaml" },
        region: expect.objectContaining({ startLine: 3, startColumn: 1 }),
      },
    },
  ]);
});

test("a summary is appended to what the step has said before, and stays below GitHub's limit", async () => {
  const file = join(folder, "summary.md");
  await writeFile(file, "before\n");
  const { io, said } = talk({ GITHUB_STEP_SUMMARY: file });
  addStepSummary(plan, { context: "prod" }, io);
  const text = await readFile(file, "utf8");
  expect(text.startsWith("before\n### VRSky plan: `shop` in `prod`\n")).toBe(true);
  const changes = Array.from({ length: 20_000 }, (_, index) => ({
    action: "create" as const,
    kind: "stream" as const,
    tenant: "acme",
    name: `IN_${index}`,
    consequence: { kind: "safe" as const },
    fields: [],
  }));
  for (const context of ["one", "two", "three"]) addStepSummary({ ...plan, changes }, { context }, io);
  const all = await readFile(file, "utf8");
  expect(Buffer.byteLength(all)).toBeLessThan(1024 ** 2);
  expect(all).toContain("in `three`");
  expect(said).toEqual([]);
});

test("a summary that cannot be written is a warning", () => {
  const { io, said } = talk({ GITHUB_STEP_SUMMARY: join(folder, "missing/summary.md") });
  addStepSummary(plan, { context: "prod" }, io);
  expect(said.join("")).toContain("cannot be written (ENOENT)");
});
