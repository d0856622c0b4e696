// The examples of the language as a workspace that is edited at random: lines come, go and change places, names change,
// files vanish and come back.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import fc from "fast-check";
import type { Compiled } from "../../compiler/compile.ts";
import type { Texts } from "./texts.ts";

export interface Edit {
  readonly kind: "remove-line" | "repeat-line" | "move-down" | "comment" | "rename" | "remove" | "restore" | "copy";
  readonly file: number;
  readonly at: number;
  readonly word: number;
}

export const anyEdit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom<Edit["kind"][]>(
    "remove-line",
    "repeat-line",
    "move-down",
    "comment",
    "rename",
    "rename",
    "remove",
    "restore",
    "restore",
    "copy",
  ),
  file: fc.nat(10_000),
  at: fc.nat(10_000),
  word: fc.nat(10_000),
});

const root = new URL("../../examples/language", import.meta.url).pathname;

/** Read when an integration names them: a template, and a script with what it imports. */
const read: Texts = new Map([
  [
    "tenants/acme/zz-read.yaml",
    `integration: read-files
source: { http: { path: /read }, contract: { id: string, price: number } }
steps:
  - as: rated
    script: scripts/rate.ts
    contract: { rate: number }
targets:
  out:
    http: { url: "https://example.com/x", text: { template: mails/rate.hbs } }
`,
  ],
  ["mails/rate.hbs", "{{ body.id }} costs {{ body.price }}\n"],
  [
    "scripts/rate.ts",
    'import { twice } from "./twice.ts";\nexport default (message) => ({ rate: twice(message.body.price) });\n',
  ],
  ["scripts/twice.ts", "export const twice = (value: number): number => 2 * value;\n"],
]);

/** Path below the workspace → text, of all files of the examples; what the command line keeps beside them is none. */
export const examples: Texts = new Map([
  ...readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes("/.vrsky/"))
    .sort()
    .map((path): [string, string] => [relative(root, path), readFileSync(path, "utf8")]),
  ...read,
]);

const words = [
  "order@1",
  "contact@1",
  "crm",
  "warehouse",
  "body.id",
  "body",
  "settings.",
  "secrets.",
  "string",
  "1",
  "acme",
];

export function edited(texts: Texts, { kind, file, at, word }: Edit): Texts {
  const paths = [...examples.keys()];
  const path = paths[file % paths.length] ?? "";
  const text = texts.get(path) ?? "";
  const next = new Map(texts);
  const lines = text.split("\n");
  const line = at % lines.length;
  switch (kind) {
    case "remove":
      next.delete(path);
      return next;
    case "restore":
      return next.set(path, examples.get(path) ?? "");
    case "copy":
      return next.set(
        path.replace(/(\.\w+)$/, "-copy$1"),
        text.replace(/^integration: .*/m, `integration: copy-${file}`),
      );
    case "comment":
      return next.set(path, `# ${at}\n${text}`);
    case "rename": {
      const from = words[word % words.length] ?? "";
      const to = words[(word + at) % words.length] ?? "";
      return next.set(path, text.replace(from, to));
    }
    case "remove-line":
      return next.set(path, lines.toSpliced(line, 1).join("\n"));
    case "repeat-line":
      return next.set(path, lines.toSpliced(line, 0, lines[line] ?? "").join("\n"));
    case "move-down":
      return next.set(path, lines.toSpliced(line, 2, lines[line + 1] ?? "", lines[line] ?? "").join("\n"));
  }
}

/** All that a compile says, to be compared. */
export function said({ diagnostics, integrations, sources, emitted }: Compiled) {
  const output = emitted === undefined ? undefined : { ...emitted, files: [...emitted.files] };
  return { diagnostics, integrations, sources: [...sources], output };
}
