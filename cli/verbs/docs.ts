// vrsky docs: the workspace as Markdown with pictures, and as an AsyncAPI document.

import { writeFileSync } from "node:fs";
import { basename, dirname, relative, resolve } from "node:path";
import { shown } from "../compile-workspace.ts";
import { compare, type Difference, withList, write } from "../documents/folder.ts";
import { asyncApiText, documents } from "../documents/pages.ts";
import { type ExitCode, exit, ok, refuse } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";
import { withSurvey } from "../picture/survey.ts";

export interface DocsOptions {
  readonly out: string;
  readonly check: boolean;
  /** Only this, as a file. */
  readonly asyncapi?: string;
}

export const docsVerb = (path: string, options: DocsOptions, io: Io): ExitCode =>
  options.asyncapi === undefined ? pages(path, options, io) : asyncApi(path, options.asyncapi, options.check, io);

function pages(path: string, { out, check }: DocsOptions, io: Io): ExitCode {
  const folder = resolve(io.cwd, out);
  const toWorkspace = relative(folder, resolve(io.cwd, path)).replaceAll("\\", "/") || ".";
  const made = withSurvey(path, io, (survey) => ok(withList(documents(survey, toWorkspace))));
  if (!made.ok) return say(io, made.refusal);
  const files = made.value;
  const what = shown(folder, io);
  if (check) return told(compare(folder, files), what, files.size, io);
  return writing(what, io, () => {
    const { missing, differs, leftOver, foreign } = write(folder, files);
    if (foreign.length > 0) return sayForeign(foreign, what, io);
    const removed = leftOver.length === 0 ? "" : `, ${leftOver.length} removed`;
    return documented(`${what} (${missing.length + differs.length} of ${files.size} files written${removed})`, io);
  });
}

function asyncApi(path: string, name: string, check: boolean, io: Io): ExitCode {
  const file = resolve(io.cwd, name);
  const form = name.endsWith(".json") ? "json" : "yaml";
  const made = withSurvey(path, io, (survey) => ok(asyncApiText(survey, form)));
  if (!made.ok) return say(io, made.refusal);
  const text = made.value;
  // What else lies in that folder is no concern of this file.
  if (check) return told({ ...compare(dirname(file), new Map([[basename(file), text]])), leftOver: [] }, name, 1, io);
  return writing(name, io, () => {
    writeFileSync(file, text);
    return documented(name, io);
  });
}

function writing(what: string, io: Io, work: () => ExitCode): ExitCode {
  try {
    return work();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return say(io, refuse(exit.findings, `Cannot write ${what}: ${reason}`).refusal);
  }
}

function documented(what: string, io: Io): ExitCode {
  io.err(`${paint(io.colorErr).green("documented:")} ${what}\n`);
  return exit.ok;
}

function sayForeign(paths: readonly string[], what: string, io: Io): ExitCode {
  const list = paths.map((path) => `\n    ${path}`).join("");
  return say(
    io,
    refuse(
      exit.refused,
      `In ${what} there is what \`vrsky docs\` has not written:${list}`,
      "Nothing was written. Name another folder with --out, or move it away first.",
    ).refusal,
  );
}

function told({ missing, differs, leftOver }: Difference, what: string, count: number, io: Io): ExitCode {
  const lines = [
    ...missing.map((path) => `  missing    ${path}`),
    ...differs.map((path) => `  differs    ${path}`),
    ...leftOver.map((path) => `  left over  ${path}`),
  ];
  if (lines.length === 0) {
    io.err(`${paint(io.colorErr).green("up to date:")} ${what} (${count} ${count === 1 ? "file" : "files"})\n`);
    return exit.ok;
  }
  io.err(`${lines.join("\n")}\n`);
  return say(io, refuse(exit.findings, `${what} is stale.`, "Run `vrsky docs` and commit the result.").refusal);
}
