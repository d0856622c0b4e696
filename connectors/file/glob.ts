// Patterns of file names: `*` and `?` within a name, `**` for any folders. Names that begin with a dot must be asked for.

import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";

/** The folders in front of the first wild card; "" when there are none. */
export function fixedFolder(pattern: string): string {
  const parts = pattern.split("/").slice(0, -1);
  const wild = parts.findIndex((part) => /[*?]/.test(part));
  return parts.slice(0, wild < 0 ? parts.length : wild).join("/");
}

/** Regular files below the root that match, sorted; folders that are links are not entered. */
export async function matchingFiles(root: string, pattern: string): Promise<readonly string[]> {
  const wanted = toRegExp(pattern);
  const folder = join(root, fixedFolder(pattern));
  const deep = /[*?].*\//.test(pattern);
  const entries = await readdir(folder, { withFileTypes: true, recursive: deep });
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => wanted.test(path))
    .sort();
}

export function toRegExp(pattern: string): RegExp {
  const parts = pattern.split("/").map((part, index, all) => {
    if (part === "**") return index === all.length - 1 ? "(?!\\.)[^/]+(?:/(?!\\.)[^/]+)*" : "(?:(?!\\.)[^/]+/)*";
    const hidden = /^[*?]/.test(part) ? "(?!\\.)" : "";
    const name = part
      .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", "[^/]*")
      .replaceAll("?", "[^/]");
    return `${hidden}${name}${index === all.length - 1 ? "" : "/"}`;
  });
  return new RegExp(`^${parts.join("")}$`);
}
