// From a folder to its compiled form: a workspace is compiled, a compiled folder is read back and verified.

import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { FileSystem } from "../compiler/1-read/read.ts";
import { createTypeChecker } from "../compiler/4-check/type-checker.ts";
import { type Compiled, createCompiler } from "../compiler/compile.ts";
import { renderText } from "../compiler/report/text.ts";
import { manifests } from "../connectors/all.ts";
import type { Bundle, CodedBundle } from "../schema/bundle.ts";
import { sha256 } from "../schema/canonical.ts";
import type { CompiledManifest } from "../schema/manifest.ts";
import type { Topology } from "../schema/topology.ts";
import { build } from "./build.ts";
import { remembering } from "./cache/answers.ts";
import { compileCached } from "./cache/compiled.ts";
import { type CacheFolder, cacheFolder } from "./cache/folder.ts";
import { checkerOnThread } from "./checker/on-thread.ts";
import { exit, ok, type Result, refuse } from "./exit.ts";
import { filesBelow } from "./files.ts";
import type { Io } from "./io.ts";
import { progressWhile } from "./progress.ts";
import { scriptTools } from "./script-tools.ts";

/** What plan, apply and run work on. */
export interface Ready {
  /** Folder that relative paths of contexts (secrets files) refer to. */
  readonly folder: string;
  readonly bundles: readonly CodedBundle[];
  readonly topology: Topology;
  readonly manifest: CompiledManifest;
}

export interface CacheOption {
  /** False: nothing is taken from earlier runs, and nothing kept. */
  readonly cache?: boolean;
  /** The output is wanted, not only the findings. */
  readonly output?: boolean;
}

/** Compiles once and ends the type checker. */
export function compileFolder(folder: string, { cache, output }: CacheOption = {}): Compiled {
  const kept = cache === false ? undefined : cacheOf(folder);
  const once = (files: FileSystem): Compiled => {
    const compiler = openCompiler(folder, files, kept, output);
    try {
      return compiler.compile();
    } finally {
      compiler.close();
    }
  };
  const files = filesBelow(folder);
  return kept === undefined ? once(files) : compileCached(folder, files, kept, once);
}

export interface OpenCompiler {
  compile(): Compiled;
  close(): void;
}

/** A compiler that stays open: the next time only what changed is looked at again. */
export function openCompiler(folder: string, files: FileSystem, kept = cacheOf(folder), output = false): OpenCompiler {
  // From sources there is no file that a thread could be started from.
  const fresh =
    build === undefined ? createTypeChecker() : checkerOnThread(new URL("./checker-thread.mjs", import.meta.url));
  const checker = kept === undefined ? { ...fresh, save: () => undefined } : remembering(fresh, kept);
  const compile = createCompiler({ root: folder, files, manifests, checker, scripts: scriptTools(), ahead: output });
  return {
    compile: () => {
      const compiled = compile();
      checker.save();
      return compiled;
    },
    close: checker.close,
  };
}

/** Undefined when it cannot be told which compiler this is. */
export const cacheOf = (folder: string): CacheFolder | undefined =>
  build === undefined ? undefined : cacheFolder(join(folder, ".vrsky", "cache"), build);

/** Opens a workspace or the output of `vrsky compile`; diagnostics go to stderr. */
export function openFolder(path: string, io: Io, options: CacheOption = {}): Result<Ready> {
  const folder = resolve(io.cwd, path);
  if (existsSync(join(folder, "vrsky.yaml"))) return openWorkspace(folder, io, options);
  if (existsSync(join(folder, "manifest.json"))) return openCompiled(folder);
  return refuse(
    exit.findings,
    `${shown(folder, io)} is neither a workspace (no vrsky.yaml) nor compiled (no manifest.json).`,
    "Name the folder that holds vrsky.yaml.",
  );
}

function openWorkspace(folder: string, io: Io, options: CacheOption): Result<Ready> {
  const compiled = progressWhile(io, "compiling", () => compileFolder(folder, { ...options, output: true }));
  if (compiled.diagnostics.length > 0)
    io.err(renderText(compiled.diagnostics, compiled.sources, { color: io.colorErr }));
  if (compiled.emitted === undefined) return refuse(exit.findings, `${shown(folder, io)} does not compile.`);
  return ok({ folder, ...compiled.emitted });
}

function openCompiled(folder: string): Result<Ready> {
  const read = (path: string): string => readFileSync(join(folder, path), "utf8");
  try {
    const manifest = JSON.parse(read("manifest.json")) as CompiledManifest;
    for (const [path, hash] of Object.entries(manifest.files)) {
      if (sha256(read(path)) !== hash) {
        return refuse(
          exit.findings,
          `${join(folder, path)} differs from what manifest.json says.`,
          "Run `vrsky compile` again.",
        );
      }
    }
    const bundles = manifest.integrations.map(({ tenant, integration }) => ({
      bundle: JSON.parse(read(`${tenant}/${integration}/bundle.json`)) as Bundle,
      code: read(`${tenant}/${integration}/worker.mjs`),
    }));
    return ok({ folder, manifest, bundles, topology: JSON.parse(read("nats/topology.json")) as Topology });
  } catch (error) {
    return refuse(exit.findings, `${folder} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A path as the user would type it. */
export function shown(path: string, io: Io): string {
  const short = relative(io.cwd, path);
  return short === "" ? "." : short.startsWith("..") ? path : short;
}
