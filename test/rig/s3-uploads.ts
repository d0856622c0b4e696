// Uploads in parts that are under way, which s3rver does not list and does not give up: kept beside it, as the service
// keeps them.

import type { Context, Middleware } from "./s3-server.ts";

export interface Upload {
  readonly key: string;
  /** May be set back, as if it had been long ago. */
  begun: Date;
  readonly parts: { readonly number: string; readonly size: number; at: Date }[];
}

export type Uploads = Map<string, Upload>;

const bucketPath = /^\/[^/]+\/?$/;

export function underWay(uploads: Uploads): Middleware {
  return async (context, next) => {
    const { method, query, path } = context;
    const key = decodeURIComponent(path.split("/").slice(2).join("/"));
    const id = query.uploadId ?? "";
    const known = uploads.get(id);
    if (method === "GET" && query.uploads !== undefined && bucketPath.test(path))
      return say(context, listOf(uploads, query.prefix ?? ""));
    if (method === "GET" && known !== undefined) return say(context, partsOf(known));
    if (method === "DELETE" && query.uploadId !== undefined) {
      context.status = uploads.delete(id) ? 204 : 404;
      return;
    }
    await next();
    if (context.status >= 300) return;
    if (method === "POST" && query.uploads !== undefined)
      uploads.set(begunIn(context.body), { key, begun: new Date(), parts: [] });
    else if (method === "POST" && known !== undefined) uploads.delete(id);
    else if (method === "PUT" && known !== undefined) {
      const size = Number(context.req.headers["content-length"]);
      known.parts.push({ number: query.partNumber ?? "", size, at: new Date() });
    }
  };
}

/** As XML, or what becomes that. */
function begunIn(body: unknown): string {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return /UploadId\W+(\w+)/.exec(text)?.[1] ?? "unknown";
}

function say(context: Context, xml: string): void {
  context.type = "application/xml";
  context.body = `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`;
}

function listOf(uploads: Uploads, prefix: string): string {
  const all = [...uploads].filter(([, { key }]) => key.startsWith(prefix));
  const each = all.map(
    ([id, { key, begun }]) =>
      `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${begun.toISOString()}</Initiated></Upload>`,
  );
  return `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${each.join("")}</ListMultipartUploadsResult>`;
}

function partsOf({ key, parts }: Upload): string {
  const each = parts.map(
    ({ number, size, at }) =>
      `<Part><PartNumber>${number}</PartNumber><LastModified>${at.toISOString()}</LastModified><Size>${size}</Size></Part>`,
  );
  return `<ListPartsResult><Key>${key}</Key><IsTruncated>false</IsTruncated>${each.join("")}</ListPartsResult>`;
}
