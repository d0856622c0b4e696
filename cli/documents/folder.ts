// A folder of files that we keep: only what changed is written, and only what an earlier run wrote is ever removed or
// written over.

import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isJsonObject } from "../../schema/json.ts";

/** Names what we wrote, beside it. */
const listFile = ".vrsky-docs.json";

export interface Difference {
  readonly missing: readonly string[];
  readonly differs: readonly string[];
  /** Written by an earlier run, and no more wanted. */
  readonly leftOver: readonly string[];
  /** In our way, and written by nobody of ours; a part of what differs. */
  readonly foreign: readonly string[];
}

export function withList(files: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const list = JSON.stringify({ files: [...files.keys()].sort() }, undefined, 2);
  return new Map([...files, [listFile, `${list}\n`]]);
}

export function compare(folder: string, files: ReadonlyMap<string, string>): Difference {
  const changed = [...files].filter(([path, text]) => read(join(folder, path)) !== text).map(([path]) => path);
  const differs = changed.filter((path) => existsSync(join(folder, path)));
  const ours = new Set([...listed(folder), listFile]);
  return {
    missing: changed.filter((path) => !existsSync(join(folder, path))),
    differs,
    leftOver: [...ours].filter((path) => !files.has(path) && isBelow(path) && existsSync(join(folder, path))),
    foreign: differs.filter((path) => !ours.has(path)),
  };
}

/** Throws what the file system says; writes nothing where something foreign is in the way. */
export function write(folder: string, files: ReadonlyMap<string, string>): Difference {
  const difference = compare(folder, files);
  if (difference.foreign.length > 0) return difference;
  for (const path of [...difference.missing, ...difference.differs]) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    // A reader never sees half a file.
    const temporary = `${file}.${process.pid}.tmp`;
    writeFileSync(temporary, files.get(path) ?? "");
    renameSync(temporary, file);
  }
  for (const path of difference.leftOver) {
    rmSync(join(folder, path));
    removeEmpty(dirname(join(folder, path)));
  }
  return difference;
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Something else lies in it.
  }
}

function listed(folder: string): readonly string[] {
  try {
    const list: unknown = JSON.parse(read(join(folder, listFile)) ?? "");
    const files = isJsonObject(list) ? list.files : undefined;
    return Array.isArray(files) ? files.filter((path): path is string => typeof path === "string") : [];
  } catch {
    return [];
  }
}

const isBelow = (path: string): boolean => !path.startsWith("/") && !path.split(/[\\/]/).includes("..");

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
