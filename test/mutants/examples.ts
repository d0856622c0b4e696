// The workspaces whose mutants are judged.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Texts } from "../rig/texts.ts";

export const workspaces = [
  "examples",
  "examples/csv-to-postgres",
  "examples/cdc-to-api",
  "examples/github-to-slack",
  "examples/orders-routed",
] as const;

const root = new URL("../..", import.meta.url).pathname;
/** What belongs to a workspace, and not to one below it. */
const own = ["vrsky.yaml", "tenants", "contracts", "scripts", "mails"];

export function textsOf(workspace: string): Texts {
  const folder = join(root, workspace);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => own.includes(path.split("/")[0] ?? ""));
  return new Map(files.sort().map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}
