// The result of a whole compile, kept until something that it was made of changes.

import type { FileSystem } from "../../compiler/1-read/read.ts";
import type { Emitted } from "../../compiler/6-emit/emit.ts";
import type { Compiled } from "../../compiler/compile.ts";
import type { Bundle, CodedBundle } from "../../schema/bundle.ts";
import type { Diagnostic } from "../../schema/diagnostic.ts";
import type { CompiledManifest } from "../../schema/manifest.ts";
import type { Topology } from "../../schema/topology.ts";
import type { CacheFolder } from "./folder.ts";
import { holds, remembering, type Trace, traced } from "./trace.ts";

interface Kept {
  readonly trace: Trace;
  readonly diagnostics: readonly Diagnostic[];
  readonly integrations: number;
  /** Paths of the files that were read. */
  readonly sources: readonly string[];
  /** Where the texts of the output are; without it they have not been asked for. */
  readonly output?: { readonly hash: string; readonly files: readonly (readonly [path: string, bytes: number])[] };
}

const name = "compiled";
const largestOutput = 256 * 1024 ** 2;

/** The kept result while it holds, else what `compile` gives, which is kept from then on. */
export function compileCached(
  root: string,
  files: FileSystem,
  folder: CacheFolder,
  compile: (files: FileSystem) => Compiled,
): Compiled {
  const once = remembering(files);
  const kept = folder.get(name) as Kept | undefined;
  if (kept === undefined || !holds(kept.trace, root, once)) return compileAndKeep(root, once, folder, compile);
  const { diagnostics, integrations } = kept;
  const sources = new Map(kept.sources.map((path) => [path, textOf(once, `${root}/${path}`)]));
  if (diagnostics.some(({ severity }) => severity === "error")) return { diagnostics, integrations, sources };
  let emitted: Emitted | undefined;
  return {
    diagnostics,
    integrations,
    sources,
    get emitted() {
      emitted ??= readOutput(kept, folder) ?? compileAndKeep(root, once, folder, compile).emitted;
      return emitted as Emitted;
    },
  };
}

function compileAndKeep(
  root: string,
  files: FileSystem,
  folder: CacheFolder,
  compile: (files: FileSystem) => Compiled,
): Compiled {
  const watched = traced(root, files);
  const compiled = compile(watched);
  const { diagnostics, integrations, sources } = compiled;
  const kept: Kept = { trace: watched.trace(), diagnostics, integrations, sources: [...sources.keys()] };
  folder.put(name, kept);
  if (diagnostics.some(({ severity }) => severity === "error")) return compiled;
  let emitted: Emitted | undefined;
  return {
    diagnostics,
    integrations,
    sources,
    get emitted() {
      if (emitted === undefined) {
        emitted = compiled.emitted as Emitted;
        keepOutput(kept, emitted, folder);
      }
      return emitted;
    },
  };
}

function keepOutput(kept: Kept, { files }: Emitted, folder: CacheFolder): void {
  const texts = [...files].map(([path, text]) => [path, Buffer.from(text)] as const);
  const size = texts.reduce((sum, [, bytes]) => sum + bytes.length, 0);
  if (size > largestOutput) return;
  const hash = folder.putBytes(Buffer.concat(texts.map(([, bytes]) => bytes)));
  folder.put(name, { ...kept, output: { hash, files: texts.map(([path, bytes]) => [path, bytes.length]) } });
}

function readOutput({ output }: Kept, folder: CacheFolder): Emitted | undefined {
  const bytes = output === undefined ? undefined : folder.getBytes(output.hash);
  if (output === undefined || bytes === undefined) return undefined;
  let at = 0;
  const files = new Map(
    output.files.map(([path, length]) => {
      at += length;
      return [path, bytes.toString("utf8", at - length, at)];
    }),
  );
  const parsed = <T>(path: string): T => JSON.parse(files.get(path) ?? "null") as T;
  const manifest = parsed<CompiledManifest>("manifest.json");
  return {
    files,
    manifest,
    get bundles(): readonly CodedBundle[] {
      return manifest.integrations.map(({ tenant, integration }) => ({
        bundle: parsed<Bundle>(`${tenant}/${integration}/bundle.json`),
        code: files.get(`${tenant}/${integration}/worker.mjs`) ?? "",
      }));
    },
    get topology(): Topology {
      return parsed("nats/topology.json");
    },
  };
}

function textOf(files: FileSystem, path: string): string {
  const bytes = files.read(path);
  return bytes instanceof Uint8Array ? new TextDecoder("utf-8").decode(bytes) : "";
}
