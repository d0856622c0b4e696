// vrsky compile: bundles, topology and manifest into a folder; `--check` only compares.

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { hasErrors } from "../../schema/diagnostic.ts";
import type { CompiledManifest } from "../../schema/manifest.ts";
import { shown } from "../compile-workspace.ts";
import { type ExitCode, exit, refuse } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";
import { compileAt, type Format, report } from "./validate.ts";

export interface CompileVerbOptions {
  readonly out: string;
  readonly check: boolean;
  readonly format: Format;
  readonly cache?: boolean;
}

export function compileVerb(path: string, options: CompileVerbOptions, io: Io): ExitCode {
  const compiled = compileAt(path, { ...options, output: true }, io);
  if (typeof compiled === "number") return compiled;
  report(compiled, path, options, io);
  if (compiled.emitted === undefined || hasErrors(compiled.diagnostics)) return exit.findings;
  const folder = resolve(io.cwd, options.out);
  const { files } = compiled.emitted;
  return options.check ? compare(folder, files, io) : write(folder, files, io);
}

function compare(folder: string, files: ReadonlyMap<string, string>, io: Io): ExitCode {
  const stale = [...files].filter(([path, text]) => current(folder, path) !== text).map(([path]) => path);
  const left = leftOver(folder, files);
  if (stale.length + left.length === 0) {
    io.err(`${paint(io.colorErr).green("up to date:")} ${shown(folder, io)} (${files.size} files)\n`);
    return exit.ok;
  }
  for (const path of stale) io.err(`  ${existsSync(join(folder, path)) ? "differs" : "missing"}  ${path}\n`);
  for (const path of left) io.err(`  left over  ${path}\n`);
  return say(
    io,
    refuse(exit.findings, `${shown(folder, io)} is stale.`, "Run `vrsky compile` and commit the result.").refusal,
  );
}

function write(folder: string, files: ReadonlyMap<string, string>, io: Io): ExitCode {
  const left = leftOver(folder, files);
  let written = 0;
  try {
    for (const [path, text] of files) {
      if (current(folder, path) === text) continue;
      writeWhole(join(folder, path), text);
      written += 1;
    }
    for (const path of left) rmSync(join(folder, path));
  } catch (error) {
    return say(
      io,
      refuse(
        exit.findings,
        `Cannot write ${shown(folder, io)}: ${error instanceof Error ? error.message : String(error)}`,
      ).refusal,
    );
  }
  const removed = left.length === 0 ? "" : `, ${left.length} removed`;
  io.err(
    `${paint(io.colorErr).green("compiled:")} ${files.size} files in ${shown(folder, io)} (${written} written${removed})\n`,
  );
  return exit.ok;
}

/** A reader never sees half a file. */
function writeWhole(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}

function current(folder: string, path: string): string | undefined {
  try {
    return readFileSync(join(folder, path), "utf8");
  } catch {
    return undefined;
  }
}

/** Files that an earlier run wrote and this one does not; nothing that we did not write is ever removed. */
function leftOver(folder: string, files: ReadonlyMap<string, string>): readonly string[] {
  const before = current(folder, "manifest.json");
  if (before === undefined || !existsSync(folder) || readdirSync(folder).length === 0) return [];
  try {
    const manifest = JSON.parse(before) as CompiledManifest;
    return Object.keys(manifest.files).filter(
      (path) => !files.has(path) && isBelow(path) && existsSync(join(folder, path)),
    );
  } catch {
    return [];
  }
}

const isBelow = (path: string): boolean => !path.startsWith("/") && !path.split("/").includes("..");
