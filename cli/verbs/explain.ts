// vrsky explain: what a code means, or what is known at a place of a spec.

import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { createTypeChecker } from "../../compiler/4-check/type-checker.ts";
import { type Explained, explainPlace } from "../../compiler/explain.ts";
import { nearest } from "../../compiler/nearest.ts";
import { manifests } from "../../connectors/all.ts";
import { codes } from "../../schema/codes.ts";
import { type ExitCode, exit, refuse } from "../exit.ts";
import { filesBelow } from "../files.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";
import { prettyType } from "../pretty-type.ts";
import { progressWhile } from "../progress.ts";
import { scriptTools } from "../script-tools.ts";

export function explain(subject: string, options: { readonly json: boolean }, io: Io): ExitCode {
  const place = /^(.+):(\d+):(\d+)$/.exec(subject);
  if (place !== null) {
    const [, file = "", line = "", column = ""] = place;
    return explainAt(file, { line: Number(line), column: Number(column) }, options, io);
  }
  return explainCode(subject.toUpperCase(), options, io);
}

const isCode = (text: string): text is keyof typeof codes => Object.hasOwn(codes, text);

function explainCode(code: string, options: { readonly json: boolean }, io: Io): ExitCode {
  if (!isCode(code)) {
    const guess = nearest(code, Object.keys(codes));
    const help =
      guess === undefined
        ? "Codes look like VRS4002; places like `tenants/acme/orders.yaml:12:9`."
        : `Did you mean ${guess}?`;
    return say(io, refuse(exit.usage, `There is no code ${code}.`, help).refusal);
  }
  const { title, text, severity, example } = codes[code];
  if (options.json) {
    const texts = example === undefined ? {} : { bad: example.bad.join("\n"), good: example.good.join("\n") };
    io.out(`${JSON.stringify({ code, severity, title, text, ...texts })}\n`);
    return exit.ok;
  }
  const { bold, red, yellow, green } = paint(io.colorOut);
  const tint = severity === "error" ? red : yellow;
  const shown = (lines: readonly string[]): string => lines.map((line) => `    ${line}\n`).join("");
  io.out(`${bold(`${tint(`${severity}[${code}]`)} ${title}`)}\n\n${wrapped(text)}\n`);
  if (example !== undefined) {
    io.out(`\n  ${red("wrong")}\n\n${shown(example.bad)}\n  ${green("right")}\n\n${shown(example.good)}`);
  }
  return exit.ok;
}

/** Lines of 100 characters, for terminals that break words anywhere. */
function wrapped(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length < 100) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}

function explainAt(
  file: string,
  place: { readonly line: number; readonly column: number },
  options: { readonly json: boolean },
  io: Io,
): ExitCode {
  const path = resolve(io.cwd, file);
  const root = workspaceOf(path);
  if (!existsSync(path) || root === undefined) {
    const why = existsSync(path) ? `${file} belongs to no workspace.` : `There is no file ${file}.`;
    return say(io, refuse(exit.findings, why, "Name a file below the folder that holds vrsky.yaml.").refusal);
  }
  const checker = createTypeChecker();
  try {
    const name = relative(root, path).replaceAll("\\", "/");
    const workspace = { root, files: filesBelow(root), manifests, checker, scripts: scriptTools() };
    const explained = progressWhile(io, "reading the workspace", () => explainPlace(workspace, name, place));
    if (explained === undefined) {
      const where = `${file}:${place.line}:${place.column}`;
      const help = "Point at a name inside `${ … }`, or at a step, a source, a route arm or a target.";
      return say(io, refuse(exit.findings, `Nothing has a type at ${where}.`, help).refusal);
    }
    io.out(options.json ? `${JSON.stringify(explained)}\n` : shownPlace(explained, io));
    return exit.ok;
  } finally {
    checker.close();
  }
}

function shownPlace(explained: Explained, io: Io): string {
  const { bold, dim } = paint(io.colorOut);
  const head = dim(explained.integration);
  if (explained.kind === "expression") return `${head}\n${bold(explained.text)}: ${prettyType(explained.type)}\n`;
  const { body, vars } = explained;
  const rest = vars === "{}" ? "" : `${bold("vars")}: ${prettyType(vars)}\n`;
  return `${head}\n${bold("body")}: ${prettyType(body)}\n${rest}`;
}

/** The nearest folder above with a vrsky.yaml. */
function workspaceOf(path: string): string | undefined {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "vrsky.yaml"))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}
