// Another body for a dead letter: a JSON Merge Patch (RFC 7386) over its own, or a whole one, which must fit the contract
// of the source under the bundle that will run it.

import { header } from "../../schema/envelope.ts";
import { isJsonObject, type Json } from "../../schema/json.ts";
import type { Issue } from "../../schema/worker.ts";
import type { DeadLetterEntry } from "../dead-letters.ts";
import type { Changed } from "./bring-back.ts";
import type { Runner } from "./deployed.ts";

export type Edit =
  | { readonly kind: "merge"; readonly patch: Json }
  /** JSON text, UTF-8; it goes as it is. */
  | { readonly kind: "replace"; readonly body: Uint8Array };

export type Edited =
  | { readonly ok: true; readonly changed: Changed }
  | { readonly ok: false; readonly issues: readonly Issue[] };

export async function edited(entry: DeadLetterEntry, edit: Edit, { coded, check, contract }: Runner): Promise<Edited> {
  const record = parse(entry.stored.get(header.envelope));
  const source = isJsonObject(record) && typeof record.source === "string" ? record.source : "";
  if (isJsonObject(record) && record.error !== undefined) {
    return misfit("an `on-error` sent it here: its body is the steps' own, and no contract says what it must be");
  }
  const body = bodyOf(entry, edit);
  if (body === undefined) {
    return misfit(edit.kind === "merge" ? "its body is not JSON: give a whole one" : "the new body is not JSON");
  }
  const issues = await check(source, body.value);
  if (issues.length > 0) return { ok: false, issues };
  return { ok: true, changed: { body: body.bytes, contract: contract(source), bundle: coded.bundle.hash } };
}

/** RFC 7386. Members that are null go; lists are replaced whole. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const merged = new Map<string, Json>(isJsonObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

function bodyOf(entry: DeadLetterEntry, edit: Edit): { readonly value: Json; readonly bytes: Uint8Array } | undefined {
  const bytes = edit.kind === "merge" ? entry.body : edit.body;
  const value = parse(decode(bytes));
  if (value === undefined || edit.kind === "replace") return value === undefined ? undefined : { value, bytes };
  const merged = mergePatch(value, edit.patch);
  return { value: merged, bytes: Buffer.from(JSON.stringify(merged)) };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return "";
  }
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const misfit = (message: string): Edited => ({ ok: false, issues: [{ path: "", message }] });
