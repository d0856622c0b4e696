// The complete examples of the documentation compile: a block of YAML whose first line names a file is a workspace.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileTexts } from "../rig/compile.ts";
import { findingsOf } from "../rig/compile-case.ts";

const pages = ["tenants", "environments"];

/** `# tenants/acme/a.yaml` begins a file, a `---` before it belongs to nobody. */
function workspaceIn(block: string): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const part of block.split(/^(?=# [\w@./-]+\.yaml$)/m)) {
    const [first = "", ...rest] = part.split("\n");
    files[first.slice(2)] = rest.join("\n").replace(/---\n$/, "");
  }
  return files;
}

test.each([...pages, "objects"])("docs/%s.md", (page) => {
  const text = readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), "utf8");
  const blocks = [...text.matchAll(/```yaml\n(# [\w@./-]+\.yaml\n[\s\S]*?)```/g)].map(([, block = ""]) => block);
  expect(blocks.length).toBeGreaterThan(0);
  for (const block of blocks) expect(findingsOf(compileTexts(workspaceIn(block)))).toEqual([]);
});

test.each(pages)("docs/%s.md names tests and cases that exist", (page) => {
  const text = readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), "utf8");
  const named = [...text.matchAll(/`(test\/[\w./-]+)`/g)].map(([, path = ""]) => path);
  expect(named.length).toBeGreaterThan(3);
  for (const path of named) expect(() => readFileSync(new URL(`../../${path}`, import.meta.url))).not.toThrow();
});
