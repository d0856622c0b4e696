// A new workspace as people make it: in a new folder, in a repository, where something is in the way.

import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { compileFolder } from "../../cli/compile-workspace.ts";
import { initVerb } from "../../cli/verbs/init.ts";
import { command } from "../rig/command.ts";
import { gitRig } from "../rig/git.ts";
import { composite, type Done, playWorkflow, type Use } from "../rig/github-runner.ts";

let root = "";

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "vrsky-init-"));
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

function init(path: string, cwd = root) {
  let said = "";
  const err = (text: string): void => {
    said += text;
  };
  const still = { colorOut: false, colorErr: false, interactive: false };
  const code = initVerb(path, { ...still, out: err, err, env: {}, cwd });
  return { code, said };
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return paths.map((path) => path.slice(folder.length + 1)).sort();
}

const written = [
  ".github/workflows/vrsky.yml",
  ".gitignore",
  "README.md",
  "contracts/order@1.yaml",
  "tenants/acme/orders.tests.yaml",
  "tenants/acme/orders.yaml",
  "tenants/acme/tenant.yaml",
  "vrsky.yaml",
];
const isState = (path: string): boolean => path.startsWith(".vrsky/");

test("a folder that is not there: a workspace that compiles without a finding, and is the same the second time", async () => {
  const { code, said } = init("Mina flöden");
  expect([code, said]).toEqual([0, expect.stringContaining("cd 'Mina flöden'")]);
  expect(said).toMatch(/ dev +and, in another terminal:\n +curl -i http:\/\/127.0.0.1:8080\/acme\/orders/);
  const folder = join(root, "Mina flöden");
  const all = await filesIn(folder);
  expect(all.filter((path) => !isState(path))).toEqual(written);
  expect(await readFile(join(folder, "vrsky.yaml"), "utf8")).toContain("\nworkspace: mina-floden\n");
  const { diagnostics, emitted } = compileFolder(folder);
  expect(diagnostics).toEqual([]);
  expect(emitted?.bundles.map(({ bundle }) => bundle.integration)).toEqual(["orders"]);
  // What the first line of a spec names, for editors, is there.
  for (const path of written.filter((each) => each.endsWith(".yaml"))) {
    const [, schema = ""] =
      /^# yaml-language-server: \$schema=(\S+)$/m.exec(await readFile(join(folder, path), "utf8")) ?? [];
    expect(all).toContain(join(path, "..", schema));
  }
  expect(init("Mina flöden")).toEqual({ code: 0, said: expect.stringContaining("as it was: Mina flöden") });
  expect(await filesIn(folder)).toEqual(all);
});

test("a folder may be called whatever it likes: what is printed and written of its name is text", async () => {
  const name = `Ann's "$HOME" flows`;
  await mkdir(join(root, "odd/.git"), { recursive: true });
  const { said } = init(name, join(root, "odd"));
  const [, pasted = ""] = /^ +(cd .*)$/m.exec(said) ?? [];
  const where = spawnSync("bash", ["-c", `${pasted} && pwd`], { cwd: join(root, "odd"), encoding: "utf8" });
  expect(where.stdout).toBe(`${join(root, "odd", name)}\n`);
  const workflow = parse(await readFile(join(root, "odd/.github/workflows/vrsky-ann-s-home-flows.yml"), "utf8"));
  expect(workflow.defaults.run["working-directory"]).toBe(name);
  expect(init("-x").said).toContain("cd ./-x\n");
  expect(init("null").code).toBe(0);
  expect(compileFolder(join(root, "null")).diagnostics).toEqual([]);
});

test("in a repository: what is there stays, and the workflow lies where GitHub looks for it", async () => {
  const repository = join(root, "repository");
  await mkdir(join(repository, ".git"), { recursive: true });
  await writeFile(join(repository, "README.md"), "ours\n");
  await writeFile(join(repository, ".gitignore"), "dist/\n");
  const { code, said } = init(".", repository);
  expect(code).toBe(0);
  expect(said).toContain("kept: README.md was there before\n");
  expect(said).toContain("kept: .gitignore was there before; add the line .vrsky/ to it\n");
  expect(said).not.toContain("cd ");
  expect(await readFile(join(repository, "README.md"), "utf8")).toBe("ours\n");
  expect(await readFile(join(repository, ".gitignore"), "utf8")).toBe("dist/\n");

  const below = join(root, "larger");
  await mkdir(join(below, ".git"), { recursive: true });
  expect(init("services/flows", below).code).toBe(0);
  expect(await filesIn(below)).toContain(".github/workflows/vrsky-flows.yml");
  const workflow = await readFile(join(below, ".github/workflows/vrsky-flows.yml"), "utf8");
  expect(workflow).toContain('working-directory: "services/flows"');
  expect(await readFile(join(below, "services/flows/README.md"), "utf8")).toContain(
    "| `.github/workflows/vrsky-flows.yml` | checks each pull request |",
  );
});

test("nothing is written over: files of other content are listed, and nothing is made", async () => {
  const folder = join(root, "taken");
  await mkdir(join(folder, "tenants/acme"), { recursive: true });
  await writeFile(join(folder, "vrsky.yaml"), "workspace: taken\nlanguage: 1\n");
  await writeFile(join(folder, "tenants/acme/orders.yaml"), "# mine\n");
  const { code, said } = init("taken");
  expect([code, said]).toEqual([3, expect.stringContaining("2 files are there already")]);
  expect(said).toContain("\n    taken/vrsky.yaml\n    taken/tenants/acme/orders.yaml\n");
  expect(said).toContain("Nothing was written.");
  expect(await filesIn(folder)).toEqual(["tenants/acme/orders.yaml", "vrsky.yaml"]);
  expect(init("taken/tenants/inside")).toEqual({ code: 3, said: expect.stringContaining("lies in the workspace") });
  expect(init("taken/vrsky.yaml")).toEqual({ code: 3, said: expect.stringContaining("is a file") });
});

test("its cases pass and reach everything", () => {
  const folder = join(root, "cases");
  expect(init("cases").code).toBe(0);
  const tested = spawnSync(process.execPath, [...command, "test", folder, "--coverage-min", "100"], {
    encoding: "utf8",
  });
  expect([tested.status, tested.stdout]).toEqual([0, expect.stringContaining("3 cases: 3 passed")]);
});

test("what it writes is formatted and its workflow runs, in a folder of a repository; without a cluster there is no plan", async () => {
  await using rig = await gitRig({ "note.md": "a repository\n" });
  const author = join(rig.folder, "author");
  expect(init("flows", author).code).toBe(0);
  await rig.push(author, {}, "flows");
  const [bin = ""] = command;
  const fine: Done = { outcome: "success", outputs: {} };
  const uses = (name: string): Use => {
    if (name.startsWith("your-org/vrsky/")) return composite(action, { bin, "node-version": "" }, uses);
    return async (_, { workspace }) => {
      await cp(author, workspace, { recursive: true });
      return fine;
    };
  };
  const { check, plan } = await playWorkflow(join(author, ".github/workflows/vrsky-flows.yml"), {
    folder: rig.folder,
    env: { ...rig.env, NO_COLOR: "1" },
    github: { event_name: "push", event: {} },
    secrets: {},
    uses,
  });
  expect([check?.outcome, check?.log]).toEqual(["success", expect.stringContaining("3 cases: 3 passed")]);
  expect(plan?.outcome).toBe("skipped");
});

const action = new URL("../../.github/actions/vrsky", import.meta.url).pathname;
