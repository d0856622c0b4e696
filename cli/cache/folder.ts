// The cache's folder: files that vanish, are damaged or come from another build are as good as none, and nobody ever
// sees half of one. What cannot be written is not written: a cache is a convenience.

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../schema/canonical.ts";

export interface CacheFolder {
  /** The record that was kept under a name by this very build. */
  get(name: string): unknown;
  put(name: string, record: unknown): void;
  getBytes(hash: string): Buffer | undefined;
  /** Keeps these bytes, and no others; gives their hash. */
  putBytes(bytes: Uint8Array): string;
}

/** `build` names the compiler that made what is kept. */
export function cacheFolder(folder: string, build: string): CacheFolder {
  const read = (file: string): Buffer | undefined => {
    try {
      return readFileSync(join(folder, file));
    } catch {
      return undefined;
    }
  };
  const write = (file: string, content: string | Uint8Array): void => {
    try {
      mkdirSync(folder, { recursive: true });
      const temporary = join(folder, `${file}.${process.pid}.tmp`);
      writeFileSync(temporary, content);
      renameSync(temporary, join(folder, file));
    } catch {
      // A read-only workspace compiles, too.
    }
  };
  const bytesFile = (hash: string): string => `bytes-${hash}`;
  return {
    get: (name) => parse(read(`${name}.cache`)?.toString("utf8") ?? "", build),
    put: (name, record) => {
      const text = JSON.stringify(record);
      write(".gitignore", "*\n");
      write(`${name}.cache`, `${build} ${sha256(text)}\n${text}`);
    },
    getBytes: (hash) => {
      const bytes = /^[0-9a-f]{64}$/.test(hash) ? read(bytesFile(hash)) : undefined;
      return bytes !== undefined && sha256(bytes) === hash ? bytes : undefined;
    },
    putBytes: (bytes) => {
      const hash = sha256(bytes);
      write(bytesFile(hash), bytes);
      for (const file of filesOf(folder)) {
        if (file.startsWith("bytes-") && file !== bytesFile(hash)) rmSync(join(folder, file), { force: true });
      }
      return hash;
    },
  };
}

function parse(text: string, build: string): unknown {
  const end = text.indexOf("\n");
  const rest = text.slice(end + 1);
  if (end === -1 || text.slice(0, end) !== `${build} ${sha256(rest)}`) return undefined;
  return JSON.parse(rest);
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
