// The data directory: nothing outside it is reachable, whatever a path or a symbolic link says.

import { mkdir, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";

export type Inside = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly message: string };

/** Resolves a relative path below the root, its parent made when `create`; symbolic links are followed and checked. */
export async function inside(root: string, given: string, create: boolean): Promise<Inside> {
  if (given.includes("\0") || given === "") return { ok: false, message: "the path is empty or holds a NUL" };
  const path = resolve(root, `./${given.replace(/^\/+/, "")}`);
  if (!below(root, path)) return { ok: false, message: `\`${given}\` leads out of the data directory` };
  if (create) await mkdir(dirname(path), { recursive: true });
  const [trueRoot, trueParent] = await Promise.all([
    realpath(root),
    realpath(dirname(path)).catch(() => dirname(path)),
  ]);
  if (!below(trueRoot, trueParent) && trueParent !== dirname(path)) {
    return { ok: false, message: `\`${given}\` leads out of the data directory through a link` };
  }
  const target = await realpath(path).catch(() => path);
  if (target !== path && !below(trueRoot, target))
    return { ok: false, message: `\`${given}\` is a link out of the data directory` };
  return { ok: true, path };
}

function below(root: string, path: string): boolean {
  const short = relative(root, path);
  return short === "" || (!short.startsWith("..") && !isAbsolute(short));
}

export const beside = (path: string, name: string): string => join(dirname(path), name);
