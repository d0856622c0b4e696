// A workspace's files as an editor sees them: what is open is what stands in its buffer, the rest is on the disk. The
// disk is looked at when something says that it changed, not at each key that is pressed.

import { dirname } from "node:path";
import type { FileSystem } from "../../compiler/1-read/read.ts";
import { watchedFiles } from "../files.ts";

export interface EditedFiles extends FileSystem {
  /** `path` relative to the workspace; no text: what is on the disk counts again. */
  edit(path: string, text: string | undefined): void;
  /** Something on the disk is another. */
  refresh(): void;
  /** Another number as soon as something may be another. */
  version(): number;
}

export function editedFiles(root: string): EditedFiles {
  const disk = watchedFiles(root);
  const buffers = new Map<string, Uint8Array>();
  let lists = new Map<string, ReturnType<FileSystem["list"]>>();
  let reads = new Map<string, ReturnType<FileSystem["read"]>>();
  let version = 0;
  const kept = <Value>(from: Map<string, Value>, key: string, look: () => Value): Value => {
    if (!from.has(key)) from.set(key, look());
    return from.get(key) as Value;
  };
  return {
    list: (folder) => kept(lists, folder, () => withBuffers(disk.list(folder), folder, buffers)),
    read: (path) => buffers.get(path) ?? kept(reads, path, () => disk.read(path)),
    version: () => version,
    edit: (path, text) => {
      version += 1;
      const full = `${root}/${path}`;
      // A file that is not on the disk yet changes what its folder holds.
      if (!buffers.has(full) || text === undefined) lists = new Map();
      if (text === undefined) buffers.delete(full);
      else buffers.set(full, new TextEncoder().encode(text));
    },
    refresh: () => {
      version += 1;
      lists = new Map();
      reads = new Map();
    },
  };
}

function withBuffers(
  entries: ReturnType<FileSystem["list"]>,
  folder: string,
  buffers: ReadonlyMap<string, Uint8Array>,
): ReturnType<FileSystem["list"]> {
  const known = new Set(entries?.map(({ name }) => name));
  const added = [...buffers.keys()].flatMap((path) => {
    if (!path.startsWith(`${folder}/`)) return [];
    const [name = "", ...below] = path.slice(folder.length + 1).split("/");
    if (known.has(name)) return [];
    known.add(name);
    return [{ name, folder: below.length > 0 }];
  });
  return entries === undefined && added.length === 0 ? undefined : [...(entries ?? []), ...added];
}

/** The nearest folder at or above with a vrsky.yaml. */
export function rootAbove(folder: string, exists: (path: string) => boolean): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (exists(`${at}/vrsky.yaml`)) return at;
    if (dirname(at) === at) return undefined;
  }
}
