// The header that says what lies beside a message.

import type { ContentReference } from "../../schema/content.ts";
import { isJsonObject } from "../../schema/json.ts";
import { parseJson } from "../parse-json.ts";

export const writeReference = (reference: ContentReference): string => JSON.stringify(reference);

/** Undefined: it says nothing. */
export function readReference(text: string): ContentReference | undefined {
  const value = text === "" ? undefined : parseJson(text);
  if (!isJsonObject(value)) return undefined;
  const { role, size, sha256, at, count, store, name } = value;
  if ((role !== "body" && role !== "blob") || typeof size !== "number" || typeof sha256 !== "string") return undefined;
  if (at === "chunks" && typeof count === "number") return { role, size, sha256, at, count };
  if (at !== "object" || typeof store !== "string" || typeof name !== "string") return undefined;
  return { role, size, sha256, at, store, name };
}
