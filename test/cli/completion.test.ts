// Completion in real shells: bash is asked as it asks when Tab is pressed, zsh and fish where the machine has them.

import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { complete } from "../../cli/completion/complete.ts";
import { namesBelow } from "../../cli/completion/names.ts";
import { completionScripts, shells } from "../../cli/completion/scripts.ts";
import { vrskyProgram } from "../../cli/program.ts";
import { command } from "../rig/command.ts";
import { hasProgram } from "../rig/debian.ts";

let folder = "";
let env: NodeJS.ProcessEnv = {};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "vrsky-completion-"));
  const bin = join(folder, "bin");
  for (const each of [bin, join(folder, "w/tenants/acme"), join(folder, "w/tenants/globex")])
    mkdirSync(each, { recursive: true });
  writeFileSync(join(bin, "vrsky"), `#!/bin/sh\nexec '${process.execPath}' '${command[0]}' "$@"\n`);
  chmodSync(join(bin, "vrsky"), 0o755);
  writeFileSync(
    join(folder, "w/vrsky.yaml"),
    "workspace: w\nlanguage: 1\ncontexts:\n  dev: {}\n  prod: { nats: tls://nats.example.com:4222 }\n",
  );
  writeFileSync(
    join(folder, "w/tenants/acme/orders.yaml"),
    "# ours\nintegration: orders\n---\nintegration: returns # of goods\n",
  );
  env = { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) };
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What bash offers behind these words; the last one is where the cursor stands. */
function bash(...words: readonly string[]): readonly string[] {
  const script = `source <(vrsky completion bash)
COMP_WORDS=(vrsky "$@"); COMP_CWORD=$#
_vrsky
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const said = execFileSync("bash", ["--norc", "-c", script, "bash", ...words], {
    cwd: join(folder, "w"),
    env,
    encoding: "utf8",
  });
  return said.split("\n").filter((line) => line !== "");
}

/** The same without a shell. */
async function asked(...words: readonly string[]): Promise<readonly string[]> {
  const io = { out: silent, err: silent, colorOut: false, colorErr: false, interactive: false, env: {}, cwd: "/" };
  const program = vrskyProgram({ io, done: silent });
  const { candidates, places } = await complete(program, words, namesBelow(join(folder, "w")));
  return [...candidates.map(({ value }) => value), ...(places === undefined ? [] : [`:${places}`])];
}

const silent = (): void => undefined;

test("verbs, verbs of verbs, options and what they may be", async () => {
  expect(await asked("va")).toEqual(["validate"]);
  expect(await asked("")).toEqual(expect.arrayContaining(["init", "plan", "dlq", "completion", "help"]));
  expect(await asked("dlq", "")).toEqual(["list", "show", "redrive", "purge"]);
  expect(await asked("plan", "--det")).toEqual(["--detailed-exitcode"]);
  expect(await asked("validate", "--format=s")).toEqual(["--format=sarif"]);
  expect(await asked("validate", "--all", "--al")).toEqual([]);
  expect(await asked("completion", "")).toEqual(["bash", "zsh", "fish"]);
});

test("names of the workspace, wherever that is, and files and folders where those are wanted", async () => {
  expect(await asked("plan", "--context", "")).toEqual(["dev", "prod"]);
  expect(await asked("plan", "..", "--context", "")).toEqual([]);
  expect(await asked("status", "--tenant", "")).toEqual(["acme", "globex"]);
  expect(await asked("tap", ".", "")).toEqual(["orders", "returns"]);
  expect(await asked("tap", "o")).toEqual(["orders", ":dirs"]);
  expect(await asked("explain", "VRS4002")).toEqual(["VRS4002", ":files"]);
  expect(await asked("connectors", "show", "sf")).toEqual(["sftp"]);
  expect(await asked("compile", "")).toEqual([":dirs"]);
  expect(await asked("dlq", "show", ".", "")).toEqual([]);
});

test("bash offers them, and its own files and folders", () => {
  // It breaks a word at `=`.
  expect(bash("validate", "--format", "=", "g")).toEqual(["github"]);
  expect(bash("plan", ".", "--context", "")).toEqual(["dev", "prod"]);
  expect(bash("compile", "")).toEqual(["tenants"]);
  expect(bash("plan", "--out", "v")).toEqual(["vrsky.yaml"]);
});

/** Two shells that a machine may not have; `--version` says so. */
const parses = { bash: ["-n"], zsh: ["-n"], fish: ["--no-execute"] } as const;

test.each(shells.filter(hasProgram))("%s understands its script", (shell) => {
  const file = join(folder, `completion.${shell}`);
  writeFileSync(file, completionScripts[shell]);
  const read = spawnSync(shell, [...parses[shell], file], { encoding: "utf8" });
  expect([read.status, read.stderr]).toEqual([0, ""]);
});

test.skipIf(!hasProgram("fish"))("fish completes", () => {
  const script = 'vrsky completion fish | source; complete -C "vrsky plan . --context "';
  const said = execFileSync("fish", ["--no-config", "-c", script], { cwd: join(folder, "w"), env, encoding: "utf8" });
  expect(said.trim().split("\n")).toEqual(["dev", "prod"]);
});

test.skipIf(!hasProgram("zsh"))("zsh completes", () => {
  // What a line would offer is asked of its own completion, with the function that shows it replaced.
  const script = `compdef() { :; }; source <(vrsky completion zsh)
_describe() { local -a all; all=("\${(@P)2}"); print -l -- $all; }
_files() { print files; }
words=(vrsky plan . --context ''); CURRENT=5; _vrsky`;
  const said = execFileSync("zsh", ["-f", "-c", script], { cwd: join(folder, "w"), env, encoding: "utf8" });
  expect(said.trim().split("\n")).toEqual(["dev", "prod"]);
});
