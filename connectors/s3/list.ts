// Which objects of a bucket match a pattern, page by page.

import type { Log } from "../../schema/connector.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import { toRegExp } from "../file/glob.ts";
import { type Found, listing, mostFound, placeError, tooMany } from "../file/place.ts";
import { isKey } from "./key.ts";
import type { Service } from "./service.ts";

/** Beyond this, a service that always has one more would never be done. */
const mostPages = 10_000;

export const list = (service: Service, pattern: string, log: Log): Promise<readonly Found[]> =>
  listing(() => listed(service, pattern, log));

async function listed(service: Service, pattern: string, log: Log): Promise<readonly Found[]> {
  const wanted = pattern.replace(/^\/+/, "");
  const matches = toRegExp(wanted);
  const found: Found[] = [];
  for await (const one of eachOf(service, questionFor(wanted), log)) {
    if (matches.test(one.path)) found.push(one);
    if (found.length > mostFound) throw tooMany(`more than ${mostFound} objects`);
  }
  return found;
}

/** Page by page; `query` says which. */
export async function* eachOf(
  service: Service,
  query: Readonly<Record<string, string>>,
  log: Log,
): AsyncGenerator<Found, undefined> {
  let token: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const asked = token === undefined ? query : { ...query, "continuation-token": token };
    const question = { doing: "listing the bucket", method: "GET", query: asked } as const;
    const { document } = await service.askXml(question, "ListBucketResult");
    yield* foundIn(document, log);
    if (document.IsTruncated !== "true") return;
    const next = document.NextContinuationToken;
    if (typeof next !== "string" || next === token)
      throw placeError("unavailable", "S3, listing the bucket: the service does not say where the next page begins");
    token = next;
  }
  throw tooMany(`more than ${mostPages} pages of objects`);
}

/** Only what the pattern begins with; nothing from deeper folders where it asks for none. */
function questionFor(pattern: string): Record<string, string> {
  const wild = pattern.search(/[*?]/);
  const prefix = wild < 0 ? pattern : pattern.slice(0, wild);
  const deep = wild >= 0 && pattern.slice(wild).includes("/");
  const lastIsDeep = pattern.endsWith("**");
  return {
    "list-type": "2",
    "encoding-type": "url",
    prefix,
    ...(deep || lastIsDeep ? {} : { delimiter: "/" }),
  };
}

function* foundIn(document: JsonObject, log: Log): Generator<Found> {
  const encoded = document.EncodingType === "url";
  for (const entry of asList(document.Contents)) {
    if (!isJsonObject(entry) || typeof entry.Key !== "string") continue;
    const path = encoded ? decoded(entry.Key) : entry.Key;
    // What stands for a folder is no file.
    if (path?.endsWith("/")) continue;
    if (path === undefined || !isKey(path)) {
      log.warn({ name: entry.Key }, "a name that the service lists cannot be asked for, and is left alone");
      continue;
    }
    yield foundOf(path, Number(entry.Size), String(entry.LastModified), String(entry.ETag));
  }
}

export const asList = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

export function decoded(key: string): string | undefined {
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/** The same from a listing and from an answer's headers, which know seconds only. */
export function foundOf(path: string, size: number, modified: string, etag: string): Found {
  const made = Math.floor(Date.parse(modified) / 1000) * 1000;
  const tag = etag.replaceAll('"', "");
  return { path, size, version: `${Number.isNaN(made) ? "" : made}:${tag}`, ...(Number.isNaN(made) ? {} : { made }) };
}
