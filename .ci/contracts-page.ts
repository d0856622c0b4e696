// docs/contracts.md: the subset of JSON Schema in words, and what the official test suite says of it:
// `npx tsx .ci/contracts-page.ts` writes it, `--check` compares.

import { drafts, type GroupResult, runSuite } from "../test/contract/suite.ts";
import { written } from "./written.ts";

const results = runSuite();

const sum = (rows: readonly GroupResult[]) => ({
  asIs: rows.filter(({ outcome }) => outcome === "as it stands").length,
  typed: rows.filter(({ outcome }) => outcome === "with its type").length,
  refused: rows.filter(({ outcome }) => outcome === "refused").length,
  passed: rows.reduce((total, { passed }) => total + passed, 0),
  differing: rows.reduce((total, { wrong }) => total + wrong.length, 0),
});

const line = (name: string, rows: readonly GroupResult[]): string => {
  const { asIs, typed, refused, passed, differing } = sum(rows);
  return `| ${name} | ${asIs} | ${typed} | ${refused} | ${passed} | ${differing} |`;
};

const tables = drafts.map((draft) => {
  const own = results.filter((result) => result.draft === draft);
  const keywords = [...new Set(own.map(({ keyword }) => keyword))];
  const judged = keywords.filter((name) => own.some((each) => each.keyword === name && each.outcome !== "refused"));
  const refused = keywords.filter((name) => !judged.includes(name));
  const rows = judged.map((name) =>
    line(
      `\`${name}\``,
      own.filter(({ keyword }) => keyword === name),
    ),
  );
  return `### ${draft}

| file of the suite | groups taken as they stand | with their type | refused | tests passed | differing |
|---|---|---|---|---|---|
${rows.join("\n")}
${line("**all**", own)}

Refused as a whole: ${refused.map((name) => `\`${name}\``).join(", ")}.`;
});

const page = `# Contracts

A contract is a JSON Schema of a subset in which everything that is written is proven or asked: one generator gives the
TypeScript types that expressions are checked against and the validator that every message passes at the door. What the
subset does not have is refused with VRS2014 at its place; nothing is ignored. Remote references are never fetched.

| | |
|---|---|
| types | \`type\` (also a list of types), \`enum\`, \`const\`, \`nullable\` |
| objects | \`properties\`, \`required\`, \`additionalProperties\` (\`false\`, \`true\` or a schema) |
| lists | \`items\`, tuples by \`prefixItems\` or draft 7's list of \`items\` with \`additionalItems\`, \`minItems\`, \`maxItems\`, \`uniqueItems\` |
| numbers | \`minimum\`, \`maximum\`, \`exclusiveMinimum\`, \`exclusiveMaximum\`, \`multipleOf\` (of the decimals) |
| text | \`minLength\`, \`maxLength\`, \`pattern\` (patterns that run in linear time), \`format\`: \`date\`, \`date-time\`, \`email\`, \`uri\`, \`uuid\` (checked) |
| together | \`$ref\` to \`#/$defs/…\`, \`#/definitions/…\`, \`#\` and \`contract:name@1\`, recursion; \`oneOf\` and \`anyOf\` whose members a type or a constant field tells apart; \`allOf\` of objects |
| annotations | \`title\`, \`description\`, \`default\`, \`examples\`, \`deprecated\`, \`readOnly\`, \`writeOnly\`, \`$comment\`, \`$schema\`, \`$id\` at the root, names that begin with \`x-\` |
| refused | everything else, such as \`not\`, \`if\`, \`contains\`, \`patternProperties\`, \`unevaluated…\`, \`$dynamicRef\`, and a keyword of one type without that \`type\` |

On the way in, fields that a contract does not declare are let through and then do not exist; on the way out they are
an error. In the short form (\`{ id: string, email?: string }\`) \`?\` means that a field may be missing or null.

## The official test suite

\`npx vitest run --config test/vitest.config.ts test/contract/suite.test.ts\` runs every group of the
JSON-Schema-Test-Suite for drafts 7 and 2020-12 (copied in \`test/contract/suite/\`). A group is refused, or each of its
tests must get the suite's verdict; what differs on purpose is listed in the test with its reason. Many groups leave the
type out (\`{ "maximum": 3 }\`), which contracts refuse: they are run with the type that the keyword speaks of written
out, on the suite's values of that type.

${tables.join("\n\n")}
`;

written("docs/contracts.md", page, "npx tsx .ci/contracts-page.ts");
