// One text for one value: keys sorted, no spaces. Hashes of contracts, bundles and plans are taken over it.

import { createHash } from "node:crypto";
import { isJsonObject, type Json } from "./json.ts";

/** Canonical JSON text; undefined members are left out as JSON.stringify does. */
export function canonical(value: unknown): string {
  return JSON.stringify(sorted(value as Json));
}

export function sha256(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}
