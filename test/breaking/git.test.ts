// `vrsky breaking` on real git repositories: a branch against main, a folder of the repository, a shallow clone, a
// worktree; and nothing is checked out for it.

import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { command } from "../rig/command.ts";
import { type GitRig, gitRig } from "../rig/git.ts";

const spec = `integration: orders
source: { http: { path: /orders }, contract: order@1 }
targets: { out: { nats: { subject: orders.out } } }
`;
const contract = (required: string): string =>
  `type: object\nrequired: [${required}]\nproperties: { id: { type: string }, note: { type: string } }\n`;

let rig: GitRig;
let clone = "";

beforeAll(async () => {
  rig = await gitRig({
    "flows/vrsky.yaml": "workspace: shop\nlanguage: 1\n",
    "flows/tenants/acme/orders.yaml": spec,
    "flows/contracts/order@1.yaml": contract("id"),
    "README.md": "the shop\n",
  });
  clone = join(rig.folder, "author");
  await writeFile(join(clone, "flows/contracts/order@1.yaml"), contract("id, note"));
});

afterAll(() => rig[Symbol.asyncDispose]());

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function breaking(cwd: string, ...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const env = { ...rig.env, NO_COLOR: "1", GITHUB_WORKSPACE: clone };
    const child = execFile(process.execPath, [...command, "breaking", ...args], { cwd, env }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

test("what would break is told with its place now and before, whom it breaks, and a message that shows it", async () => {
  const head = rig.git(clone, "rev-parse", "HEAD");
  const ran = await breaking(join(clone, "flows"), "--against", "origin/main");
  expect([ran.code, ran.out, ran.err]).toEqual([
    1,
    `field-required contract order@1: note: is required now
  at          contracts/order@1.yaml:3 (origin/main: contracts/order@1.yaml:3)
  breaks      whoever sends to it · acme/orders
  refused now {"id":"text"}
  instead     Make it optional (\`name?\`) and give it a default in a \`map\`.

`,
    "1 breaking change against origin/main\n",
  ]);
  // The working tree and where it stands are as they were.
  expect(rig.git(clone, "rev-parse", "HEAD")).toBe(head);
  expect(await readFile(join(clone, "flows/contracts/order@1.yaml"), "utf8")).toBe(contract("id, note"));
});

test("as JSON, as annotations and as a comment; what is allowed passes", async () => {
  const json = await breaking(clone, "flows", "--against", "HEAD", "--json");
  expect([json.code, JSON.parse(json.out)]).toMatchObject([
    1,
    {
      against: "HEAD",
      changes: [{ category: "field-required", witness: { message: { id: "text" }, fits: "before" } }],
      allowed: [],
    },
  ]);
  const github = await breaking(clone, "flows", "--against", "HEAD", "--format", "github");
  expect(github.out).toMatch(
    /^::error file=flows\/contracts\/order@1\.yaml,line=3,col=\d+,title=breaking against HEAD/,
  );
  const markdown = await breaking(clone, "flows", "--against", "HEAD", "--format", "markdown");
  expect(markdown.out).toContain("**1 breaking change**");
  const allowed = await breaking(clone, "flows", "--against", "HEAD", "--allow", "field-required");
  expect([allowed.code, allowed.err]).toEqual([0, "compatible: nothing breaks against HEAD (1 allowed)\n"]);
});

test("a worktree compares as its repository does", async () => {
  const tree = join(rig.folder, "tree");
  rig.git(clone, "worktree", "add", "--quiet", tree, "HEAD");
  expect(await breaking(join(tree, "flows"), "--against", "origin/main")).toMatchObject({
    code: 0,
    err: "compatible: nothing breaks against origin/main\n",
  });
});

test("a note is told and fails nothing", async () => {
  const tree = join(rig.folder, "noted");
  rig.git(clone, "worktree", "add", "--quiet", tree, "HEAD");
  await writeFile(join(tree, "flows/tenants/acme/orders.yaml"), `${spec}steps: [{ filter: '\${ body.id !== "" }' }]\n`);
  const ran = await breaking(join(tree, "flows"), "--against", "HEAD");
  expect([ran.code, ran.err]).toEqual([0, "compatible: nothing breaks against HEAD (1 to look at)\n"]);
  expect(ran.out).toContain("\n  concerns    whoever reads what it sends · acme/orders\n");
  const github = await breaking(tree, "flows", "--against", "HEAD", "--format", "github");
  expect(github.out).toMatch(/^::warning file=\S*tenants\/acme\/orders\.yaml,line=4/);
});

test("what cannot be compared says why, and what to do", async () => {
  const first = rig.git(clone, "rev-parse", "HEAD");
  await rig.push(await rig.clone("other"), { "README.md": "more\n" });
  rig.git(rig.folder, "clone", "--quiet", "--depth=1", `file://${join(rig.folder, "remote.git")}`, "shallow");
  const shallow = await breaking(join(rig.folder, "shallow/flows"), "--against", first);
  expect([shallow.code, shallow.err]).toEqual([64, expect.stringContaining(`git fetch --depth=1 origin ${first}`)]);
  const unknown = await breaking(join(clone, "flows"), "--against", "no-such-branch");
  expect([unknown.code, unknown.err]).toEqual([64, expect.stringContaining("git knows no commit `no-such-branch`")]);
  const category = await breaking(join(clone, "flows"), "--against", "HEAD", "--allow", "field-requird");
  expect([category.code, category.err]).toEqual([64, expect.stringContaining("Known are integration-removed")]);
  const option = await breaking(join(clone, "flows"), "--against=--output=x");
  expect(option.code).toBe(64);
});
