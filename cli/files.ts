// The workspace's file system, as the compiler takes it: read-only, below one folder, nothing followed out of it.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { FileSystem } from "../compiler/1-read/read.ts";

export const nodeFiles: FileSystem = {
  list: (folder) => {
    try {
      return readdirSync(folder, { withFileTypes: true }).map((entry) => ({
        name: entry.name,
        folder: entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(folder, entry.name))),
      }));
    } catch {
      return undefined;
    }
  },
  read: (path) => {
    try {
      return readFileSync(path);
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  },
};

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
