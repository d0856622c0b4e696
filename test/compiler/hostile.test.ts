// Input that wants to take all time or memory, or to become something else than data: each is one clear finding, and
// the compiler goes on. What is quadratic or worse here would not end within the test's own time.

import { describe, expect, test } from "vitest";
import { compileTexts } from "../rig/compile.ts";
import { findingsOf } from "../rig/compile-case.ts";

const file = "tenants/acme/a.yaml";
const lines = 100_000;
/** As many values, where each line has two of them. */
const fewer = 55_000;
const head = "integration: a\nsource: { http: { path: /a }, contract: { id: string, amount: number } }\n";
const tail = "targets: { out: { nats: { subject: a.out } } }\n";

const many = (line: (index: number) => string, count = lines): string =>
  Array.from({ length: count }, (_, index) => line(index)).join("");
const spec = (middle: string): string => head + middle + tail;
const codesOf = (files: Readonly<Record<string, string>>): readonly string[] =>
  compileTexts(files).diagnostics.map(({ code }) => code);

describe("texts of 100,000 lines", () => {
  const tooLarge: readonly (readonly [string, string])[] = [
    ["steps", spec(`steps:\n${many(() => "  - filter: ${ body.amount > 1 }\n")}`)],
    ["fields of a map", spec(`steps:\n  - map:\n${many((index) => `      k${index}: \${ body.amount }\n`, fewer)}`)],
    ["keys that do not exist", spec(many((index) => `k${index}: 1\n`, fewer))],
    ["anchors", spec(`labels:\n${many((index) => `  a${index}: &a${index} x\n`, fewer)}`)],
    ["aliases of one anchor", spec(`labels:\n  a: &a x\n${many((index) => `  a${index}: *a\n`)}`)],
    ["aliases of nothing", spec(`labels:\n${many((index) => `  a${index}: *a${index}\n`, fewer)}`)],
  ];

  test.each(tooLarge)("%s are too large, and that is all that is said", (_what, text) => {
    expect(codesOf({ [file]: text })).toEqual(["VRS1009"]);
  });

  test("comments are nothing", () => {
    expect(codesOf({ [file]: spec(many(() => "# a remark\n")) })).toEqual([]);
  });

  test("no YAML at all: the first mistakes are told", () => {
    const codes = codesOf({ [file]: many(() => '} {]: - "\n') });
    expect(codes.length).toBeGreaterThan(0);
    expect(codes.length).toBeLessThanOrEqual(20);
    expect(new Set(codes)).toEqual(new Set(["VRS1001"]));
  });

  test("one key, again and again", () => {
    const codes = codesOf({ [file]: spec(many(() => "labels: {}\n", fewer)) });
    expect(new Set(codes)).toEqual(new Set(["VRS1004", "VRS1009"]));
    expect(codes.length).toBeLessThanOrEqual(21);
  });

  test("expressions that YAML cuts: each is told", () => {
    const cut = many((index) => `      k${index}: \${ body.amount > 1 ? 'x' : 'y' }\n`, 5_000);
    const codes = codesOf({ [file]: spec(`steps:\n  - map:\n${cut}`) });
    expect(codes).toEqual(Array.from({ length: 5_000 }, () => "VRS1002"));
  });

  test("a contract, in JSON and in YAML", () => {
    // Two lines and more for each field.
    const fields = Array.from({ length: lines / 2 }, (_, index) => [`f${index}`, { type: "string" }]);
    const json = JSON.stringify({ type: "object", properties: Object.fromEntries(fields) }, null, 1);
    const yaml = `type: object\nproperties:\n${many((index) => `  f${index}:\n    type: string\n`, lines / 2)}`;
    expect(codesOf({ [file]: spec(""), "contracts/x@1.json": json })).toEqual(["VRS1009"]);
    expect(codesOf({ [file]: spec(""), "contracts/x@1.yaml": yaml })).toEqual(["VRS1009"]);
  });

  test("one expression", () => {
    const sum = many(() => "body.amount + ", 20_000);
    expect(codesOf({ [file]: spec(`steps: [{ filter: "\${ ${sum} 1 > 0 }" }]\n`) })).toEqual(["VRS3005"]);
  });

  test("one list in the other", () => {
    const codes = codesOf({ [file]: spec(`steps: ${"[".repeat(lines)}\n`) });
    expect(codes).toContain("VRS1009");
  });
});

