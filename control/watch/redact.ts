// Payloads as people may see them: what is named like a secret, or looks like one, is left out, and the rest is cut to a
// preview. This guards against a look over the shoulder; it is no proof that nothing personal is left.

import { isJsonObject } from "../../schema/json.ts";
import { visible } from "../units.ts";

export const hidden = "•••";

/** Of a name in lower case without `-` and `_`. */
const secretName =
  /pass(word|wd|phrase|code)|^pwd$|secret|token|api-?key|accesskey|privatekey|authorization|^auth$|credential|cookie|session|signature|card|cvv|cvc|iban|^pan$|^pin$|^otp$|ssn|bearer/;

/** Whatever it is called: a JWT, a bearer token, a private key. */
const secretText =
  /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|\b(bearer|basic)\s+[\w+/=.~-]{8,}|-----BEGIN [A-Z ]*PRIVATE KEY-----/i;

/** Of a parameter in an address, beside those. */
const secretParameter = /^(key|sig|code)$/i;

export const isSecretName = (name: string): boolean => secretName.test(name.toLowerCase().replaceAll(/[-_\s]/g, ""));

const deepest = 64;

export function redacted(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return secretText.test(value) ? hidden : withoutUrlSecrets(value);
  if (depth > deepest) return hidden;
  if (Array.isArray(value)) return value.map((item) => redacted(item, depth + 1));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, isSecretName(name) ? hidden : redacted(member, depth + 1)]),
  );
}

/**
 * Without the login of an address that stands in the text, and without what its query calls a key. `${ … }` stays: it
 * says where a secret is found.
 */
export function withoutUrlSecrets(text: string): string {
  return text
    .replaceAll(/:\/\/[^/?#\s"'`@]+@/g, "://…@")
    .replaceAll(/([?&]([\w.~%[\]-]+)=)(?!=)(?:(?!\$\{)[^&#\s"'`])+/g, (whole: string, before: string, name: string) =>
      secretParameter.test(name) || isSecretName(name) ? `${before}…` : whole,
    );
}

/** What a failing expression read: JSON texts by their path, which may be cut. */
export function redactedReads(reads: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(reads).map(([path, text]) => [
      path,
      path.split(/[.[\]]/).some(isSecretName) ? hidden : readText(text),
    ]),
  );
}

function readText(text: string): string {
  try {
    return JSON.stringify(redacted(JSON.parse(text)));
  } catch {
    // Cut: what its members are called cannot be told.
    return /^[[{]/.test(text) ? hidden : String(redacted(text));
  }
}

/** The first characters of a JSON body on one line; `most` counts characters. */
export function preview(body: Uint8Array, most: number): string {
  let text: string;
  try {
    text = JSON.stringify(redacted(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body))));
  } catch {
    return `(${body.length} bytes that are not JSON)`;
  }
  const line = visible(text);
  return line.length > most ? `${line.slice(0, most)}… (${body.length} bytes)` : line;
}
