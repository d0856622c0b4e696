// Help is read from the tree of verbs: what stands there is there, its examples run, and nothing is wider than a page.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { vrskyProgram } from "../../cli/program.ts";
import { command as built } from "../rig/command.ts";

interface Heard {
  readonly program: Command;
  readonly out: () => string;
}

/** The tree, with verbs that do nothing. */
function program(): Heard {
  let out = "";
  const still = { colorOut: false, colorErr: false, interactive: false, env: {}, cwd: "/" };
  const hear = (text: string | Uint8Array): void => {
    out += String(text);
  };
  const program = vrskyProgram({ io: { ...still, out: hear, err: hear }, done: () => undefined });
  for (const each of leaves(program)) each.action(() => undefined);
  return { program, out: () => out };
}

const below = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(below)];
const leaves = (command: Command): readonly Command[] =>
  below(command).filter(({ commands, parent }) => commands.length === 0 && parent !== null);
const nameOf = (command: Command): string =>
  command.parent === null ? "vrsky" : `${nameOf(command.parent)} ${command.name()}`;

function helpOf(path: string): string {
  const { program: root, out } = program();
  below(root)
    .find((each) => nameOf(each) === path)
    ?.outputHelp();
  return out();
}

const all = below(program().program).map(nameOf);

test("each verb, argument and option says what it is", () => {
  const mute = below(program().program).flatMap((command) => {
    const parts = [...command.options, ...command.registeredArguments];
    const silent = parts.filter(({ description }) => description.trim() === "");
    const own = command.description() === "" ? [nameOf(command)] : [];
    return [...own, ...silent.map((each) => `${nameOf(command)}: ${"flags" in each ? each.flags : each.name()}`)];
  });
  expect(mute).toEqual([]);
});

test("the workspace may be left out, but where something else is told behind it", () => {
  const wanting = leaves(program().program).filter(({ registeredArguments: [first] }) => {
    return first?.name() === "workspace" && first.required;
  });
  const named = ["dlq show", "dlq redrive", "dlq purge", "keys revoke", "source resnapshot"];
  expect(wanting.map(nameOf).sort()).toEqual(named.map((name) => `vrsky ${name}`).sort());
});

test("no line of help is wider than a page", () => {
  const wide = all.flatMap((path) =>
    helpOf(path)
      .split("\n")
      .filter((line) => line.length > 100),
  );
  expect(wide).toEqual([]);
});

test("each verb shows examples, and each example is a command line that is understood", async () => {
  const { program: root } = program();
  const lines = leaves(root).map((each) => [nameOf(each), examplesIn(helpOf(nameOf(each)))] as const);
  expect(lines.filter(([, found]) => found.length === 0).map(([name]) => name)).toEqual([]);
  const wrong: string[] = [];
  for (const [name, found] of lines) {
    for (const line of found) {
      const words = wordsOf(line);
      const { program: fresh, out } = program();
      const refused = await fresh.parseAsync(words, { from: "user" }).then(
        () => undefined,
        () => out(),
      );
      if (refused !== undefined) wrong.push(`${line}: ${refused}`);
      // What it shows is the verb that it stands at; `infer` is short for `contract infer`.
      if (!`vrsky ${words.join(" ")}`.includes(name.replace("vrsky ", ""))) wrong.push(`${name} shows ${line}`);
    }
  }
  expect(wrong).toEqual([]);
});

const examplesIn = (help: string): readonly string[] =>
  (help.split("\nExamples:\n")[1] ?? "").split("\n").flatMap((line) => (/^ {2}\$ /.test(line) ? [line.slice(4)] : []));

/** Of the part of a line that calls us, without what the shell takes for itself. */
function wordsOf(line: string): readonly string[] {
  const ours = /(?:^|\| )vrsky (.*)$/.exec(line)?.[1] ?? "no vrsky in it";
  const [called = ""] = ours.split(/ [<>|] /);
  return [...called.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, one, other, bare]) => one ?? other ?? bare ?? "");
}

test("the README's table names the verbs that there are, all of them", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const table = readme.split("| verb | does |")[1]?.split("\n\n")[0] ?? "";
  const rows = table.split("\n").map((line) => line.split("|")[1] ?? "");
  const verbs = new Set(rows.flatMap((cell) => [...cell.matchAll(/`([a-z]+)[^`]*`/g)].map(([, name = ""]) => name)));
  const top = program().program.commands.map((each) => each.name());
  expect(top.filter((name) => name !== "contract" && !verbs.has(name))).toEqual([]);
  const known = new Set(all.flatMap((path) => path.split(" ")));
  expect([...verbs].filter((name) => !known.has(name))).toEqual([]);
});

test("vrsky alone shows the verbs; one that is mistyped is told the nearest, and where help is", () => {
  const run = (...words: readonly string[]) => spawnSync(process.execPath, [...built, ...words], { encoding: "utf8" });
  const alone = run();
  expect([alone.status, alone.stderr]).toEqual([0, ""]);
  expect(alone.stdout).toMatch(/\nWrite:\n {2}init [\s\S]*\nDeploy:\n {2}plan [\s\S]*\nAdminister:\n/);
  expect(run("help", "plan").stdout).toBe(run("plan", "--help").stdout);
  const verb = run("vaildate");
  expect([verb.status, verb.stderr]).toEqual([64, expect.stringContaining("Did you mean validate?")]);
  const option = run("validate", ".", "--fromat", "json");
  expect([option.status, option.stderr]).toEqual([64, expect.stringContaining("Did you mean --format?")]);
  expect(option.stderr).toContain(" help` lists the verbs");
});
