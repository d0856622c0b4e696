// Hashes and encodings of text, taken as UTF-8. Node.js hands out objects whose methods stand on prototypes: those are
// taken when the process starts.

import { createHash, createHmac } from "node:crypto";
import { textOf } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { fail } from "./failure.ts";
import { builtin } from "./intrinsics.ts";

const { apply } = Reflect;
const { update, digest } = createHash("sha1");
const { update: updateHmac, digest: digestHmac } = createHmac("sha256", "");
const bytesOf = Buffer.from.bind(Buffer);
const { toString: toEncoded } = Buffer.prototype;
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const { decode } = strict;

const forms = { base64: /^[A-Za-z0-9+/]*={0,2}$/, base64url: /^[A-Za-z0-9_-]*={0,2}$/, hex: /^(?:[0-9a-fA-F]{2})*$/ };
const uuid = /^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/;
/** RFC 9562, appendix A. */
const namespaces: Readonly<Record<string, string>> = {
  dns: "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
  url: "6ba7b811-9dad-11d1-80b4-00c04fd430c8",
  oid: "6ba7b812-9dad-11d1-80b4-00c04fd430c8",
  x500: "6ba7b814-9dad-11d1-80b4-00c04fd430c8",
};

/** A hash costs as much however short its text is. */
const ticksPerHash = 50;

export function createEncodingFunctions(budget: Budget) {
  const hashed = (value: unknown, what: string): string => {
    const text = textOf(value, what, budget);
    budget.tick(ticksPerHash);
    budget.read(text.length * 3);
    return text;
  };

  const hash = (what: "sha256" | "sha1" | "md5") => (value: unknown, encoding?: unknown) => {
    const form = encodingOf(encoding, what);
    const text = hashed(value, what);
    const state = createHash(what);
    apply(update, state, [text, "utf8"]);
    return textFrom(apply(digest, state, [form]));
  };

  const encode = (what: string, encoding: Encoding) => (value: unknown) => {
    const text = textOf(value, what, budget);
    budget.read(text.length * 3);
    return budget.bounded(apply(toEncoded, bytesOf(text, "utf8"), [encoding]));
  };

  const decodeFrom = (what: string, encoding: Encoding) => (value: unknown) => {
    const text = textOf(value, what, budget);
    budget.read(text.length * 3);
    if (!builtin.matches(forms[encoding], text)) return undefined;
    if (encoding !== "hex" && !isWhole(text)) return undefined;
    try {
      return textFrom(apply(decode, strict, [bytesOf(text, encoding)]));
    } catch {
      return undefined;
    }
  };

  return {
    sha256: hash("sha256"),
    sha1: hash("sha1"),
    md5: hash("md5"),
    hmacSha256: (value: unknown, key: unknown, encoding?: unknown): string => {
      const form = encodingOf(encoding, "hmacSha256");
      const state = createHmac("sha256", bytesOf(hashed(key, "hmacSha256"), "utf8"));
      apply(updateHmac, state, [hashed(value, "hmacSha256"), "utf8"]);
      return textFrom(apply(digestHmac, state, [form]));
    },
    uuid5: (namespace: unknown, name: unknown): string | undefined => {
      const space = textOf(namespace, "uuid5", budget);
      const text = hashed(name, "uuid5");
      const id = builtin.hasOwn(namespaces, space) ? (namespaces[space] ?? "") : space;
      if (id.length !== 36 || !builtin.matches(uuid, id)) return undefined;
      const state = createHash("sha1");
      apply(update, state, [bytesOf(builtin.replaceAll(id, "-", ""), "hex")]);
      apply(update, state, [text, "utf8"]);
      return uuidOf(textFrom(apply(digest, state, ["hex"])));
    },
    base64: encode("base64", "base64"),
    base64Decode: decodeFrom("base64Decode", "base64"),
    base64Url: encode("base64Url", "base64url"),
    base64UrlDecode: decodeFrom("base64UrlDecode", "base64url"),
    hex: encode("hex", "hex"),
    hexDecode: decodeFrom("hexDecode", "hex"),
    urlEncode: (value: unknown): string => {
      const text = textOf(value, "urlEncode", budget);
      budget.read(text.length * 9);
      if (builtin.matches(/\p{Cs}/u, text)) return fail("`urlEncode` takes text without half a character");
      return budget.bounded(builtin.encode(text));
    },
    urlDecode: (value: unknown): string | undefined => {
      const text = textOf(value, "urlDecode", budget);
      budget.read(text.length * 3);
      try {
        return builtin.decode(text);
      } catch {
        return undefined;
      }
    },
  };
}

type Encoding = keyof typeof forms;

function encodingOf(value: unknown, what: string): Encoding {
  if (value === undefined) return "hex";
  if (value === "hex" || value === "base64" || value === "base64url") return value;
  return fail(`\`${what}\` gives "hex", "base64" or "base64url"`);
}

/** Unpadded, or padded to whole fours; a single sign at the end is no byte. */
function isWhole(text: string): boolean {
  const padding = builtin.indexOf(text, "=", 0);
  return padding === -1 ? text.length % 4 !== 1 : text.length % 4 === 0;
}

/** The first 16 bytes with their version and variant. */
function uuidOf(hex: string): string {
  const variant = "89ab"[builtin.toNumber(`0x${hex[16]}`) % 4] ?? "8";
  const part = (start: number, end: number): string => builtin.slice(hex, start, end);
  return `${part(0, 8)}-${part(8, 12)}-5${part(13, 16)}-${variant}${part(17, 20)}-${part(20, 32)}`;
}

const textFrom = (value: unknown): string => (typeof value === "string" ? value : fail("an encoding gave no text"));
