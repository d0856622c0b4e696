// vrsky validate: every finding of every file in one run.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Compiled } from "../../compiler/compile.ts";
import { renderGithub } from "../../compiler/report/github.ts";
import { renderJson } from "../../compiler/report/json.ts";
import { renderSarif } from "../../compiler/report/sarif.ts";
import { renderText } from "../../compiler/report/text.ts";
import { hasErrors } from "../../schema/diagnostic.ts";
import { type CacheOption, compileFolder, shown } from "../compile-workspace.ts";
import { type ExitCode, exit, refuse } from "../exit.ts";
import { inRepository } from "../in-repository.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";
import { progressWhile } from "../progress.ts";
import { fixAll } from "./fix.ts";

export type Format = "text" | "json" | "github" | "sarif";

export interface ValidateOptions extends ReportOptions, CacheOption {
  /** Mends what is certain first. */
  readonly fix?: boolean;
  /** With `fix`: shows it only. */
  readonly diff?: boolean;
}

export interface ReportOptions {
  readonly format: Format;
  /** For people: every finding, not the first ones. */
  readonly all?: boolean;
}

export function validate(path: string, options: ValidateOptions, io: Io): ExitCode {
  const compiled = options.fix === true ? fixAll(path, options, io) : compileAt(path, options, io);
  if (typeof compiled === "number") return compiled;
  report(compiled, path, options, io);
  if (hasErrors(compiled.diagnostics)) return exit.findings;
  if (options.format === "text") {
    const count = compiled.integrations;
    io.err(
      `${paint(io.colorErr).green("valid:")} ${count} ${count === 1 ? "integration" : "integrations"} in ${shown(resolve(io.cwd, path), io)}\n`,
    );
  }
  return exit.ok;
}

/** Compiles a workspace folder, or says why there is none. */
export function compileAt(path: string, options: CacheOption, io: Io): Compiled | ExitCode {
  const folder = resolve(io.cwd, path);
  if (!existsSync(join(folder, "vrsky.yaml"))) {
    return say(
      io,
      refuse(
        exit.findings,
        `${shown(folder, io)} is no workspace: it has no vrsky.yaml.`,
        "Name the folder that holds vrsky.yaml.",
      ).refusal,
    );
  }
  return progressWhile(io, "compiling", () => compileFolder(folder, options));
}

/** Diagnostics for people go to stderr, for programs to stdout. */
export function report(compiled: Compiled, path: string, { format, all }: ReportOptions, io: Io): void {
  const { diagnostics, sources } = compiled;
  switch (format) {
    case "text": {
      const options = { color: io.colorErr, ...(all === true ? { limit: diagnostics.length } : {}) };
      if (diagnostics.length > 0) io.err(renderText(diagnostics, sources, options));
      return;
    }
    case "json":
      io.out(renderJson(diagnostics));
      return;
    case "github":
      io.out(renderGithub(diagnostics, inRepository(resolve(io.cwd, path), io)));
      return;
    case "sarif":
      io.out(renderSarif(diagnostics, inRepository(resolve(io.cwd, path), io)));
  }
}
