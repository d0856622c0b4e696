// NATS keys (nkeys): Ed25519 with node's own crypto, in the encodings of NATS. A key says by its first letter what it is
// for: O operator, A account, U user. The secret form, the seed, begins with S.

import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import type { Signature } from "./deployment.ts";

export type NkeyKind = "operator" | "account" | "user";

export interface Nkey {
  readonly kind: NkeyKind;
  /** `OABC…`, 56 characters. */
  readonly publicKey: string;
  /** `SOABC…`, 58 characters: secret. */
  readonly seed: string;
}

/** The high five bits of the first byte are the first letter; S is 18. */
const prefixes: Readonly<Record<NkeyKind, number>> = { operator: 14 << 3, account: 0, user: 20 << 3 };
const seedPrefix = 18 << 3;
/** What stands before the 32 bytes of a key in the encodings of RFC 8410. */
const pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex");
const spki = Buffer.from("302a300506032b6570032100", "hex");

export function createNkey(kind: NkeyKind): Nkey {
  const { privateKey } = generateKeyPairSync("ed25519");
  return fromRaw(kind, privateKey.export({ type: "pkcs8", format: "der" }).subarray(pkcs8.length));
}

/** Undefined for what is no seed of an operator, an account or a user. */
export function nkeyFromSeed(seed: string): Nkey | undefined {
  const bytes = decode(seed.trim());
  if (bytes === undefined || bytes.length !== 34) return undefined;
  const [first = 0, second = 0] = bytes;
  if ((first & 0xf8) !== seedPrefix) return undefined;
  const prefix = ((first & 7) << 5) | ((second & 0xf8) >> 3);
  const kind = kindOf(prefix);
  return kind === undefined ? undefined : fromRaw(kind, bytes.subarray(2));
}

/** What a public key is for; undefined when the text is none. */
export function nkeyKind(publicKey: string): NkeyKind | undefined {
  const bytes = decode(publicKey);
  return bytes?.length === 33 ? kindOf(bytes[0] ?? -1) : undefined;
}

export function nkeySign({ seed }: Pick<Nkey, "seed">, data: Uint8Array): Uint8Array {
  const bytes = decode(seed);
  if (bytes === undefined) throw new Error("not a seed");
  return sign(null, data, privateKey(bytes.subarray(2)));
}

/** False as well when the key is none. */
export function nkeyVerify(publicKey: string, data: Uint8Array, signature: Uint8Array): boolean {
  const bytes = decode(publicKey);
  if (bytes?.length !== 33 || signature.length !== 64) return false;
  const key = createPublicKey({ key: Buffer.concat([spki, bytes.subarray(1)]), format: "der", type: "spki" });
  return verify(null, data, key, signature);
}

export function signText(key: Pick<Nkey, "seed" | "publicKey">, text: string): Signature {
  return { key: key.publicKey, value: Buffer.from(nkeySign(key, Buffer.from(text))).toString("base64url") };
}

/** True when one of the trusted keys made it. */
export function verifyText(trusted: readonly string[], text: string, { key, value }: Signature): boolean {
  return trusted.includes(key) && nkeyVerify(key, Buffer.from(text), Buffer.from(value, "base64url"));
}

function fromRaw(kind: NkeyKind, raw: Uint8Array): Nkey {
  const prefix = prefixes[kind];
  const spkiForm = createPublicKey(privateKey(raw)).export({ type: "spki", format: "der" });
  return {
    kind,
    publicKey: encode(Buffer.concat([Buffer.of(prefix), spkiForm.subarray(spki.length)])),
    seed: encode(Buffer.concat([Buffer.of(seedPrefix | (prefix >> 5), (prefix & 31) << 3), raw])),
  };
}

const privateKey = (raw: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([pkcs8, raw]), format: "der", type: "pkcs8" });

function kindOf(prefix: number): NkeyKind | undefined {
  if (prefix === prefixes.operator) return "operator";
  if (prefix === prefixes.account) return "account";
  return prefix === prefixes.user ? "user" : undefined;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Base32 without padding, a CRC-16 (XMODEM, little end first) behind the bytes. */
function encode(bytes: Buffer): string {
  const crc = crc16(bytes);
  const all = Buffer.concat([bytes, Buffer.of(crc & 0xff, crc >> 8)]);
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of all) {
    value = (value << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet[(value >> (bits - 5)) & 31];
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? text + alphabet[(value << (5 - bits)) & 31] : text;
}

function decode(text: string): Buffer | undefined {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of text) {
    const five = alphabet.indexOf(letter);
    if (five < 0) return undefined;
    value = (value << 5) | five;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((value >> bits) & 0xff);
    value &= (1 << bits) - 1;
  }
  const body = Buffer.from(bytes).subarray(0, -2);
  // One form only: no letters behind, no bits that do not count.
  return body.length > 0 && encode(body) === text ? body : undefined;
}

function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}
