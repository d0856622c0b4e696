// The key store: a folder of its owner's alone, one file per part, or, read-only, a variable that holds all of it as one
// JSON text. A change is read, made and written under a lock; each file is written whole or not at all.

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { Json } from "../../schema/json.ts";
import type { Reference } from "../../schema/manifest.ts";
import { failed, type Result, success } from "../failure.ts";
import { unfitFolder } from "./guard.ts";
import { locked } from "./lock.ts";
import { fromParts, type Parts, parsedJson, partsOf, type StoredKeys, tenantParts, toParts } from "./stored.ts";

export interface KeyStore {
  /** Where it is, for messages: a folder, or `$VARIABLE`. */
  readonly place: string;
  /** False: a variable. */
  readonly writable: boolean;
  /** As last read or written. */
  keys(): StoredKeys;
  /** Reads again, changes and writes; other processes wait meanwhile. */
  change(edit: (keys: StoredKeys) => StoredKeys): Promise<Result<StoredKeys>>;
}

export interface StorePlace {
  /** What relative paths start from. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function openKeyStore(reference: Reference, place: StorePlace): Result<KeyStore> {
  return "env" in reference ? openVariable(reference.env, place) : openFolderStore(storeFolder(reference.file, place));
}

/** Where `{ file }` points: absolute, below the home folder, or below the workspace. */
export function storeFolder(file: string, { folder, env }: StorePlace): string {
  if (file.startsWith("~/")) return join(env.HOME ?? homedir(), file.slice(2));
  return isAbsolute(file) ? file : resolve(folder, file);
}

/** Makes the folder and writes a first set of keys. Refuses where there is one already. */
export function createKeyStore(folder: string, keys: StoredKeys): Result<KeyStore> {
  if (existsSync(join(folder, "operator.json"))) return bad(`${folder} holds a key store already`);
  const [rest] = existsSync(folder) ? partNames(folder) : [];
  // Account keys that are written over are lost, and the accounts with them.
  if (rest !== undefined) {
    const file = fileOf(folder, rest);
    return bad(
      `${folder} holds ${file}, but no operator.json: restore that from a backup; if these keys were never used, remove them first`,
    );
  }
  const unfit = unfitFolder(folder, []);
  if (unfit !== undefined) return bad(unfit);
  try {
    mkdirSync(join(folder, tenantParts), { recursive: true, mode: 0o700 });
    // The operator comes last: without it, it is no store yet.
    writeParts(folder, new Map([...toParts(keys)].reverse()));
  } catch (error) {
    return bad(`${folder} cannot be written (${reason(error)})`);
  }
  return openFolderStore(folder);
}

function openVariable(variable: string, { env }: StorePlace): Result<KeyStore> {
  const place = `$${variable}`;
  const text = env[variable];
  if (text === undefined || text === "") return bad(`${place}, which should hold the key store, is not set`);
  const parts = partsOf(text);
  if (parts === undefined) return bad(`${place} holds no key store: it is no JSON object`);
  const keys = fromParts(parts);
  if ("damaged" in keys)
    return bad(`the key store in ${place} is damaged: \`${keys.damaged}\` is missing or no such keys`);
  const readOnly = bad(
    `the key store in ${place} is read-only: change the folder that it was made from, then the variable`,
  );
  return success({ place, writable: false, keys: () => keys, change: () => Promise.resolve(readOnly) });
}

function openFolderStore(folder: string): Result<KeyStore> {
  const first = readFolder(folder);
  if (!first.ok) return first;
  let keys = first.value;
  return success({
    place: folder,
    writable: true,
    keys: () => keys,
    change: (edit) =>
      locked(join(folder, "lock"), () => {
        const present = readFolder(folder);
        if (!present.ok) return present;
        const next = edit(present.value);
        try {
          writeParts(folder, changedParts(present.value, next));
        } catch (error) {
          return bad(`${folder} cannot be written (${reason(error)})`);
        }
        keys = next;
        return success(next);
      }),
  });
}

function readFolder(folder: string): Result<StoredKeys> {
  if (!existsSync(folder)) return bad(`there is no key store at ${folder}: \`vrsky keys init\` makes one`);
  try {
    const names = partNames(folder);
    const files = names.map((name) => fileOf(folder, name));
    const unfit = unfitFolder(folder, files);
    if (unfit !== undefined) return bad(unfit);
    const parts = new Map<string, Json>();
    for (const name of names) {
      const part = parsedJson(readFileSync(fileOf(folder, name), "utf8"));
      if (part !== undefined) parts.set(name, part);
      else return bad(`${fileOf(folder, name)} is damaged: it is no JSON; restore it from a backup`);
    }
    const keys = fromParts(parts);
    if (!("damaged" in keys)) return success(keys);
    const file = fileOf(folder, keys.damaged);
    return bad(
      existsSync(file) ? `${file} is damaged: it holds no such keys; restore it from a backup` : `${file} is missing`,
    );
  } catch (error) {
    return bad(`the key store at ${folder} cannot be read (${reason(error)})`);
  }
}

function partNames(folder: string): readonly string[] {
  const below = join(folder, tenantParts);
  const tenants = existsSync(below) ? readdirSync(below) : [];
  return [...readdirSync(folder), ...tenants.map((file) => tenantParts + file)]
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}

const fileOf = (folder: string, part: string): string => join(folder, `${part}.json`);

function changedParts(from: StoredKeys, to: StoredKeys): Parts {
  const before = toParts(from);
  return new Map([...toParts(to)].filter(([name, part]) => JSON.stringify(part) !== JSON.stringify(before.get(name))));
}

function writeParts(folder: string, parts: Parts): void {
  const paths = [...parts].map(([name, part]) => {
    const path = fileOf(folder, name);
    writeWhole(path, `${JSON.stringify(part, null, 2)}\n`);
    return path;
  });
  for (const below of new Set(paths.map((path) => dirname(path)))) syncFolder(below);
}

/** Whole or not at all, and there after a power cut; readable by its owner only. */
export function writePrivate(path: string, text: string): void {
  writeWhole(path, text);
  syncFolder(dirname(path));
}

function writeWhole(path: string, text: string): void {
  const whole = `${path}.${process.pid}.tmp`;
  rmSync(whole, { force: true });
  const file = openSync(whole, "wx", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(whole, path);
}

/** What was renamed in it stays so. */
function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

const bad = (message: string) => failed({ kind: "credentials", message });

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? String(error.code) : error.message;
}
