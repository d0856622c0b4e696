// Hashes and encodings of text, taken as UTF-8.

import { type Entries, entry } from "./entry.ts";

const hash = '(text: string, encoding?: "hex" | "base64" | "base64url"): string';

export const encodingFunctions = {
  sha256: entry(hash, "SHA-256, in lower-case hex unless told otherwise.", "sha256(body.id)"),
  sha1: entry(hash, "SHA-1, for systems that ask for it; it protects nothing.", "sha1(body.id)"),
  md5: entry(hash, "MD5, for systems that ask for it; it protects nothing.", "md5(body.id)"),
  hmacSha256: entry(
    '(text: string, key: string, encoding?: "hex" | "base64" | "base64url"): string',
    "HMAC with SHA-256. Secrets are not in payloads, so the key is plain text.",
    'hmacSha256(body.id, "partition-key")',
  ),
  uuid5: entry(
    "(namespace: string, name: string): string | undefined",
    'The UUID (version 5) of a name in a namespace, which is a UUID or "dns", "url", "oid" or "x500".',
    'uuid5("url", "https://example.com/orders/1")',
  ),
  base64: entry("(text: string): string", "Base64, padded.", 'base64("a?b")'),
  base64Decode: entry(
    "(text: string): string | undefined",
    "Reads Base64, padded or not; undefined when it is none or its bytes are not UTF-8.",
    'base64Decode("YT9i") ?? ""',
  ),
  base64Url: entry("(text: string): string", "Base64 for URLs, not padded.", 'base64Url("a?b")'),
  base64UrlDecode: entry(
    "(text: string): string | undefined",
    "Reads Base64 for URLs, padded or not; undefined when it is none or its bytes are not UTF-8.",
    'base64UrlDecode("YT9i") ?? ""',
  ),
  hex: entry("(text: string): string", "The bytes in lower-case hex.", 'hex("é")'),
  hexDecode: entry(
    "(text: string): string | undefined",
    "Reads hex; undefined when it is none or its bytes are not UTF-8.",
    'hexDecode("c3a9") ?? ""',
  ),
  urlEncode: entry("(text: string): string", "Percent-encoded for one part of a URL.", 'urlEncode("a b&c")'),
  urlDecode: entry(
    "(text: string): string | undefined",
    "Reads percent-encoding; `+` stays `+`. Undefined when the text is malformed.",
    'urlDecode("a%20b") ?? ""',
  ),
} as const satisfies Entries;
