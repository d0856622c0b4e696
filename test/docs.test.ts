// Pages are read by following their links: what they link to and which files they name must be there.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const root = new URL("..", import.meta.url).pathname;
const pagesIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name));
const pages = [".", "docs", "docs/decisions", "docs/connectors", "examples"].flatMap(pagesIn).map((path) => ({
  path,
  text: readFileSync(join(root, path), "utf8").replaceAll(/```[\s\S]*?```/g, ""),
}));

/** As GitHub makes them of headings. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");
const anchorsIn = (path: string): readonly string[] =>
  [...readFileSync(join(root, path), "utf8").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));

test("links lead to files and headings that are there", () => {
  const dead = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
      if (/^[a-z]+:/.test(link)) return [];
      const [file = "", anchor] = link.split("#");
      const to = file === "" ? path : join(dirname(path), file);
      if (!existsSync(join(root, to))) return [`${path}: ${link}`];
      return anchor === undefined || anchorsIn(to).includes(anchor) ? [] : [`${path}: ${link}`];
    }),
  );
  expect(dead).toEqual([]);
});

test("a promise names its test: files of ours that stand in a page are there", () => {
  const named = /`((?:test|bench|cli|control|compiler|runtime|connectors|schema)\/[\w./@-]*\.(?:ts|yaml|json))`/g;
  const gone = pages.flatMap(({ path, text }) =>
    [...text.matchAll(named)].flatMap(([, file = ""]) => (existsSync(join(root, file)) ? [] : [`${path}: ${file}`])),
  );
  expect(gone).toEqual([]);
});

test("every page of docs is found from the README", () => {
  const front = readFileSync(join(root, "README.md"), "utf8");
  expect(pagesIn("docs").filter((path) => !front.includes(path))).toEqual([]);
});
