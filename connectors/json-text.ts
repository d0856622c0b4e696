// Outside bytes to JSON. Fails with one line that holds nothing of the payload; nesting is bounded, because what
// comes later (validators, printers) recurses.

import type { Json } from "../schema/json.ts";

const maxDepth = 256;

export type ReadJson =
  | { readonly kind: "value"; readonly value: Json; readonly bytes: Uint8Array }
  | { readonly kind: "malformed"; readonly message: string };

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 text without its byte order mark; undefined when it is not UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(withoutMark(bytes));
  } catch {
    return undefined;
  }
}

/** `bytes` of the answer are those given, without a byte order mark. */
export function readJson(given: Uint8Array): ReadJson {
  const bytes = withoutMark(given);
  if (bytes.length === 0) return { kind: "malformed", message: "it is empty" };
  if (nestsDeeper(bytes, maxDepth)) return { kind: "malformed", message: `it nests deeper than ${maxDepth} levels` };
  const text = decodeText(bytes);
  if (text === undefined) return { kind: "malformed", message: "it is not UTF-8" };
  try {
    const value: Json = JSON.parse(text);
    return { kind: "value", value, bytes };
  } catch (error) {
    return { kind: "malformed", message: `it is not valid JSON${position(error)}` };
  }
}

/** JSON text of a value, in UTF-8. */
export const jsonBytes = (value: Json): Uint8Array => Buffer.from(JSON.stringify(value), "utf8");

function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** The engine's message quotes the payload; only the position is taken from it. */
function position(error: unknown): string {
  const found = error instanceof Error ? /at position (\d+)/.exec(error.message) : null;
  return found === null ? "" : ` (at character ${Number(found[1]) + 1})`;
}

function nestsDeeper(bytes: Uint8Array, limit: number): boolean {
  if (bytes.length <= limit) return false;
  let depth = 0;
  let inText = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === 0x22) inText = !inText;
    else if (inText) {
      if (byte === 0x5c) i++;
    } else if (byte === 0x5b || byte === 0x7b) {
      depth++;
      if (depth > limit) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return false;
}
