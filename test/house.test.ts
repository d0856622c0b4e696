// The picture of the house (docs/architecture.md) against the imports as they are, type imports included.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const root = new URL("..", import.meta.url).pathname;

/** Which rooms a room may import from, itself aside. */
const picture: Readonly<Record<string, readonly string[]>> = {
  schema: [],
  compiler: ["schema"],
  runtime: ["schema"],
  connectors: ["schema"],
  control: ["schema", "compiler", "runtime", "connectors"],
  cli: ["schema", "compiler", "runtime", "connectors", "control"],
};

const garden = ["examples", "test", "bench", "docs", "deploy"];
const entries = [
  ...Object.keys(picture),
  ...garden,
  "generated",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "README.md",
  "CHANGELOG.md",
  "LICENSE",
];

const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path !== "");

interface Arrow {
  readonly file: string;
  readonly specifier: string;
  readonly from: string;
  readonly to: string;
}

function arrows(): readonly Arrow[] {
  return tracked
    .filter((path) => /\.(?:ts|mjs)$/.test(path) && Object.hasOwn(picture, path.split("/")[0] ?? ""))
    .flatMap((file) =>
      imports(readFileSync(join(root, file), "utf8")).map((specifier) => ({
        file,
        specifier,
        from: file.split("/")[0] ?? "",
        to: normalize(join(dirname(file), specifier)).split("/")[0] ?? "",
      })),
    );
}

/** Relative specifiers of static, type, dynamic and re-exporting imports. */
function imports(text: string): readonly string[] {
  return [...text.matchAll(/(?:from\s+|import\s*\(\s*|import\s+)"(\.[^"]+)"/g)].map((match) => match[1] ?? "");
}

test("imports run downward only", () => {
  const all = arrows();
  expect(all.length).toBeGreaterThan(100);
  // The front door reads the version; nothing else of the top level is imported.
  const wrong = all.filter(
    ({ from, to }) => from !== to && !picture[from]?.includes(to) && `${from} ${to}` !== "cli package.json",
  );
  expect(wrong.map(({ file, specifier }) => `${file} → ${specifier}`)).toEqual([]);
});

test("architecture.md draws the picture that the test checks", () => {
  const drawn = readFileSync(join(root, "docs/architecture.md"), "utf8");
  for (const [room, below] of Object.entries(picture)) {
    const line = `${room} → ${below.length === 0 ? "nothing" : below.join(", ")}`;
    expect(drawn).toContain(line);
  }
});

test("the top level holds the house's entries and nothing else", () => {
  const top = [...new Set(tracked.map((path) => path.split("/")[0] ?? ""))].filter((entry) => !entry.startsWith("."));
  expect(top.filter((entry) => !entries.includes(entry))).toEqual([]);
});

test("files import with the .ts ending and through no barrel", () => {
  const all = arrows();
  expect(all.filter(({ specifier }) => !/\.(?:ts|json|mjs)$/.test(specifier)).map(({ file }) => file)).toEqual([]);
  expect(tracked.filter((path) => /(?:^|\/)index\.ts$/.test(path))).toEqual([]);
});
