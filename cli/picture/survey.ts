// What pictures and documents are made from: the workspace as it was resolved and checked, with its bundles.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { allSteps } from "../../compiler/3-resolve/integration.ts";
import { createTypeChecker } from "../../compiler/4-check/type-checker.ts";
import { survey } from "../../compiler/compile.ts";
import { type Known, typesBehind } from "../../compiler/explain.ts";
import type { Integration, Use, Workspace } from "../../compiler/integration.ts";
import { renderText } from "../../compiler/report/text.ts";
import type { Site } from "../../compiler/value.ts";
import { manifests } from "../../connectors/all.ts";
import type { CodedBundle } from "../../schema/bundle.ts";
import type { JsonSchema } from "../../schema/json.ts";
import { shown } from "../compile-workspace.ts";
import { exit, type Result, refuse } from "../exit.ts";
import { filesBelow } from "../files.ts";
import type { Io } from "../io.ts";
import { progressWhile } from "../progress.ts";
import { scriptTools } from "../script-tools.ts";

export interface Survey {
  readonly workspace: Workspace;
  /** Named contracts of the workspace: `order@1`. */
  readonly contracts: ReadonlyMap<string, JsonSchema>;
  readonly bundles: () => readonly CodedBundle[];
  /** What is known of a message behind each source, step and arm, and in front of each target. */
  readonly types: (integration: Integration) => ReadonlyMap<Site, Known>;
}

/** Findings go to stderr; with errors there is nothing to draw. */
export function withSurvey<T>(path: string, io: Io, use: (survey: Survey) => Result<T>): Result<T> {
  const folder = resolve(io.cwd, path);
  if (!existsSync(join(folder, "vrsky.yaml"))) {
    const why = `${shown(folder, io)} is no workspace: it has no vrsky.yaml.`;
    return refuse(exit.findings, why, "Name the folder that holds vrsky.yaml.");
  }
  const checker = createTypeChecker();
  try {
    const files = filesBelow(folder);
    const options = { root: folder, files, manifests, checker, scripts: scriptTools() };
    const surveyed = progressWhile(io, "compiling", () => survey(options));
    const { workspace, resolved, diagnostics, sources } = surveyed;
    const { contracts } = resolved;
    if (diagnostics.length > 0) io.err(renderText(diagnostics, sources, { color: io.colorErr }));
    if (workspace === undefined) return refuse(exit.findings, `${shown(folder, io)} does not compile.`);
    const known: Survey = {
      workspace,
      contracts,
      bundles: () => surveyed.emitted?.bundles ?? [],
      types: (integration) => typesBehind(integration, contracts, checker),
    };
    return progressWhile(io, "drawing", () => use(known));
  } finally {
    checker.close();
  }
}

export const integrationsOf = ({ tenants }: Workspace): readonly Integration[] =>
  tenants.flatMap(({ integrations }) => integrations);

export const fullName = ({ tenant, name }: Pick<Integration, "tenant" | "name">): string => `${tenant}/${name}`;

/** Every connector that it works with, each as its spec says it. */
export function usesOf({ sources, steps, targets }: Integration): readonly Use[] {
  const calls = allSteps([...sources, { steps }, ...targets]).flatMap((step) =>
    step.kind === "call" ? [step.use] : [],
  );
  return [...sources.map(({ use, poll }) => poll?.use ?? use), ...calls, ...targets.map(({ use }) => use)];
}

/** Who writes a stream and who reads it, as `tenant/integration`. */
export function neighbours(workspace: Workspace, stream: { readonly tenant: string; readonly name: string }) {
  const same = (other: typeof stream | undefined): boolean =>
    other !== undefined && other.tenant === stream.tenant && other.name === stream.name;
  const all = integrationsOf(workspace);
  return {
    writers: all.filter(({ targets }) => targets.some((target) => same(target.stream))).map(fullName),
    readers: all.filter(({ sources }) => sources.some((source) => same(source.stream))).map(fullName),
  };
}
