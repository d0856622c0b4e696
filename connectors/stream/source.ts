// Reads a declared stream, the tenant's own or one that another shares: a message keeps the id that it came with.

import type { Msg } from "@nats-io/nats-core";
import { declaredStream, sharedStream } from "../../schema/address.ts";
import type { Incoming, RunningSource, SourceContext } from "../../schema/connector.ts";
import { header } from "../../schema/envelope.ts";
import { traceContext } from "../../schema/trace-context.ts";
import { readJson } from "../json-text.ts";
import type { NatsDoor } from "../nats/door.ts";
import { readDurable } from "../nats/durable.ts";
import { requiredText } from "../setting.ts";

export function startStream(context: SourceContext, nats: NatsDoor): Promise<RunningSource> {
  const name = requiredText(context.settings, "name");
  return readDurable(context, nats, {
    stream: streamOf(name),
    called: `stream ${name}`,
    toIncoming: (message) => toIncoming(message, name),
  });
}

/** `contacts` is the tenant's own, `acme/paid-orders` its copy of another's. */
function streamOf(name: string): string {
  const [owner = "", shared] = name.split("/");
  return shared === undefined ? declaredStream(owner) : sharedStream(owner, shared);
}

/** Or why it cannot be one: somebody else may write there too. */
function toIncoming(message: Msg, stream: string): Incoming | string {
  const read = readJson(message.data);
  if (read.kind === "malformed") return read.message;
  const id = idOf(message.headers?.get(header.id) ?? "");
  return {
    body: read.bytes,
    value: read.value,
    ...(id === "" ? {} : { id }),
    headers: {},
    meta: { stream },
    ...traceContext(message.headers?.get(header.traceparent), message.headers?.get(header.tracestate)),
  };
}

function idOf(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
