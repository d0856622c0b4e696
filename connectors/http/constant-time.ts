// Comparisons whose duration says nothing about the secret.

import { createHash, timingSafeEqual } from "node:crypto";

/** For texts of any length: hashes are compared, so not even the length shows. */
function sameText(given: string, wanted: string): boolean {
  return timingSafeEqual(digest(given), digest(wanted));
}

/** True when `given` is one of `wanted`; all of them are looked at. */
export function oneOfTexts(given: string, wanted: readonly string[]): boolean {
  return wanted.map((candidate) => sameText(given, candidate)).includes(true);
}

export function sameBytes(given: Uint8Array, wanted: Uint8Array): boolean {
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

const digest = (text: string): Uint8Array => createHash("sha256").update(text, "utf8").digest();