describe("names that JavaScript knows", () => {
  const names = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "__defineGetter__", "then"];

  test.each(names)("`%s` as a field of contract and message is a field like any other", (name) => {
    const text = `integration: a
source: { http: { path: /a }, contract: { ${name}: string } }
steps:
  - map: { ${name}: "x", b: "\${ exists(body) ? 1 : 2 }" }
    contract: { ${name}: string, b: number }
targets: { out: { nats: { subject: a.out } } }
`;
    expect(findingsOf(compileTexts({ [file]: text }))).toEqual([]);
    expect(Object.keys({})).toEqual([]);
    expect(({} as Record<string, unknown>).b).toBeUndefined();
  });

  test.each(names)("`%s` where a name is looked up is unknown, not found in some prototype", (name) => {
    const unknown = (text: string): readonly string[] => codesOf({ [file]: text });
    expect(unknown(`${head}route: [{ to: [${name}] }]\n${tail}`)).toContain("VRS2008");
    expect(unknown(`${head}steps: [{ use: ${name} }]\n${tail}`)).toEqual([expect.stringMatching(/^VRS20(?:20|04)$/)]);
    expect(unknown(`${head}${tail.replace("nats", name)}`)[0]).toMatch(/^VRS200[26]$/);
    const called = unknown(spec(`steps: [{ filter: "\${ ${name}(1) }" }]\n`));
    expect(called[0]).toMatch(/^VRS3/);
    const settings = unknown(spec(`steps: [{ filter: "\${ settings.${name} === 1 }" }]\n`));
    expect(settings[0]).toMatch(/^VRS[34]/);
    const connection = "targets: { out: { http: { connection: NAME, path: /x } } }\n".replace("NAME", name);
    expect(unknown(head + connection)[0]).toMatch(/^VRS20(?:07|04)$/);
  });
});

describe("contracts", () => {
  const withContract = (schema: unknown): readonly string[] =>
    findingsOf(
      compileTexts({
        [file]: head.replace("{ id: string, amount: number }", "x@1") + tail,
        "contracts/x@1.json": JSON.stringify(schema),
      }),
    );

  test.each([
    "https://example.com/schema.json",
    "file:///etc/passwd",
    "//example.com/x",
    "../../etc/passwd",
    "http://[::1]/x#/a",
    "y.json#/$defs/a",
  ])("a reference to %s is refused; nothing is fetched", ($ref) => {
    expect(withContract({ type: "object", properties: { a: { $ref } } })).toEqual([
      expect.stringMatching(/^VRS2014 contracts\/x@1\.json:1:\d+ /),
    ]);
  });

  test.each(["(a+)+$", "(a|a)*b", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$"])(
    "the pattern %s is no danger: it runs in linear time",
    (pattern) => {
      expect(withContract({ type: "object", properties: { a: { type: "string", pattern } } })).toEqual([]);
    },
  );

  test.each(["a{1,99999}", "(?=a)b", "(a)\\1", "((a{999}){999}){999}", "(", "[z-a]"])(
    "the pattern %s is refused",
    (pattern) => {
      const said = withContract({ type: "object", properties: { a: { type: "string", pattern } } });
      expect(said).toEqual([expect.stringMatching(/^VRS2014 /)]);
    },
  );

  test("definitions that hold each other without end are refused, lists of them are not", () => {
    const loop = { $ref: "#/$defs/b", $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } };
    expect(withContract(loop)).toEqual([
      expect.stringMatching(/^VRS2014 .*leads back to itself/),
      expect.stringMatching(/^VRS2014 .*leads back to itself/),
    ]);
    const tree = {
      $ref: "#/$defs/node",
      $defs: { node: { type: "object", properties: { below: { type: "array", items: { $ref: "#/$defs/node" } } } } },
    };
    expect(withContract(tree)).toEqual([]);
  });
});

test("a folder of files that are none of ours: bytes, links in a circle, an empty text, only a mark of byte order", () => {
  expect(codesOf({ [file]: "" })).toEqual([]);
  expect(codesOf({ [file]: "\uFEFF" })).toEqual([]);
  expect(codesOf({ [file]: `\uFEFF${spec("").replaceAll("\n", "\r\n")}` })).toEqual([]);
  expect(codesOf({ [file]: "---\n---\n# nothing\n---\n" })).toEqual([]);
  expect(codesOf({ [file]: "\u0000\u0001\u0002" })[0]).toMatch(/^VRS[12]00/);
});

describe("templates", () => {
  const withTemplate = (template: string): readonly string[] =>
    codesOf({
      [file]: `${head}targets: { out: { http: { url: "https://a.example", text: { template: t.hbs } } } }\n`,
      "t.hbs": template,
    });

  test("blocks without end, nested or side by side", () => {
    expect(withTemplate("{{#if body.id}}".repeat(15_000))).toEqual(["VRS2024"]);
    expect(withTemplate("{{#if body.id}}".repeat(900)).length).toBeGreaterThan(0);
    const nested = 2_000;
    expect(withTemplate("{{#if body.id}}".repeat(nested) + "{{/if}}".repeat(nested))).toEqual(["VRS2024"]);
    expect(withTemplate("{{body.nope}}".repeat(3_000)).length).toBeGreaterThan(0);
  });
});
