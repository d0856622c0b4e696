// Two JSON values, field by field. Lists are compared by index: what an item is to its list, nobody can say for all.
// A value is told by its kind and length; itself only where values shall be seen, and never when it looks like a secret.

import { hidden, isSecretName, redacted } from "../../control/watch/redact.ts";
import type { FieldDifference, Shown } from "../../schema/difference.ts";
import { isJsonObject, type Json } from "../../schema/json.ts";

export interface ShowOptions {
  readonly values: boolean;
}

/** Deeper than this a value is one field. */
const deepest = 200;

/** `at`: the path of the two. Undefined members are none. */
export function fieldDifferences(
  from: Json | undefined,
  to: Json | undefined,
  at: string,
  options: ShowOptions,
): readonly FieldDifference[] {
  const found: FieldDifference[] = [];
  compare(from, to, at, 0, options, found);
  return found;
}

function compare(
  from: Json | undefined,
  to: Json | undefined,
  path: string,
  depth: number,
  options: ShowOptions,
  found: FieldDifference[],
): void {
  if (from === to) return;
  if (from === undefined || to === undefined) {
    if (to !== undefined) found.push({ kind: "added", path, to: shown(to, path, options) });
    else if (from !== undefined) found.push({ kind: "removed", path, from: shown(from, path, options) });
    return;
  }
  if (depth < deepest && Array.isArray(from) && Array.isArray(to)) {
    const [old, fresh]: readonly [readonly Json[], readonly Json[]] = [from, to];
    for (let index = 0; index < Math.max(old.length, fresh.length); index += 1) {
      // Of a million that are the same no path is made.
      if (old[index] === fresh[index]) continue;
      compare(old[index], fresh[index], `${path}[${index}]`, depth + 1, options, found);
    }
    return;
  }
  if (depth < deepest && isJsonObject(from) && isJsonObject(to)) {
    for (const key of Object.keys(from)) compare(from[key], own(to, key), member(path, key), depth + 1, options, found);
    for (const key of Object.keys(to)) {
      if (own(from, key) === undefined) compare(undefined, to[key], member(path, key), depth + 1, options, found);
    }
    return;
  }
  if (isDeep(from) && isDeep(to) && sameText(from, to)) return;
  found.push({ kind: "changed", path, from: shown(from, path, options), to: shown(to, path, options) });
}

const own = (value: Readonly<Record<string, Json>>, key: string): Json | undefined =>
  Object.hasOwn(value, key) ? value[key] : undefined;

const isDeep = (value: Json): boolean => typeof value === "object" && value !== null;

/** Too deep to be written: then nobody can say that they are the same. */
function sameText(from: Json, to: Json): boolean {
  try {
    return JSON.stringify(from) === JSON.stringify(to);
  } catch {
    return false;
  }
}

const member = (path: string, key: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;

export function shown(value: Json, path: string, { values }: ShowOptions): Shown {
  const also = values ? { value: unsecret(value, path) } : {};
  if (typeof value === "string") return { type: "text", length: value.length, ...also };
  if (Array.isArray(value)) return { type: "list", length: value.length, ...also };
  if (isJsonObject(value)) return { type: "object", length: Object.keys(value).length, ...also };
  return { type: typeof value === "number" ? "number" : typeof value === "boolean" ? "boolean" : "null", ...also };
}

/** Names on the way say what it is. */
function unsecret(value: Json, path: string): Json {
  if (path.split(/[^\w$-]+/).some(isSecretName)) return hidden;
  return JSON.parse(JSON.stringify(redacted(value) ?? null)) as Json;
}

/** The same field of every item: `body.lines[].sku`. A key that is no name is data as likely as not. */
export function generalPath(path: string): string {
  return path.replaceAll(/\[\d+\]/g, "[]");
}
