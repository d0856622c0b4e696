// Scripts against their steps: `message` has the types that reach the step, what is returned must be what its contract
// says. Each step has a copy of its script with these types in front, on a line of their own, so that an author need
// not write any and every finding keeps its line.

import type { Diagnostic, Position, Range } from "../../schema/diagnostic.ts";
import type { Contracts } from "../3-resolve/contracts.ts";
import { allSteps } from "../3-resolve/integration.ts";
import type { Integration, ScriptStep } from "../integration.ts";
import { finding, type Report } from "../value.ts";
import { tellType } from "./findings.ts";
import { printTypes, typeOf } from "./print-types.ts";
import { printWorker } from "./print-worker.ts";
import type { Probe } from "./printing.ts";
import type { TypeChecker, TypeFinding } from "./type-checker.ts";
import type { Words } from "./words.ts";
import { createWriter } from "./writer.ts";

interface Copy {
  readonly step: ScriptStep;
  /** Of the original. */
  readonly file: string;
  readonly text: string;
  /** Where the copy differs: `offset` units were put in at `at`. */
  readonly shifts: readonly { readonly at: number; readonly by: number; readonly own: number }[];
}

/** Integrations in which nothing else was found: elsewhere the types of a message are not known. */
export function checkScripts(
  integrations: readonly Integration[],
  contracts: Contracts,
  checker: TypeChecker,
  library: string,
  moduleName: (integration: Integration) => string,
  words: (integration: Integration) => Words,
  report: Report,
  memory: WeakMap<Integration, readonly Diagnostic[]>,
): void {
  const files = new Map<string, string>();
  const copies = new Map<string, { readonly copy: Copy; readonly words: Words; readonly told: Diagnostic[] }>();
  for (const integration of integrations) {
    const before = memory.get(integration);
    before?.forEach(report);
    if (before !== undefined) continue;
    const steps = allSteps([...integration.sources, integration, ...integration.targets]).filter(
      (step): step is ScriptStep => step.kind === "script",
    );
    const told: Diagnostic[] = [];
    memory.set(integration, told);
    if (steps.length === 0) continue;
    const probes: Probe[] = [];
    const writer = printWorker(integration, contracts, probes);
    for (const step of steps) {
      const probe = probes.find(({ site }) => site === step.site);
      if (probe === undefined) continue;
      const [body = "unknown", vars = "{}"] = checker
        .typesAt(library, moduleName(integration), writer.text(), [probe.body, probe.vars])
        .map((type) => type ?? "unknown");
      const folder = `s${copies.size}`;
      const header = headerOf(integration, contracts, step, body, vars);
      for (const [file, text] of step.files) {
        const copy = copyOf(step, file, text, header);
        files.set(`${folder}/${file}`, copy.text);
        copies.set(`${folder}/${file}`, { copy: copy.copy, words: words(integration), told });
      }
    }
  }
  if (files.size === 0) return;
  for (const found of checker.checkScripts(files)) {
    const known = copies.get(found.module);
    if (known === undefined) continue;
    const diagnostic = toDiagnostic(found, known.copy, known.words, files.get(found.module) ?? "");
    known.told.push(diagnostic);
    report(diagnostic);
  }
}

function headerOf(
  integration: Integration,
  contracts: Contracts,
  step: ScriptStep,
  body: string,
  vars: string,
): string {
  const writer = createWriter();
  printTypes(integration, contracts, writer);
  const declared = writer
    .text()
    .replaceAll(/^export /gm, "")
    .replaceAll(/\s*\n\s*/g, " ");
  return `${basics} ${declared} type Message = { readonly body: ${body}; readonly vars: ${vars}; readonly headers: $Headers; readonly meta: Scope["meta"]; readonly settings: Settings }; type Result = ${step.contract === undefined ? "$Json" : typeOf(step.contract)}; type Step = (message: Message) => Result;`.replaceAll(
    "\n",
    " ",
  );
}

/** What the header needs of the checker's own library; of `any` a script may make what it likes. */
const basics = `type $Secret = never; type $Any = any; type $Failed = any; type $Json = string | number | boolean | null | undefined | readonly $Json[] | { readonly [key: string]: $Json }; type $Headers = { readonly [name: string]: string | undefined }; type $Meta = { readonly id: string; readonly source: string; readonly receivedAt: string };`;

function copyOf(
  step: ScriptStep,
  file: string,
  written: string,
  header: string,
): { readonly text: string; readonly copy: Copy } {
  // A comment must not switch the checker off.
  const plain = written.replaceAll(/@ts-(?:ignore|nocheck|expect-error)/g, (word) => " ".repeat(word.length));
  const exported = /^export default\s+(?=async\b|function\b|\(|[A-Za-z_$])/m.exec(plain);
  const first = `${header}\n`;
  if (file !== step.file || exported === null) {
    return {
      text: file === step.file ? first + plain : plain,
      copy: {
        step,
        file,
        text: written,
        shifts: file === step.file ? [{ at: 0, by: first.length, own: first.length }] : [],
      },
    };
  }
  const typed = "const $step: Step = ";
  const text = `${first}${plain.slice(0, exported.index)}${typed}${plain.slice(exported.index + exported[0].length)}\n;export default $step;`;
  const shifts = [
    { at: 0, by: first.length, own: first.length },
    { at: exported.index, by: typed.length - exported[0].length, own: typed.length },
  ];
  return { text, copy: { step, file, text: written, shifts } };
}

function toDiagnostic(
  found: TypeFinding,
  { step: { fileSite }, file, text, shifts }: Copy,
  words: Words,
  module: string,
): Diagnostic {
  const range: Range = { start: positionIn(text, found.start, shifts), end: positionIn(text, found.end, shifts) };
  const told = tellType(found, words, fileSite, module);
  const used = { file: fileSite.spec.file, range: fileSite.spec.locate(fileSite.path), message: "used here" };
  return { ...finding(told.code, fileSite, range, told), file, labels: [...(told.labels ?? []), used] };
}

function positionIn(text: string, offset: number, shifts: Copy["shifts"]): Position {
  let original = offset;
  for (const { at, by, own } of shifts) original = original >= at + own ? original - by : Math.min(original, at);
  const before = text.slice(0, Math.max(0, Math.min(original, text.length))).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}
