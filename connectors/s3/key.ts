// Names of objects as paths of files. A name that a URL cannot say, because its path would be shortened, is none of ours.

import { placeError } from "../file/place.ts";

/** Buckets have no root: `/out/a.csv` is `out/a.csv`. */
export function keyOf(path: string): string {
  const key = path.replace(/^\/+/, "");
  if (isKey(key)) return key;
  throw placeError("rejected", "the path is empty, holds a NUL, or `.` or `..` is one of its parts");
}

/** False for what stands for a folder, too. */
export const isKey = (key: string): boolean =>
  key !== "" &&
  !key.endsWith("/") &&
  !key.includes("\0") &&
  !/\p{Surrogate}/u.test(key) &&
  !/(?:^|\/)\.{1,2}(?:\/|$)/.test(key);

export const encodedKey = (key: string): string => key.split("/").map(encodedPart).join("/");

/** As signatures want it: all but letters, digits and `-._~`. */
const encodedPart = (part: string): string =>
  encodeURIComponent(part).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
