// A workspace as pictures and documents are made from it, for tests; texts are written into a folder of their own.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ok } from "../../cli/exit.ts";
import type { Io } from "../../cli/io.ts";
import { type Survey, withSurvey } from "../../cli/picture/survey.ts";

const here = new URL("../..", import.meta.url).pathname;

/** What a verb said, and what it is handed. */
export function listening(cwd = here): { readonly io: Io; readonly said: { out: string; err: string } } {
  const said = { out: "", err: "" };
  const io: Io = {
    out: (text) => {
      said.out += String(text);
    },
    err: (text) => {
      said.err += text;
    },
    colorOut: false,
    colorErr: false,
    interactive: false,
    env: {},
    cwd,
  };
  return { io, said };
}

/** `folder`: as the repository names it, such as `examples/language`. */
export function surveyed<T>(folder: string, use: (survey: Survey) => T): T {
  const { io, said } = listening();
  const result = withSurvey(folder, io, (survey) => ok(use(survey)));
  if (!result.ok) throw new Error(`${result.refusal.message}\n${said.err}`);
  return result.value;
}

/** `files` by path below the workspace; `vrsky.yaml` is there unless given. */
export function folderOf(files: Readonly<Record<string, string>>): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "vrsky-survey-"));
  for (const [name, text] of Object.entries({ "vrsky.yaml": "workspace: w\nlanguage: 1\n", ...files })) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Names and texts that would be markup anywhere. */
export const hostile: Readonly<Record<string, string>> = {
  "tenants/acme/orders.yaml": `integration: orders
description: '</desc><script>window.hit=1</script> "quoted" & ]] --> {{x}} \`tick\` | [a](javascript:x)'
labels: { a: "</text><image href=x onerror=alert(1)>" }
source:
  http: { path: /orders }
  contract: { id: string, "</tspan><script>alert(1)</script>": string, '"] --> evil["': string, "%%{init: {}}%%": string }
steps:
  - filter: \${ body.id !== "</text><script>window.hit=1</script>" && body.id !== "<img src=x onerror=window.hit=1>" }
  - map: { "a\\"];\\nclick n1 call x()": "\${ body.id }", "b\\\\": "<b>&amp;&#x27;\\\\n", "\`md\` **x** javascript:alert(1)": "\${ \`x\` }", "end": "subgraph", "<!--": "-->", "]]>": "<![CDATA[", "a|b": "c|d" }
targets:
  out: { nats: { subject: "x.y" } }
`,
};
