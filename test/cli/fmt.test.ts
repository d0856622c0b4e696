// `vrsky fmt` as people run it: what it writes, what it only tells, and what it leaves alone.

import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { command } from "../rig/command.ts";

const wild =
  'integration:   a\nsource: { http: { path: /a }, contract: any }\ntargets: { out: { nats: { subject: "a" } } }\n';
const neat = wild.replace("integration:   a", "integration: a");
const cut = "map: { text: ${ body.x } }\n";
const broken = "when: !${ a }\nx:   1\n";

let root = "";
let at = "";

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "vrsky-fmt-"));
  at = join(root, "shop");
  await mkdir(join(at, "tenants/acme"), { recursive: true });
  for (const folder of ["node_modules/x", "deploy"]) await mkdir(join(at, folder), { recursive: true });
  await writeFile(join(at, "vrsky.yaml"), "workspace: shop\nlanguage: 1\n");
  await writeFile(join(at, "tenants/acme/a.yaml"), wild);
  for (const other of ["deploy/compose.yaml", "secrets.dev.yaml", "node_modules/x/a.yaml"])
    await writeFile(join(at, other), "a:   1\n");
});

afterAll(() => rm(root, { recursive: true, force: true }));

function fmt(args: readonly string[], input?: string) {
  const env = { ...process.env, NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [...command, "fmt", ...args], {
    cwd: at,
    env,
    encoding: "utf8",
    ...(input === undefined ? {} : { input }),
  });
  return { code: status, out: stdout, err: stderr };
}

test("--check and --diff write nothing, and say what would be; fmt writes it, and then there is nothing to do", async () => {
  const spec = join(at, "tenants/acme/a.yaml");
  expect(fmt(["--check"])).toEqual({
    code: 1,
    out: "tenants/acme/a.yaml\n",
    err: "1 of 2 files would be changed by `vrsky fmt`.\n",
  });
  const diff = fmt(["--diff"]);
  expect([diff.code, diff.out]).toEqual([0, expect.stringContaining("\n-integration:   a\n+integration: a\n")]);
  expect(await readFile(spec, "utf8")).toBe(wild);
  expect(fmt([])).toEqual({ code: 0, out: "tenants/acme/a.yaml\n", err: "formatted: 1 of 2 files changed\n" });
  expect(await readFile(spec, "utf8")).toBe(neat);
  // What is no spec is nobody's business here.
  expect(await readFile(join(at, "deploy/compose.yaml"), "utf8")).toBe("a:   1\n");
  const { mtimeMs } = await stat(spec);
  expect(fmt(["--check", "."])).toEqual({ code: 0, out: "", err: "formatted: 2 files\n" });
  expect(fmt([]).code).toBe(0);
  expect((await stat(spec)).mtimeMs).toBe(mtimeMs);
});

test("what no mend is certain for is told at its place and not touched; the other files are written all the same", async () => {
  const folder = join(root, "shop-broken");
  await cp(at, folder, { recursive: true });
  await writeFile(join(folder, "tenants/acme/a.yaml"), wild);
  await writeFile(join(folder, "tenants/acme/b.yaml"), broken);
  await writeFile(join(folder, "tenants/acme/c.yaml"), Buffer.from([0x61, 0x3a, 0x20, 0xff]));
  const ran = fmt([folder]);
  expect([ran.code, ran.out]).toEqual([1, expect.stringMatching(/a\.yaml\n$/)]);
  expect(ran.err).toMatch(/VRS1006[\s\S]*b\.yaml:1:7/);
  expect(ran.err).toMatch(/error: \S*c\.yaml cannot be read as UTF-8 text/);
  expect(await readFile(join(folder, "tenants/acme/a.yaml"), "utf8")).toBe(neat);
  expect(await readFile(join(folder, "tenants/acme/b.yaml"), "utf8")).toBe(broken);
  const json = fmt([folder, "--json"]);
  expect([json.code, JSON.parse(json.out)]).toMatchObject([
    1,
    { changed: [], unreadable: [expect.stringContaining("c.yaml")], diagnostics: [{ code: "VRS1006" }] },
  ]);
});

test("standard input, for editors: the text or nothing", () => {
  expect(fmt(["-"], cut)).toEqual({ code: 0, out: 'map: { text: "${ body.x }" }\n', err: "" });
  expect(fmt(["-", "--check"], cut).code).toBe(1);
  expect(fmt(["-"], broken)).toMatchObject({ code: 1, out: "", err: expect.stringContaining("VRS1006") });
});

test("what is not there, what is no workspace, and two things at once", () => {
  expect(fmt(["nowhere"])).toMatchObject({ code: 1, err: expect.stringContaining("nowhere is not there.") });
  expect(fmt(["/dev"])).toMatchObject({
    code: 1,
    err: expect.stringContaining("is no workspace and lies in none."),
  });
  expect(fmt(["-", "."])).toMatchObject({ code: 64, err: expect.stringContaining("stands alone") });
});
