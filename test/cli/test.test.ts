// `vrsky test` as people and CIs run it: in a process of its own, over files.

import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { XMLParser } from "fast-xml-parser";
import { afterEach, beforeEach, expect, test } from "vitest";
import { command } from "../rig/command.ts";
import { until } from "../rig/wait.ts";

const spec = `integration: orders
source: { http: { path: /orders }, contract: { id: string, qty: integer, name?: string } }
steps:
  - filter: \${ body.qty > 0 }
  - map: { id: "\${ body.id }", name: "\${ body.name ?? 'a guest' }", twice: "\${ body.qty * 2 }" }
targets:
  out: { http: { url: "https://example.com/x" } }
`;

const cases = `# Cases of orders.
tests: orders
cases:
  - name: right # it is
    given: { body: { id: "1", qty: 2 } }
    expect: { targets: { out: [{ id: "1", name: a guest, twice: 4 }] } }
  # The second one.
  - name: wrong <&"
    given: { body: { id: "1", qty: 2 } }
    expect: { targets: { out: [{ id: "1", name: a guest, twice: 5 }] } }
  - { name: nothing yet, given: { body: { id: "1", qty: 0 } } }
`;

let folder = "";
const casesFile = (): string => join(folder, "tenants/acme/orders.test.yaml");

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vrsky-test-"));
  await mkdir(join(folder, "tenants/acme"), { recursive: true });
  await writeFile(join(folder, "vrsky.yaml"), "workspace: cli-test\nlanguage: 1\n");
  await writeFile(join(folder, "tenants/acme/orders.yaml"), spec);
  await writeFile(casesFile(), cases);
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const vrsky = (...args: readonly string[]) => verb("test", ...args);

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function verb(name: string, ...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...command, name, folder, ...args], (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

test("a line for each case, and for one that fails its place, its seed and what differs", async () => {
  const { code, out } = await vrsky();
  expect(code).toBe(1);
  expect(out.replace(/ {2}\S+s\n$/, "\n")).toBe(`acme/orders  tenants/acme/orders.test.yaml
  ✓ right
  ✗ wrong <&"
      tenants/acme/orders.test.yaml:8 · seed 1
      - expected  + happened
        …
              {
                "id": "1"
                "name": "a guest"
      -         "twice": 5
      +         "twice": 4
              }
            ]
          }
        }
  ✗ nothing yet
      tenants/acme/orders.test.yaml:11 · seed 1
      it expects nothing yet; \`vrsky test -u\` writes what happened

3 cases: 1 passed, 2 failed
`);
});

test("-u writes the expectations, leaves every other character, and then all pass", async () => {
  expect((await vrsky("-u")).code).toBe(0);
  expect(await readFile(casesFile(), "utf8")).toBe(
    cases
      .replace(
        '    expect: { targets: { out: [{ id: "1", name: a guest, twice: 5 }] } }',
        '    expect: { targets: { out: [{ id: "1", name: a guest, twice: 4 }] } }',
      )
      .replace("qty: 0 } } }", "qty: 0 } }, expect: { drops: { out: filter } } }"),
  );
  expect((await vrsky()).code).toBe(0);
});

test("a file that is as fmt writes it is so after -u, too", async () => {
  expect((await verb("fmt")).code).toBe(0);
  expect((await vrsky("-u")).code).toBe(0);
  expect((await verb("fmt", "--check")).code).toBe(0);
});

test("--json, --junit and --coverage tell the same to programs", async () => {
  const junit = join(folder, "results.xml");
  const { code, out } = await vrsky("--json", "--junit", junit, "--coverage");
  expect(code).toBe(1);
  const told = JSON.parse(out);
  expect(told).toMatchObject({ diagnostics: [], passed: 1, failed: 2 });
  expect(told.cases.map(({ name, ok, line }: Record<string, unknown>) => ({ name, ok, line }))).toEqual([
    { name: "right", ok: true, line: 4 },
    { name: 'wrong <&"', ok: false, line: 8 },
    { name: "nothing yet", ok: false, line: 11 },
  ]);
  const missing = told.coverage[0].items.filter(({ reached }: { reached: boolean }) => !reached);
  expect(missing.map(({ what, place }: { what: string; place: { line: number } }) => [place.line, what])).toEqual([
    [5, "body.name decides before ??"],
  ]);
  const parsed = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "" }).parse(
    await readFile(junit, "utf8"),
  );
  const { testsuites } = parsed;
  expect(testsuites).toMatchObject({ tests: "3", failures: "2" });
  expect(testsuites.testsuite.testcase.map(({ name }: { name: string }) => name)).toEqual([
    "right",
    'wrong <&"',
    "nothing yet",
  ]);
  expect(testsuites.testsuite.testcase[1].failure["#text"]).toContain('+         "twice": 4');
});

test("results that cannot be written are no bug: one line says which file and why", async () => {
  const { code, out, err } = await vrsky("--filter", "right", "--junit", folder);
  expect({ code, err }).toEqual({ code: 1, err: `error: ${folder}: it is a folder.\n` });
  expect(out).toContain("1 passed");
});

test("--coverage-min fails where something is missing", async () => {
  await vrsky("-u");
  expect((await vrsky("--coverage-min", "101")).code).toBe(64);
  expect((await vrsky("--coverage-min", "100")).code).toBe(1);
  expect((await vrsky("--coverage-min", "50")).code).toBe(0);
});

test("--watch runs them again after an edit", async () => {
  const child = spawn(process.execPath, [...command, "test", folder, "--watch", "--filter", "wrong"]);
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => {
    out += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    err += String(chunk);
  });
  try {
    await until("the first round", () => out.includes("1 failed") && err.includes("watching"), 20_000);
    await writeFile(casesFile(), cases.replace("twice: 5", "twice: 4"));
    await until("the second round", () => out.includes("1 passed"), 20_000);
  } finally {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGINT");
    await ended;
  }
});
