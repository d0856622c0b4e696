// The verbs that help an author write, in processes of their own: infer, validate --fix and explain.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { command } from "../rig/command.ts";

let folder = "";

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function vrsky(args: readonly string[], input = ""): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...command, ...args],
      { cwd: folder, env: { ...process.env, NO_COLOR: "1" } },
      (_error, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
    );
    child.stdin?.end(input);
  });
}

const spec = (step: string): string => `integration: orders # of the shop
source: { http: { path: /orders }, contract: { id: string, total: number } }
steps:
  - ${step}
targets: { out: { nats: { subject: orders.out } } }
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vrsky-authors-"));
  await mkdir(join(folder, "tenants/acme"), { recursive: true });
  await writeFile(join(folder, "vrsky.yaml"), "workspace: w\nlanguage: 1\n");
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test("infer writes a contract from samples on its input, which compiles; what is no JSON is said with its line", async () => {
  const samples = '{"id":"a","total":1.5,"note":null}\n{"id":"b","total":2,"lines":[{"sku":"x"}]}\n';
  const short = await vrsky(["infer", "--short"], samples);
  expect([short.code, short.out]).toEqual([0, expect.stringContaining("id: string")]);
  const file = join(folder, "contracts/order@1.json");
  const long = await vrsky(["contract", "infer", "--out", file], samples);
  expect(long.code).toBe(0);
  expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ type: "object", required: ["id", "total"] });
  const again = await vrsky(["infer", "--out", file], samples);
  expect([again.code === 0, again.err]).toEqual([false, expect.stringContaining("--force")]);
  await writeFile(
    join(folder, "tenants/acme/orders.yaml"),
    spec("filter: ${ body.total > 1 }").replace("{ id: string, total: number }", "order@1"),
  );
  expect(await vrsky(["validate", "."])).toMatchObject({ code: 0 });
  const broken = await vrsky(["infer"], '{"id":1}\n{"id":\n');
  expect(broken.code).not.toBe(0);
  expect(broken.err).toContain("standard input:2:7 is not JSON");
  expect(broken.err).not.toContain("    at ");
});

test("validate --fix --diff shows the mend and changes nothing; --fix writes it and keeps the rest of the file", async () => {
  const file = join(folder, "tenants/acme/orders.yaml");
  const wrong = spec("map: { id: ${ body.idd } }");
  await writeFile(file, wrong);
  const shown = await vrsky(["validate", ".", "--fix", "--diff"]);
  expect(shown.code).toBe(1);
  expect(shown.err).toContain('+   - map: { id: "${ body.idd }" }');
  expect(await readFile(file, "utf8")).toBe(wrong);
  // One mend shows the next.
  const mended = await vrsky(["validate", ".", "--fix"]);
  expect(mended).toMatchObject({ code: 0, err: expect.stringContaining("Mended 2 places.") });
  expect(await readFile(file, "utf8")).toBe(spec('map: { id: "${ body.id }" }'));
});

test("explain tells a code with its examples, and the type at a place", async () => {
  const code = await vrsky(["explain", "VRS4003"]);
  expect(code.out).toMatch(/Value that may be missing[\s\S]*wrong[\s\S]*right/);
  expect(JSON.parse((await vrsky(["explain", "vrs4003", "--json"])).out)).toMatchObject({
    code: "VRS4003",
    bad: expect.stringContaining("body.email"),
  });
  await writeFile(join(folder, "tenants/acme/orders.yaml"), spec("filter: ${ body.total > 1 }"));
  expect((await vrsky(["explain", "tenants/acme/orders.yaml:4:21"])).out).toContain("body.total: number");
  const nothing = await vrsky(["explain", "tenants/acme/orders.yaml:1:1"]);
  expect([nothing.code, nothing.err]).toEqual([1, expect.stringContaining("Nothing has a type")]);
});
