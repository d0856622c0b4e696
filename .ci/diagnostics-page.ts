// docs/diagnostics.md from the catalogue of codes: `npx tsx .ci/diagnostics-page.ts` writes it.

import type { CodeEntry } from "../schema/codes/entry.ts";
import { codes } from "../schema/codes.ts";
import { integrationFrame, workspaceFrame } from "./example-frame.ts";
import { written } from "./written.ts";

const groups: readonly (readonly [string, string])[] = [
  ["1", "YAML"],
  ["2", "Spec"],
  ["3", "Expression"],
  ["4", "Types"],
  ["5", "Topology"],
  ["6", "Policy"],
  ["9", "The compiler itself"],
];

const entries: readonly (readonly [string, CodeEntry])[] = Object.entries(codes);

const fenced = (text: string): string => `\`\`\`yaml\n${text.replace(/\n$/, "")}\n\`\`\`\n`;

function section(code: string, { severity, title, text, retired, example }: CodeEntry): string {
  const state =
    retired === true ? "Retired: it is not reported any more, and its number stays taken." : `Severity: ${severity}.`;
  const shown =
    example === undefined
      ? ""
      : `\nWrong:\n\n${fenced(example.bad.join("\n"))}\nRight:\n\n${fenced(example.good.join("\n"))}`;
  return `### ${code}\n\n**${title}.** ${state}\n\n${text}\n${shown}`;
}

function group(digit: string, name: string): readonly string[] {
  const own = entries.filter(([code]) => code.startsWith(`VRS${digit}`));
  if (own.length === 0) return [];
  return [`## ${name} (VRS${digit}xxx)\n`, ...own.map(([code, entry]) => section(code, entry))];
}

const known = new Set(groups.map(([digit]) => `VRS${digit}`));
const homeless = entries.filter(([code]) => !known.has(code.slice(0, 4))).map(([code]) => code);
if (homeless.length > 0) throw new Error(`no group for ${homeless.join(", ")}`);

const page = [
  "# Diagnostics\n",
  "What the compiler says, by code. A code keeps its meaning for ever and is never given to another finding. An error keeps a workspace from being compiled, a warning does not. This page is written by `.ci/diagnostics-page.ts` from `schema/codes/`.\n",
  `| code | severity | finding |\n|---|---|---|\n${entries.map(([code, { severity, title }]) => `| [${code}](#${code.toLowerCase()}) | ${severity} | ${title} |`).join("\n")}\n`,
  `The examples leave out what is the same everywhere: the rest of an integration,\n\n${fenced(Object.values(integrationFrame).join("\n"))}\nand of its workspace; \`# path\` begins another file of it. Each of them is compiled by a test (\`test/compiler/catalogue.test.ts\`), and \`vrsky explain CODE\` prints them.\n\n<details><summary>The workspace of the examples</summary>\n\n${Object.entries(
    workspaceFrame,
  )
    .map(([path, text]) => fenced(`# ${path}\n${text}`))
    .join("\n")}\n</details>\n`,
  ...groups.flatMap(([digit, name]) => group(digit, name)),
].join("\n");

written("docs/diagnostics.md", page, "npx tsx .ci/diagnostics-page.ts");
