// vrsky docs: the workspace as Markdown with pictures, and as an AsyncAPI document.

import { writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
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

export function docsVerb(path: string, options: DocsOptions, io: Io): ExitCode {
  const folder = resolve(io.cwd, options.out);
  const toWorkspace = relative(folder, resolve(io.cwd, path)).replaceAll("\\", "/") || ".";
  const { asyncapi } = options;
  const made = withSurvey(path, io, (survey) =>
    ok(
      asyncapi === undefined
        ? withList(documents(survey, toWorkspace))
        : new Map([[asyncapi, asyncApiText(survey, asyncapi.endsWith(".json") ? "json" : "yaml")]]),
    ),
  );
  if (!made.ok) return say(io, made.refusal);
  const base = asyncapi === undefined ? folder : io.cwd;
  const what = asyncapi === undefined ? shown(folder, io) : asyncapi;
  if (options.check) return told(compare(base, made.value), what, made.value.size, io);
  try {
    if (asyncapi !== undefined) writeFileSync(resolve(io.cwd, asyncapi), made.value.get(asyncapi) ?? "");
    const { missing, differs, leftOver, foreign } = asyncapi === undefined ? write(folder, made.value) : none;
    if (foreign.length > 0) return sayForeign(foreign, what, io);
    const removed = leftOver.length === 0 ? "" : `, ${leftOver.length} removed`;
    const count =
      asyncapi === undefined
        ? ` (${missing.length + differs.length} of ${made.value.size} files written${removed})`
        : "";
    io.err(`${paint(io.colorErr).green("documented:")} ${what}${count}\n`);
    return exit.ok;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return say(io, refuse(exit.findings, `Cannot write ${what}: ${reason}`).refusal);
  }
}

const none: Difference = { missing: [], differs: [], leftOver: [], foreign: [] };

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
