// The folder of the VS Code extension holds together: what it declares is there, and is what its code says.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const folder = new URL("../../deploy/vscode", import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(folder, path), "utf8");
const own = JSON.parse(readFileSync(join(folder, "../../package.json"), "utf8")) as { readonly version: string };
const extension = JSON.parse(read("package.json"));
const code = read(extension.main);

test("it has our version and licence, pins its client, and starts when a workspace is there", () => {
  expect(extension.version).toBe(own.version);
  expect(read("LICENSE")).toBe(readFileSync(join(folder, "../../LICENSE"), "utf8"));
  expect(Object.values(extension.dependencies)).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
  expect(extension.activationEvents).toEqual(["workspaceContains:**/vrsky.yaml"]);
});

test("its code is JavaScript, and registers the commands and reads the settings that it declares", () => {
  const checked = spawnSync(process.execPath, ["--check", join(folder, extension.main)], { encoding: "utf8" });
  expect(checked.stderr).toBe("");
  const registered = [...code.matchAll(/registerCommand\("([^"]+)"/g)].map(([, name]) => name);
  const declared = extension.contributes.commands.map(({ command }: { readonly command: string }) => command);
  expect(registered.toSorted()).toEqual(declared.toSorted());
  const [, section, key] = /getConfiguration\("(\w+)"\)\.get\("(\w+)"/.exec(code) ?? [];
  expect(Object.keys(extension.contributes.configuration.properties)).toEqual([`${section}.${key}`]);
  expect(code).toContain('[...args, "lsp"]');
});

test("its grammars are there, under the names by which they are known", () => {
  for (const { path, scopeName } of extension.contributes.grammars) {
    expect(existsSync(join(folder, path))).toBe(true);
    expect(JSON.parse(read(path)).scopeName).toBe(scopeName);
  }
});
