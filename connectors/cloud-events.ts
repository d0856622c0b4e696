// CloudEvents 1.0.2, the part that is the same on every way: which attributes there are, what they may hold, how they
// appear to expressions, and the id that a message gets from them.

import type { JsonObject } from "../schema/json.ts";

export interface Attributes {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  readonly time?: string;
  readonly dataschema?: string;
  /** All others by name, in the canonical text of their type. */
  readonly extensions: Readonly<Record<string, string>>;
}

export const specversion = "1.0";
export const required = ["id", "source", "type"] as const;
export const optional = ["subject", "time", "dataschema"] as const;

/** Names that an extension cannot have. */
export const reserved: readonly string[] = [
  "specversion",
  ...required,
  ...optional,
  "datacontenttype",
  "data",
  "data_base64",
];

export const attributeName = /^[a-z0-9]+$/;

/** What no attribute may hold: control characters, halves of a surrogate pair, and code points that are no characters. */
const forbidden = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/** An absolute or relative URI reference, as far as characters go. */
const uriReference = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2}|[^\p{ASCII}])+$/u;
const absoluteUri = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const timestamp = /^\d{4}-(\d\d)-(\d\d)[Tt ]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** What is wrong with the value of an attribute, as the end of a sentence; undefined when nothing is. */
export function flawOf(name: string, value: string): string | undefined {
  if (value === "" && !isExtension(name)) return "is empty";
  if (forbidden.test(value)) return "holds characters that no attribute may hold";
  switch (name) {
    case "source":
      return uriReference.test(value) ? undefined : "is not a URI reference";
    case "dataschema":
      return uriReference.test(value) && absoluteUri.test(value) ? undefined : "is not an absolute URI";
    case "time":
      return timestamp.test(value) && !Number.isNaN(Date.parse(value.slice(0, 10)))
        ? undefined
        : "is not a time as RFC 3339 writes it";
    default:
      return undefined;
  }
}

/** The type system's Integer. */
export const isInteger = (value: number): boolean => value === (value | 0);

const isExtension = (name: string): boolean => !reserved.includes(name);

/**
 * Source and id together are what makes an event one. The id's own slashes are encoded, so that no two pairs make the
 * same text.
 */
export const eventMessageId = ({ source, id }: Attributes): string =>
  `${source}/${id.replace(/[%/]/g, encodeURIComponent)}`;

/** `meta.event`. */
export const eventMeta = (attributes: Attributes): JsonObject => ({ ...attributes });

const jsonType = /^(?:application|text)\/json$|^[^/;\s]+\/[^/;\s]+\+json$/;

/** `application/json; charset=utf-8` → `application/json`. */
export const mediaType = (contentType: string): string => (contentType.split(";")[0] ?? "").trim().toLowerCase();

export const isJsonType = (contentType: string): boolean =>
  jsonType.test(mediaType(contentType)) && !/;\s*charset\s*=\s*"?(?!utf-8|us-ascii)/i.test(contentType);
