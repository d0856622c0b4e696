// The files of YAML that a folder's workspaces are made of: what compile reads, and nothing else that lies about.

import { type Dirent, existsSync, readdirSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { readWorkspace } from "../compiler/1-read/read.ts";
import { filesBelow } from "./files.ts";

/**
 * Of every workspace in the folder, or of the part of a workspace that the folder is. Undefined when it is neither.
 * Absolute paths.
 */
export function specFiles(folder: string): readonly string[] | undefined {
  const workspaces = workspacesIn(folder);
  if (workspaces.length > 0) return workspaces.flatMap(specsOf);
  const around = workspaceAround(folder);
  return around === undefined ? undefined : specsOf(around).filter((path) => path.startsWith(`${folder}${sep}`));
}

function specsOf(workspace: string): readonly string[] {
  const { specs, contracts } = readWorkspace(workspace, filesBelow(workspace), {
    // Only the names count; a file that is no text is told when it is opened.
    text: () => "",
    file: (path, text) => ({ path, text }),
  });
  return [...specs, ...contracts].map(({ path }) => join(workspace, path)).filter((path) => /\.ya?ml$/.test(path));
}

const deepest = 8;

function workspacesIn(folder: string, depth = 0): readonly string[] {
  const entries = entriesOf(folder);
  const below = entries.filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules",
  );
  const here = entries.some(({ name }) => name === "vrsky.yaml") ? [folder] : [];
  if (depth === deepest) return here;
  return [...here, ...below.flatMap(({ name }) => workspacesIn(join(folder, name), depth + 1))];
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function workspaceAround(folder: string): string | undefined {
  const above = dirname(folder);
  if (above === folder) return undefined;
  return existsSync(join(above, "vrsky.yaml")) ? above : workspaceAround(above);
}
