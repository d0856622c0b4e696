// `format: blob`: a request whose body is taken as it comes, bytes that stay beside their message.

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Incoming, SourceContext } from "../../schema/connector.ts";
import { contentFaultOf, type KeptContent } from "../../schema/content.ts";
import { traceContext } from "../../schema/trace-context.ts";
import { blobValue, fileName, mediaType, unknownType } from "../blob.ts";
import { jsonBytes } from "../json-text.ts";
import { providerId } from "./provider-id.ts";
import { storedHeaders } from "./stored-headers.ts";

export type Received =
  | { readonly kind: "kept"; readonly content: KeptContent }
  | { readonly kind: "too-large" }
  /** No room for it, on disk or in the object store. */
  | { readonly kind: "full" }
  /** The sender hung up or was cut. */
  | { readonly kind: "gone" };

/** The body, put aside while it comes. Nothing of it stays when it does not come to its end. */
export async function receive(
  context: Pick<SourceContext, "keep">,
  request: IncomingMessage,
  response: ServerResponse,
  most: number,
): Promise<Received> {
  const gone = new AbortController();
  const hangUp = (): void => gone.abort();
  response.once("close", hangUp);
  try {
    // A loop over the request itself would cut the connection when it ends early, and with it the answer.
    const content = await context.keep(request.iterator({ destroyOnReturn: false }), { most, signal: gone.signal });
    if (request.complete) return { kind: "kept", content };
    await content.discard();
    return { kind: "gone" };
  } catch (error) {
    // One that has come whole counts as destroyed, too: its sender waits for an answer.
    if (gone.signal.aborted || (request.destroyed && !request.complete)) return { kind: "gone" };
    return { kind: contentFaultOf(error) === "too-large" ? "too-large" : "full" };
  } finally {
    response.off("close", hangUp);
  }
}

/** What the sender does not name has the name of its bytes. */
export function blobMessage(
  request: Pick<IncomingMessage, "method" | "headers">,
  content: KeptContent,
  credentials: readonly string[],
): Incoming {
  const { headers } = request;
  const name = nameIn(headers) ?? content.sha256;
  const value = blobValue(name, mediaType(headers["content-type"]) ?? unknownType, content);
  return {
    body: jsonBytes(value),
    value,
    content,
    // The same bytes sent again are the same message.
    id: providerId(undefined, headers, value) ?? content.sha256,
    headers: storedHeaders(headers, credentials),
    meta: { method: request.method ?? "" },
    ...traceContext(headers.traceparent, headers.tracestate),
  };
}

/** `attachment; filename*=UTF-8''na%C3%AFve.pdf; filename="naive.pdf"`, or `x-file-name`, percent-encoded or not. */
function nameIn(headers: IncomingHttpHeaders): string | undefined {
  const disposition = headers["content-disposition"] ?? "";
  const extended = /;\s*filename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(disposition)?.[1];
  const quoted = /;\s*filename\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(disposition)?.[1]?.replace(/\\(.)/g, "$1");
  const plain = /;\s*filename\s*=\s*([^";\s]+)/i.exec(disposition)?.[1];
  const own = headers["x-file-name"];
  return (
    fileName(decoded(extended)) ??
    fileName(latin1(quoted ?? plain)) ??
    fileName(decoded(typeof own === "string" ? latin1(own) : undefined))
  );
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Node reads header values as Latin-1; what senders write there is UTF-8 today, where it is not ASCII. */
function latin1(text: string | undefined): string | undefined {
  if (text === undefined || !/[\x80-\xff]/.test(text)) return text;
  const read = Buffer.from(text, "latin1").toString("utf8");
  return read.includes("\ufffd") ? text : read;
}
