// A bundle as the one message that holds it: compressed, addressed by its hash, signed. Whoever writes and whoever runs
// it go through here, so that both mean the same by a bundle that is whole.

import { gunzipSync, gzipSync } from "node:zlib";
import type { Bundle, CodedBundle } from "./bundle.ts";
import { canonical, sha256 } from "./canonical.ts";
import { largestBundle, type Signature, signedBundle } from "./deployment.ts";
import { isJsonObject } from "./json.ts";
import { verifyText } from "./nkey.ts";

/** What a bundle may unfold to, in bytes: a small message must not fill a worker's memory. */
const largestUnpacked = 32 * 1024 * 1024;

export type Packed =
  | { readonly ok: true; readonly data: Uint8Array }
  /** Bytes, and what would have been allowed. */
  | { readonly ok: false; readonly size: number; readonly largest: number };

export function packBundle({ bundle, code }: CodedBundle): Packed {
  const text = Buffer.from(canonical({ bundle, code }));
  if (text.length > largestUnpacked) return { ok: false, size: text.length, largest: largestUnpacked };
  const data = gzipSync(text, { level: 9 });
  // Which system wrote it; 255 says unknown, so that the bytes are the same on all of them.
  data[9] = 255;
  return data.length > largestBundle ? { ok: false, size: data.length, largest: largestBundle } : { ok: true, data };
}

export type Unpacked =
  | { readonly ok: true; readonly coded: CodedBundle }
  | { readonly ok: false; readonly reason: string };

/** Undoes `packBundle` and holds the content against the hash that it was asked for by. */
export function unpackBundle(data: Uint8Array, hash: string): Unpacked {
  if (data.length > largestBundle) return unsound(`it is larger than ${largestBundle} bytes`);
  const text = unzipped(data);
  if (text === undefined) return unsound(`it is no gzip of at most ${largestUnpacked} bytes`);
  const coded = readCoded(text);
  if (coded === undefined) return unsound("it is no bundle");
  if (hashOf(coded.bundle) !== hash) return unsound("its content has another hash");
  if (sha256(coded.code) !== coded.bundle.worker) return unsound("its code has another hash");
  return { ok: true, coded };
}

/** The hash that the bundle claims and has; undefined when it has another, or is nested beyond reading. */
function hashOf({ hash, ...record }: Bundle): string | undefined {
  try {
    return sha256(canonical(record)) === hash ? hash : undefined;
  } catch {
    return undefined;
  }
}

/** True when one of the trusted keys signed the bundle of this hash. */
export const isSignedBundle = (trust: readonly string[], hash: string, signature: Signature): boolean =>
  verifyText(trust, signedBundle(hash), signature);

const unsound = (reason: string): Unpacked => ({ ok: false, reason });

function unzipped(data: Uint8Array): string | undefined {
  try {
    return gunzipSync(data, { maxOutputLength: largestUnpacked }).toString("utf8");
  } catch {
    return undefined;
  }
}

function readCoded(text: string): CodedBundle | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isJsonObject(value) || !isBundle(value.bundle) || typeof value.code !== "string") return undefined;
    return { bundle: value.bundle, code: value.code };
  } catch {
    return undefined;
  }
}

/** As far as it must be known before the hash vouches for the rest. */
function isBundle(value: unknown): value is Bundle {
  if (!isJsonObject(value) || value.format !== 1) return false;
  return [value.tenant, value.integration, value.hash, value.worker].every((text) => typeof text === "string");
}
