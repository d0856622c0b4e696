// A request that holds CloudEvents, one or a batch of them: to messages, and what the sender of a batch is told.

import type { IncomingMessage } from "node:http";
import type { Accepted, Incoming } from "../../schema/connector.ts";
import { traceContext } from "../../schema/trace-context.ts";
import { eventMessageId, eventMeta } from "../cloud-events.ts";
import { type CloudEvent, readEvents } from "../cloud-events-read.ts";
import type { Reply } from "./reply.ts";
import { storedHeaders } from "./stored-headers.ts";

export type FromRequest =
  | { readonly kind: "one"; readonly message: Incoming }
  | { readonly kind: "batch"; readonly messages: readonly Incoming[] }
  | { readonly kind: "refused"; readonly status: 400 | 415; readonly error: string };

type Request = Pick<IncomingMessage, "method" | "headers"> & Partial<Pick<IncomingMessage, "headersDistinct">>;

/** `credentials`: headers that are not stored. */
export function eventsOf(request: Request, body: Uint8Array, credentials: readonly string[]): FromRequest {
  const headers = storedHeaders(request.headers, credentials);
  // Node joins what came several times: `ce-id: 8, 9` would be an event that nobody sent.
  const distinct = Object.entries(request.headersDistinct ?? {});
  const repeated = distinct.filter(([, values = []]) => values.length > 1).map(([name]) => name);
  const read = readEvents({ headers, repeated, body });
  const toMessage = (event: CloudEvent) => toIncoming(event, request, headers);
  switch (read.kind) {
    case "one":
      return { kind: "one", message: toMessage(read.event) };
    case "batch":
      return { kind: "batch", messages: read.events.map(toMessage) };
    case "malformed":
      return { kind: "refused", status: 400, error: `The CloudEvent ${read.message}.` };
    case "unsupported":
      return { kind: "refused", status: 415, error: `The CloudEvent ${read.message}.` };
    default:
      return read satisfies never;
  }
}

/** The attributes are in `meta.event`, whichever way they came. */
function toIncoming(event: CloudEvent, request: Request, headers: Readonly<Record<string, string>>): Incoming {
  const { attributes, value, bytes } = event;
  const { traceparent, tracestate } = attributes.extensions;
  return {
    body: bytes,
    value,
    id: eventMessageId(attributes),
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith("ce-"))),
    meta: { method: request.method ?? "", event: eventMeta(attributes) },
    ...traceContext(request.headers.traceparent ?? traceparent, request.headers.tracestate ?? tracestate),
  };
}

/** All are stored, or what is told of the first that is not; those before it stay, and are known when they come again. */
export function toBatchReply(all: readonly Accepted[], toReply: (one: Accepted) => Reply): Reply {
  const index = all.findIndex(({ kind }) => kind !== "stored");
  const first = all[index];
  if (first !== undefined) {
    const reply = toReply(first);
    return { ...reply, body: { ...reply.body, event: index + 1 } };
  }
  return { status: 202, body: { ids: all.flatMap((one) => (one.kind === "stored" ? [one.id] : [])) } };
}
