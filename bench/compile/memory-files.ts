// A workspace that is held in memory and edited: the compiler's file system without a disk.

import type { FileSystem } from "../../compiler/1-read/read.ts";

export interface MemoryFiles extends FileSystem {
  text(path: string): string;
  write(path: string, text: string): void;
}

export const memoryRoot = "/w";

export function memoryFiles(texts: ReadonlyMap<string, string>): MemoryFiles {
  const files = new Map<string, Uint8Array>();
  const folders = new Map<string, Map<string, boolean>>();
  const encoder = new TextEncoder();
  const write = (path: string, text: string): void => {
    const parts = `${memoryRoot}/${path}`.split("/");
    files.set(parts.join("/"), encoder.encode(text));
    for (let end = parts.length - 1; end > 0; end -= 1) {
      const folder = parts.slice(0, end).join("/");
      const entries = folders.get(folder) ?? new Map<string, boolean>();
      folders.set(folder, entries.set(parts[end] ?? "", end < parts.length - 1));
    }
  };
  for (const [path, text] of texts) write(path, text);
  return {
    write,
    text: (path) => new TextDecoder().decode(files.get(`${memoryRoot}/${path}`)),
    read: (path) => files.get(path) ?? { error: "no such file" },
    list: (folder) => {
      const entries = folders.get(folder);
      return entries === undefined ? undefined : [...entries].map(([name, isFolder]) => ({ name, folder: isFolder }));
    },
  };
}
