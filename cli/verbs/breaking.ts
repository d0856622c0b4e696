// vrsky breaking: what somebody outside relied on at a commit and does not get any more. Only texts are compared: no
// server is asked, and nothing is checked out.

import { existsSync } from "node:fs";
import { join, resolve as resolvePath } from "node:path";
import type { FileSystem } from "../../compiler/1-read/read.ts";
import { breakingChanges } from "../../compiler/breaking/compare.ts";
import { type Category, categories, isNote } from "../../compiler/breaking/rules.ts";
import { type Surface, surfaceOf } from "../../compiler/breaking/surface.ts";
import { resolve } from "../../compiler/compile.ts";
import { renderText } from "../../compiler/report/text.ts";
import { manifests } from "../../connectors/all.ts";
import { type Diagnostic, hasErrors } from "../../schema/diagnostic.ts";
import { filesAt, root } from "../breaking/git-files.ts";
import { type Comparison, renderers } from "../breaking/render.ts";
import { shown } from "../compile-workspace.ts";
import { type ExitCode, exit, refuse } from "../exit.ts";
import { filesBelow } from "../files.ts";
import { inRepository } from "../in-repository.ts";
import { type Io, say } from "../io.ts";
import { progressWhile } from "../progress.ts";
import { scriptTools } from "../script-tools.ts";

export interface BreakingOptions {
  readonly against: string;
  readonly allow: readonly string[];
  readonly format: keyof typeof renderers;
}

export function breakingVerb(path: string, options: BreakingOptions, io: Io): ExitCode {
  const unknown = options.allow.filter((name) => !isCategory(name));
  if (unknown.length > 0) {
    const help = `Known are ${categories.join(", ")}.`;
    return say(io, refuse(exit.usage, `There is no category ${unknown.join(", ")}.`, help).refusal);
  }
  const folder = resolvePath(io.cwd, path);
  if (!existsSync(join(folder, "vrsky.yaml"))) {
    const why = `${shown(folder, io)} is no workspace: it has no vrsky.yaml.`;
    return say(io, refuse(exit.findings, why, "Name the folder that holds vrsky.yaml.").refusal);
  }
  const commit = filesAt(folder, options.against, io);
  if (!commit.ok) return say(io, commit.refusal);
  const now = progressWhile(io, "reading the workspace", () => surfaceAt(folder, filesBelow(folder)));
  if ("diagnostics" in now) {
    io.err(renderText(now.diagnostics, now.sources, { color: io.colorErr }));
    return say(io, refuse(exit.findings, `${shown(folder, io)} does not compile.`).refusal);
  }
  const before = progressWhile(io, `reading ${options.against}`, () => surfaceAt(root, commit.value.files));
  if ("diagnostics" in before) {
    io.err(renderText(before.diagnostics, before.sources, { color: io.colorErr, limit: 3 }));
    const help = "Compare with a later commit, one that this version of vrsky compiles.";
    return say(io, refuse(exit.findings, `The workspace at ${options.against} does not compile.`, help).refusal);
  }
  const all = progressWhile(io, "comparing", () => breakingChanges(before, now));
  const allowed = all.filter(({ category }) => options.allow.includes(category));
  const others = all.filter(({ category }) => !options.allow.includes(category));
  const changes = others.filter(({ category }) => !isNote(category));
  const comparison: Comparison = {
    against: { ref: options.against, commit: commit.value.hash },
    changes,
    notes: others.filter(({ category }) => isNote(category)),
    allowed,
    folder: inRepository(folder, io),
  };
  renderers[options.format](comparison, io);
  return changes.length > 0 ? exit.findings : exit.ok;
}

const isCategory = (name: string): name is Category => categories.some((category) => category === name);

interface Unresolved {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
}

function surfaceAt(folder: string, files: FileSystem): Surface | Unresolved {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic);
  const read = resolve({ root: folder, files, manifests, scripts: scriptTools() }, report);
  const { workspace, contracts, places, sources } = read;
  if (workspace === undefined || hasErrors(diagnostics)) {
    return { diagnostics: diagnostics.filter(({ severity }) => severity === "error"), sources };
  }
  return surfaceOf(workspace, contracts, places);
}
