// The workspace's file system, as the compiler takes it: read-only, below one folder, nothing followed out of it.

import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import type { FileSystem } from "../compiler/1-read/read.ts";

/** Links that lead out of `root` are not followed: what they name may be nothing that a finding should show. */
export function filesBelow(root: string): FileSystem {
  return {
    list: (folder) => {
      try {
        if (leadsOut(root, folder)) return undefined;
        return readdirSync(folder, { withFileTypes: true }).map((entry) => ({
          name: entry.name,
          folder: entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(folder, entry.name))),
        }));
      } catch {
        return undefined;
      }
    },
    read: (path) => {
      const outside = { error: "a link leads out of the workspace" };
      return answered(() => (leadsOut(root, path) ? outside : readFileSync(path)));
    },
  };
}

/** Whatever is named, such as a context's file of secrets. */
export const readAnywhere = (path: string) => answered(() => readFileSync(path));

function answered(read: () => ReturnType<FileSystem["read"]>): ReturnType<FileSystem["read"]> {
  try {
    return read();
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** So does a link to a folder that it lies in: there would be no end. Throws where nothing is. */
function leadsOut(root: string, path: string): boolean {
  const real = realpathSync.native(path);
  const within = (folder: string, below: string): boolean => below === folder || below.startsWith(`${folder}${sep}`);
  if (!within(realpathSync.native(root), real)) return true;
  return path !== root && within(real, realpathSync.native(dirname(path)));
}

/**
 * The same for a process that looks again and again: a file is read anew when its size, its place on the disk or the
 * time of its last change (which no tool can set) is another.
 */
export function watchedFiles(root: string): FileSystem {
  const files = filesBelow(root);
  const known = new Map<string, { readonly stamp: string; readonly bytes: Uint8Array }>();
  return {
    list: files.list,
    read: (path) => {
      const stamp = settledStamp(path);
      const before = known.get(path);
      if (stamp !== undefined && before?.stamp === stamp) return before.bytes;
      const answer = files.read(path);
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
