// The mutants are what a hand may get wrong, each in one place and in YAML that still parses.

import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { scriptsAtWork } from "../../cli/cases/scripts.ts";
import { readYaml } from "../../compiler/2-parse/yaml.ts";
import { createTypeChecker } from "../../compiler/4-check/type-checker.ts";
import { running } from "./cases.ts";
import { textsOf, workspaces } from "./examples.ts";
import { type Judged, judgeAll } from "./judge.ts";
import { mutantsOf, siblingsIn } from "./mutants.ts";

const text = `# Comments stay.
integration: orders
source: { http: { path: /in }, contract: { id: string, name: string, total: number, test?: boolean } }
steps:
  - filter: \${ body.total >= 10 && !body.test }
  - map:
      who: "\${ body.name.trim() ?? \\"nobody\\" }"
      text: hello \${ body.id }
      kind: order
route:
  - when: \${ body.kind === "order" }
    to: [a]
  - to: [a, b]
targets:
  a: { http: { url: "https://example.com/\${ body.id }" }, on-error: { not-found: continue } }
  b:
    steps:
      - map: |-
          \${ {
            id: body.id,
            n: body.rest.length > 0 ? 1 : 2, // none
          } }
    http: { url: https://example.com }
---
tenant: acme
`;

const siblings = siblingsIn(readYaml(text).map(({ contents }) => contents));
const mutants = mutantsOf("a.yaml", text, siblings);

test("what is changed, and where", () => {
  expect(mutants.map(({ line, what }) => `${line} ${what}`)).toMatchInlineSnapshot(`
    [
      "5 body.total >= 10 && !body.test → !(body.total >= 10 && !body.test)",
      "5 body.total >= 10 && !body.test → body.total >= 10 || !body.test",
      "5 body.total >= 10 → body.total > 10",
      "5 body.total → body.id",
      "5 body.total → body.name",
      "5 body.total → body.test",
      "5 10 → 11",
      "5 !body.test → body.test",
      "5 body.test → body.id",
      "5 body.test → body.name",
      "5 body.test → body.total",
      "7 body.name.trim() ?? "nobody" → body.name.trim()",
      "7 body.name.trim() → body.name",
      "7 body.name → body.id",
      "7 body.name → body.total",
      "7 body.name → body.test",
      "7 "nobody" → "nobody~"",
      "8 body.id → body.source",
      "8 body.id → body.receivedAt",
      "8 body.id → body.name",
      "8 body.id → body.total",
      "8 body.id → body.test",
      "8 text + ~",
      "9 order → order~",
      "11 body.kind === "order" → body.kind !== "order"",
      "11 body.kind → body.who",
      "11 body.kind → body.text",
      "11 "order" → "order~"",
      "15 body.id → body.source",
      "15 body.id → body.receivedAt",
      "15 body.id → body.name",
      "15 body.id → body.total",
      "15 body.id → body.test",
      "15 text + ~",
      "20 body.id → body.source",
      "20 body.id → body.receivedAt",
      "20 body.id → body.name",
      "20 body.id → body.total",
      "20 body.id → body.test",
      "21 body.rest.length > 0 ? 1 : 2 → body.rest.length > 0 ? 2 : 1",
      "21 body.rest.length > 0 → body.rest.length >= 0",
      "21 0 → 1",
      "21 1 → 2",
      "21 2 → 3",
      "5 without step 1 (filter)",
      "6 without step 2 (map)",
      "13 arms 1 and 2 swapped",
      "12 to [a] → []",
      "12 to [a] → [a, b]",
      "12 to [a] → [b]",
      "13 to [a, b] → [b]",
      "13 to [a, b] → [a]",
      "11 without \`when\`",
      "15 without \`on-error\`",
      "18 without step 1 (map)",
    ]
  `);
});

test("each is YAML in which one line or one part is another", () => {
  const own = JSON.stringify(parseAllDocuments(text));
  for (const mutant of mutants) {
    const documents = parseAllDocuments(mutant.text);
    if (!Array.isArray(documents)) throw new Error("no documents");
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    expect(JSON.stringify(documents)).not.toBe(own);
    expect(mutant.text).toContain("# Comments stay.");
    expect(mutant.text).toContain("tenant: acme");
  }
});

test("some mutants of the examples are noticed, each by a case of its own integration", async () => {
  const checker = createTypeChecker();
  const scripts = scriptsAtWork();
  const judged: Judged[] = [];
  let seen = 0;
  for (const workspace of workspaces.slice(0, 1)) {
    const tools = { checker, run: running(scripts) };
    const some = () => seen++ % 40 === 7;
    await judgeAll(workspace, textsOf(workspace), tools, some, (each) => judged.push(each));
  }
  checker.close();
  await scripts.hosts.close();
  const kinds = new Set(judged.map(({ verdict }) => verdict.kind));
  expect(kinds).toEqual(new Set(["compiler", "caught"]));
  const users: Readonly<Record<string, readonly string[]>> = { "tidy-address": ["customers-no", "customers-se"] };
  for (const { unit, verdict } of judged) {
    if (verdict.kind !== "caught") continue;
    for (const { integration, says } of verdict.by) {
      expect(users[unit] ?? [unit]).toContain(integration.split("/")[1]);
      expect(says).toContain("- expected  + happened");
    }
  }
});
