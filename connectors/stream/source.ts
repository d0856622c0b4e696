// Reads a stream by the integration's durable, which all its workers share. A message is acknowledged once the intake has
// it, under the id that it came with: what is handed out twice is stored once.

import type { Msg } from "@nats-io/nats-core";
import { declaredStream, readerConsumer, sharedStream } from "../../schema/address.ts";
import type { Incoming, RunningSource, SourceContext } from "../../schema/connector.ts";
import { header } from "../../schema/envelope.ts";
import { traceContext } from "../../schema/trace-context.ts";
import { readJson } from "../json-text.ts";
import type { NatsDoor, NatsPulled } from "../nats/door.ts";
import { requiredText } from "../setting.ts";

const inFlight = 256;
const inFlightBytes = 16 * 1024 * 1024;

export function startStream(context: SourceContext, nats: NatsDoor): RunningSource {
  const { clock, log } = context;
  const name = requiredText(context.settings, "name");
  const waiting = new Set<() => void>();
  let stopped = false;

  /** Cut short when the source stops. */
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        cancel();
        waiting.delete(done);
        resolve();
      };
      const cancel = clock.after(ms, done);
      waiting.add(done);
    });

  /** While the intake takes nothing the message stays in hand, and so nothing more is asked for. */
  const handle = async (pulled: NatsPulled, message: Msg): Promise<void> => {
    const incoming = toIncoming(message, name);
    if (typeof incoming === "string") {
      context.refuse(`message ${pulled.sequence} of stream ${name}: ${incoming}`, "invalid");
      return end(pulled, incoming);
    }
    while (!stopped) {
      const accepted = await context.accept(incoming);
      if (accepted.kind === "stored") return pulled.ack();
      if (accepted.kind === "invalid") return end(pulled, accepted.issues[0]?.message ?? "invalid");
      await pause(accepted.retryAfterSeconds * 1000);
    }
    pulled.nak();
  };
  /** It would be as invalid the next time. It stays in the stream, where its sequence says which it is. */
  const end = (pulled: NatsPulled, reason: string): void => {
    log.warn({ source: context.name, stream: name, sequence: pulled.sequence, reason }, "a message is passed over");
    pulled.term(reason);
  };

  const puller = nats.pull({
    stream: streamOf(name),
    consumer: readerConsumer(context.integration, context.name),
    clock,
    log,
    inFlight,
    inFlightBytes,
    handle,
  });
  return {
    stop: async () => {
      await puller.stop();
      stopped = true;
      for (const done of [...waiting]) done();
      await puller.idle();
    },
  };
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
