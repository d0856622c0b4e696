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

/**
 * The same for a process that looks again and again: a file is read anew when its size, its place on the disk or the
 * time of its last change (which no tool can set) is another.
 */
export function watchedFiles(): FileSystem {
  const known = new Map<string, { readonly stamp: string; readonly bytes: Uint8Array }>();
  return {
    list: nodeFiles.list,
    read: (path) => {
      const stamp = settledStamp(path);
      const before = known.get(path);
      if (stamp !== undefined && before?.stamp === stamp) return before.bytes;
      const answer = nodeFiles.read(path);
      if (answer instanceof Uint8Array && stamp !== undefined) known.set(path, { stamp, bytes: answer });
      else known.delete(path);
      return answer;
    },
  };
}

/** Undefined for a file that changed just now: within one tick of the disk's clock it may change again unseen. */
function settledStamp(path: string): string | undefined {
  try {
    const { size, ino, ctimeMs } = statSync(path);
    if (Date.now() - ctimeMs < 100) return undefined;
    return `${size} ${ino} ${ctimeMs}`;
  } catch {
    return undefined;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
