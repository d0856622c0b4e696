// The compiled benchmark workspace: what runs here is what `vrsky compile` writes.

import { compileFolder, type Ready } from "../cli/compile-workspace.ts";
import { createLibrary } from "../runtime/expression/library.ts";
import { loadProgram, type Program } from "../runtime/program.ts";
import type { CodedBundle } from "../schema/bundle.ts";

const folder = new URL("workspace", import.meta.url).pathname;

export const env = { settings: { factor: 100, sink: "http://127.0.0.1:1" }, secrets: {} } as const;

export function benchWorkspace(): Ready {
  const { emitted, diagnostics } = compileFolder(folder);
  if (emitted === undefined) throw new Error(`the workspace does not compile: ${JSON.stringify(diagnostics)}`);
  return { folder, ...emitted };
}

export function bundleOf(ready: Ready, integration: string): CodedBundle {
  const found = ready.bundles.find(({ bundle }) => bundle.integration === integration);
  if (found === undefined) throw new Error(`the workspace has no ${integration}`);
  return found;
}

export function programOf(ready: Ready, integration: string): Promise<Program> {
  return loadProgram(bundleOf(ready, integration), env, () => createLibrary());
}
