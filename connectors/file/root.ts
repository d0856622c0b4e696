// The data directory: nothing outside it is reachable, whatever a path or a symbolic link says.

import { lstat, mkdir, open, realpath } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve } from "node:path";

export type Inside = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly message: string };

/** Resolves a relative path below the root, its parent made when `create`; symbolic links are followed and checked. */
export async function inside(root: string, given: string, create: boolean): Promise<Inside> {
  if (given.includes("\0") || given === "") return refused("the path is empty or holds a NUL");
  const path = resolve(root, `./${given.replace(/^\/+/, "")}`);
  if (path === root || !below(root, path)) return refused(`\`${given}\` leads out of the data directory`);
  const trueRoot = await realpath(root);
  if (!below(trueRoot, await standing(dirname(path))))
    return refused(`\`${given}\` leads out of the data directory through a link`);
  if (create) await makeFolder(dirname(path));
  if (!below(trueRoot, await endOf(path))) return refused(`\`${given}\` is a link out of the data directory`);
  return { ok: true, path };
}

const refused = (message: string): Inside => ({ ok: false, message });

function below(root: string, path: string): boolean {
  const short = relative(root, path);
  return short === "" || (short !== ".." && !short.startsWith("../") && !isAbsolute(short));
}

/** Where the part of a path that exists really lies. */
async function standing(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT") || dirname(path) === path) throw error;
    const itself = await lstat(path).catch(() => undefined);
    // A link to nowhere is not followed by making what it points to.
    if (itself?.isSymbolicLink() === true) return "/";
    // Somebody may have made it just now.
    return await standing(itself === undefined ? dirname(path) : path);
  }
}

/** Where a file of this name lies or would lie; a link to nowhere lies nowhere. */
async function endOf(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined) return real;
  return (await lstat(path).catch(() => undefined))?.isSymbolicLink() === true ? "/" : await standing(dirname(path));
}

/** A new folder's name is on disk, too. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === first) return;
  }
}

const unasked = new Set(["EINVAL", "EISDIR", "EPERM", "ENOTSUP"]);

/** A name is on disk when its folder is. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path).catch(() => undefined);
  try {
    await folder?.sync();
  } catch (error) {
    // Not every file system can be asked to.
    if (!(error instanceof Error && "code" in error && unasked.has(String(error.code)))) throw error;
  } finally {
    await folder?.close();
  }
}
