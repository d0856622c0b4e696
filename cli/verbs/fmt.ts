// vrsky fmt: the specs as they should be written. A file is written only when it changes, and never one that YAML
// cannot read.

import { readFileSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Formatted, format } from "../../compiler/format/format.ts";
import { renderJson } from "../../compiler/report/json.ts";
import { renderText } from "../../compiler/report/text.ts";
import type { Diagnostic } from "../../schema/diagnostic.ts";
import { shown } from "../compile-workspace.ts";
import { type ExitCode, exit, ok, type Result, refuse } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";
import { progressWhile } from "../progress.ts";
import { specFiles } from "../spec-files.ts";

interface FmtOptions {
  /** Writes nothing; a file that would change is a finding. */
  readonly check: boolean;
  /** Writes nothing; shows the lines that would change. */
  readonly diff: boolean;
  readonly json: boolean;
}

interface Seen {
  /** As the user would type it. */
  readonly file: string;
  readonly path: string;
  readonly text: string;
  readonly formatted: Formatted;
}

export async function fmtVerb(paths: readonly string[], options: FmtOptions, io: Io): Promise<ExitCode> {
  if (paths.includes("-")) {
    const alone = refuse(exit.usage, "`-` is standard input, and stands alone.");
    return paths.length === 1 ? fromInput(options, io) : say(io, alone.refusal);
  }
  const files = filesOf(paths.length === 0 ? ["."] : paths, io);
  if (!files.ok) return say(io, files.refusal);
  const { seen, unreadable } = progressWhile(io, "formatting", () => formattedAll(files.value, io));
  const changed = seen.filter(changes);
  if (!options.check && !options.diff) for (const { path, formatted } of changed) write(path, formatted);
  await report(seen, unreadable, options, io);
  const broken = unreadable.length > 0 || seen.some(({ formatted }) => "diagnostics" in formatted);
  return broken || (options.check && changed.length > 0) ? exit.findings : exit.ok;
}

function formattedAll(paths: readonly string[], io: Io) {
  const seen: Seen[] = [];
  const unreadable: string[] = [];
  for (const path of paths) {
    const text = textOf(path);
    if (text === undefined) unreadable.push(shown(path, io));
    else seen.push({ file: shown(path, io), path, text, formatted: format(text, shown(path, io)) });
  }
  return { seen, unreadable };
}

const changes = ({ text, formatted }: Seen): boolean => "text" in formatted && formatted.text !== text;

function write(path: string, formatted: Formatted): void {
  if ("text" in formatted) writeFileSync(path, formatted.text);
}

/** Whole files and the specs of workspaces, each once. */
function filesOf(paths: readonly string[], io: Io): Result<readonly string[]> {
  const found = new Set<string>();
  for (const given of paths) {
    const path = resolve(io.cwd, given);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return refuse(exit.findings, `${given} is not there.`, "Name files, or a workspace.");
    const files = stat.isDirectory() ? specFiles(path) : [path];
    if (files === undefined) {
      const help = "Name the folder that holds vrsky.yaml, or the files themselves.";
      return refuse(exit.findings, `${shown(path, io)} is no workspace and lies in none.`, help);
    }
    for (const file of files) found.add(file);
  }
  return ok([...found]);
}

/** Undefined when it cannot be read as text. */
function textOf(path: string | 0): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch {
    return undefined;
  }
}

/** For editors: nothing on standard output unless it is the formatted text. */
async function fromInput(options: FmtOptions, io: Io): Promise<ExitCode> {
  const file = "standard input";
  const text = textOf(0);
  if (text === undefined) return say(io, refuse(exit.findings, `${file} is not UTF-8 text.`).refusal);
  const formatted = format(text, file);
  const seen = { file, path: file, text, formatted };
  if (options.check || options.diff || options.json) await report([seen], [], options, io);
  else if ("text" in formatted) io.out(formatted.text);
  else tellBroken(formatted.diagnostics, [seen], io);
  return "diagnostics" in formatted || (options.check && changes(seen)) ? exit.findings : exit.ok;
}

async function report(
  seen: readonly Seen[],
  unreadable: readonly string[],
  options: FmtOptions,
  io: Io,
): Promise<void> {
  const diagnostics = seen.flatMap(({ formatted }) => ("diagnostics" in formatted ? formatted.diagnostics : []));
  const changed = seen.filter(changes);
  const left = seen.flatMap(({ file, formatted }) =>
    "left" in formatted && formatted.left !== undefined ? [{ file, why: formatted.left }] : [],
  );
  if (options.json) {
    const { diagnostics: found } = JSON.parse(renderJson(diagnostics)) as { readonly diagnostics: unknown };
    const files = { files: seen.length, changed: changed.map(({ file }) => file), left, unreadable };
    io.out(`${JSON.stringify({ ...files, diagnostics: found }, null, 2)}\n`);
    return;
  }
  for (const one of changed) io.out(options.diff ? await difference(one, io.colorOut) : `${one.file}\n`);
  const { green, yellow, red } = paint(io.colorErr);
  for (const { file, why } of left) io.err(`${yellow("left as it is:")} ${file}: ${why}\n`);
  for (const file of unreadable) io.err(`${red("error:")} ${file} cannot be read as UTF-8 text.\n`);
  if (diagnostics.length > 0) tellBroken(diagnostics, seen, io);
  const all = `${seen.length} ${seen.length === 1 ? "file" : "files"}`;
  const broken = new Set(diagnostics.map(({ file }) => file)).size + unreadable.length;
  if (changed.length === 0 && broken === 0) io.err(`${green("formatted:")} ${all}\n`);
  else if (changed.length > 0 && (options.check || options.diff)) {
    io.err(`${yellow(`${changed.length} of ${all}`)} would be changed by \`vrsky fmt\`.\n`);
  } else if (changed.length > 0) io.err(`${green("formatted:")} ${changed.length} of ${all} changed\n`);
}

function tellBroken(diagnostics: readonly Diagnostic[], seen: readonly Seen[], io: Io): void {
  const sources = new Map(seen.map(({ file, text }) => [file, text]));
  io.err(renderText(diagnostics, sources, { color: io.colorErr, limit: diagnostics.length }));
}

/** As `git diff` shows it. */
async function difference({ file, text, formatted }: Seen, color: boolean): Promise<string> {
  if (!("text" in formatted)) return "";
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import("diff");
  const { red, green, cyan, bold } = paint(color);
  const patch = createTwoFilesPatch(`a/${file}`, `b/${file}`, text, formatted.text, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
  const tinted = patch.split("\n").map((line) => {
    if (/^(?:---|\+\+\+) /.test(line)) return bold(line);
    if (line.startsWith("@@")) return cyan(line);
    if (line.startsWith("-")) return red(line);
    return line.startsWith("+") ? green(line) : line;
  });
  return tinted.join("\n");
}
