// Bytes that travel beside their message: what the body says of them, and a name and a type where the sender gives none.

import { posix } from "node:path";
import type { KeptContent } from "../schema/content.ts";
import type { JsonObject } from "../schema/json.ts";

/** `{ name, size, type, sha256 }`, in the order in which people read it. */
export const blobValue = (name: string, type: string, { size, sha256 }: KeptContent): JsonObject => ({
  name,
  size,
  type,
  sha256,
});

/** Bytes that the name of a file may have nearly everywhere. */
const longestName = 255;

/** The last part of a path as a file may be called anywhere; undefined when nothing is left of it. */
export function fileName(text: string | undefined): string | undefined {
  const last = (text ?? "").split(/[/\\]/).at(-1) ?? "";
  const name = last.replace(/\p{Cc}/gu, "").trim();
  if (name === "" || name === "." || name === ".." || Buffer.byteLength(name) > longestName) return undefined;
  return name;
}

export const unknownType = "application/octet-stream";

const longestType = 255;

/** A media type as a sender wrote it. */
export function mediaType(text: string | undefined): string | undefined {
  const type = text?.trim() ?? "";
  return /^[\w.+-]+\/[\w.+-]+(?:\s*;[\x20-\x7e]*)?$/.test(type) && type.length <= longestType ? type : undefined;
}

/** By the name's ending, where nobody says. */
export function typeByName(name: string): string {
  return byEnding[posix.extname(name).slice(1).toLowerCase()] ?? unknownType;
}

const byEnding: Readonly<Record<string, string>> = {
  avif: "image/avif",
  csv: "text/csv",
  doc: "application/msword",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  gif: "image/gif",
  gz: "application/gzip",
  html: "text/html",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  json: "application/json",
  md: "text/markdown",
  mov: "video/quicktime",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
  ogg: "audio/ogg",
  parquet: "application/vnd.apache.parquet",
  pdf: "application/pdf",
  png: "image/png",
  svg: "image/svg+xml",
  tar: "application/x-tar",
  tif: "image/tiff",
  tiff: "image/tiff",
  txt: "text/plain",
  wav: "audio/wav",
  webm: "video/webm",
  webp: "image/webp",
  xls: "application/vnd.ms-excel",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  xml: "application/xml",
  zip: "application/zip",
};
