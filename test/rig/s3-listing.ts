// A page of a bucket's listing (ListObjectsV2), as the service writes it.

import type { Listing } from "./s3-server.ts";

export function listingXml({ objects, isTruncated }: Listing, encoding: string | undefined): string {
  const last = objects.at(-1)?.key ?? "";
  const url = encoding === "url";
  const contents = objects.map(
    ({ key, lastModifiedDate, size, metadata }) =>
      `<Contents><Key>${url ? urlEncoded(key) : escaped(key)}</Key><LastModified>${lastModifiedDate.toISOString()}</LastModified>` +
      `<ETag>${escaped(metadata.etag)}</ETag><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  );
  const next = isTruncated
    ? `<NextContinuationToken>${Buffer.from(last).toString("base64url")}</NextContinuationToken>`
    : "";
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
    `<IsTruncated>${isTruncated}</IsTruncated>${next}${url ? "<EncodingType>url</EncodingType>" : ""}` +
    `${contents.join("")}</ListBucketResult>`
  );
}

/** Amazon's way: slashes stay, a blank is a plus. */
const urlEncoded = (key: string): string => encodeURIComponent(key).replaceAll("%2F", "/").replaceAll("%20", "+");

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
