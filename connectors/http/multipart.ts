// Bodies of type multipart/form-data (RFC 7578). The boundary follows from the content, so that every attempt sends
// the same bytes.

import { createHash } from "node:crypto";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import { requiredText, textSetting } from "../setting.ts";

export interface Content {
  readonly type: string;
  readonly bytes: string | Uint8Array;
}

/** Fields by name: a scalar, or a file `{ filename, type?, text | base64 }`; missing ones are left out. */
export function multipart(fields: JsonObject): Content {
  const parts = Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [part(name, value)]));
  const hash = createHash("sha256");
  for (const { head, bytes } of parts) hash.update(head).update("\0").update(bytes).update("\0");
  const boundary = `vrsky-${hash.digest("hex").slice(0, 40)}`;
  const chunks = parts.flatMap(({ head, bytes }) => [
    Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`),
    bytes,
    Buffer.from("\r\n"),
  ]);
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    bytes: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]),
  };
}

interface Part {
  readonly head: string;
  readonly bytes: Uint8Array;
}

function part(name: string, value: Json): Part {
  const disposition = `content-disposition: form-data; name="${quoted(name)}"`;
  if (!isJsonObject(value)) {
    if (typeof value === "object")
      throw new Error(`the field \`${name}\` must be a text, a number, a boolean or a file`);
    return { head: disposition, bytes: Buffer.from(String(value)) };
  }
  const filename = requiredText(value, "filename");
  const base64 = textSetting(value, "base64");
  const bytes = base64 === undefined ? Buffer.from(textSetting(value, "text") ?? "") : fromBase64(name, base64);
  const type = textSetting(value, "type") ?? (base64 === undefined ? "text/plain; charset=utf-8" : octets);
  if (!/^[\x20-\x7e]+$/.test(type)) throw new Error(`the \`type\` of the field \`${name}\` is no media type`);
  return { head: `${disposition}; filename="${quoted(filename)}"\r\ncontent-type: ${type}`, bytes };
}

const octets = "application/octet-stream";

/** As browsers do it (HTML, "multipart form data"): nothing breaks out of the quotes or the line. */
const quoted = (text: string): string =>
  text.replace(/[\r\n"]/g, (char) => (char === '"' ? "%22" : char === "\r" ? "%0D" : "%0A"));

function fromBase64(name: string, text: string): Uint8Array {
  if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) throw new Error(`\`base64\` of the field \`${name}\` is not base64`);
  return Buffer.from(text, "base64");
}
