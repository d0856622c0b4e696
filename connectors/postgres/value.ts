// JSON values to PostgreSQL's text form, as a column takes it. Whether the text is a number, a date or a member of an
// enum is the server's to say; what cannot be text of that kind at all is told here.

import type { Json } from "../../schema/json.ts";

/** How a value becomes text. */
export type Form = "plain" | "json" | "bytes";

export interface ColumnForm {
  readonly form: Form;
  /** A list of such values. */
  readonly array: boolean;
}

/** `null` is SQL's NULL; undefined: such a value cannot stand there. */
export function toText(value: Json, { form, array }: ColumnForm): string | null | undefined {
  if (value === null) return null;
  return array ? arrayText(value, form) : scalarText(value, form);
}

function scalarText(value: Json, form: Form): string | undefined {
  switch (form) {
    case "json":
      return JSON.stringify(value);
    case "bytes":
      return typeof value === "string" ? bytesText(value) : undefined;
    case "plain":
      if (typeof value === "string") return halfCharacter.test(value) ? undefined : value;
      return typeof value === "object" ? undefined : String(value);
  }
}

/** Base64, or as PostgreSQL itself writes bytes. */
function bytesText(text: string): string | undefined {
  if (hex.test(text)) return text;
  if (!base64.test(text) || text.length % 4 !== 0) return undefined;
  return `\\x${Buffer.from(text, "base64").toString("hex")}`;
}

const hex = /^\\x(?:[0-9a-f]{2})*$/i;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Half of a surrogate pair has no UTF-8: it would be stored as something else. */
const halfCharacter = /\p{Surrogate}/u;

function arrayText(value: Json, form: Form): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const items: string[] = [];
  for (const item of value as readonly Json[]) {
    const nested = Array.isArray(item) && form !== "json";
    const text = item === null ? null : nested ? arrayText(item, form) : scalarText(item, form);
    if (text === undefined) return undefined;
    items.push(text === null ? "NULL" : nested ? text : inQuotes(text));
  }
  return `{${items.join(",")}}`;
}

/** A list of texts as one parameter of type text[]. */
export const textArray = (items: readonly (string | null)[]): string =>
  `{${items.map((item) => (item === null ? "NULL" : inQuotes(item))).join(",")}}`;

const inQuotes = (text: string): string => `"${special.test(text) ? text.replace(everySpecial, "\\$&") : text}"`;

const special = /["\\]/;
const everySpecial = /["\\]/g;
