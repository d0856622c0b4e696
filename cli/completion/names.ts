// Names of the workspace for completion. Each key press pays for them: files are looked through, nothing is compiled.

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Candidate, Kind, Names } from "./complete.ts";

/** Beyond so many files a person does not choose from a list. */
const mostFiles = 3_000;

export function namesBelow(cwd: string): Names {
  const found: Readonly<Record<Kind, (folder: string) => Promise<readonly Candidate[]> | readonly Candidate[]>> = {
    context: contexts,
    tenant: (folder) => foldersIn(join(folder, "tenants")).map((value) => ({ value })),
    integration: integrations,
    code: async () => {
      const { codes } = await import("../../schema/codes.ts");
      return Object.entries(codes).map(([value, { title }]) => ({ value, about: title }));
    },
    connector: async () => {
      const { manifests } = await import("../../connectors/all.ts");
      return manifests.map(({ name }) => ({ value: name }));
    },
  };
  return (kind, workspace) => found[kind](resolve(cwd, workspace));
}

async function contexts(folder: string): Promise<readonly Candidate[]> {
  const text = textOf(join(folder, "vrsky.yaml"));
  if (text === undefined) return [];
  return (await import("./contexts.ts")).contextsIn(text).map((value) => ({ value }));
}

function integrations(folder: string): readonly Candidate[] {
  const names = new Set<string>();
  const files = specsBelow(join(folder, "tenants")).slice(0, mostFiles);
  for (const file of files)
    for (const [, name = ""] of (textOf(file) ?? "").matchAll(/^integration: +([a-z][a-z0-9-]*)/gm)) names.add(name);
  return [...names].sort().map((value) => ({ value }));
}

function specsBelow(folder: string): readonly string[] {
  return entriesOf(folder).flatMap((entry) => {
    if (entry.name.startsWith(".") || entry.name === "node_modules") return [];
    if (entry.isDirectory()) return specsBelow(join(folder, entry.name));
    return /\.ya?ml$/.test(entry.name) ? [join(folder, entry.name)] : [];
  });
}

const foldersIn = (folder: string): readonly string[] =>
  entriesOf(folder).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
