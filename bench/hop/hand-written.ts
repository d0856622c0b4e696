// The rival: the best loop that we know how to write by hand with the same client. Consumes by callback, parses, maps,
// publishes through one multiplexed inbox with the id that makes it idempotent, and acks when the PubAck is there.
// It has no retries, no dead letters, no contract, no trace.

import type { ConsumerMessages, JsMsg } from "@nats-io/jetstream";
import { jetstream } from "@nats-io/jetstream";
import { headers, type NatsConnection, nuid } from "@nats-io/nats-core";

export type Mapping = (body: unknown) => { readonly id: string; readonly body: unknown };

export interface HandWritten {
  readonly stream: string;
  readonly consumer: string;
  readonly subject: string;
  readonly map: Mapping;
  readonly inFlight: number;
}

/** Tells of each message that is acked. */
export async function handWritten(
  connection: NatsConnection,
  options: HandWritten,
  onDone: () => void,
): Promise<{ stop(): void }> {
  const inbox = `_INBOX.${nuid.next()}`;
  const waiting = new Map<string, JsMsg>();
  const queue: JsMsg[] = [];
  const decoder = new TextDecoder();
  let token = 0;

  const take = (message: JsMsg): void => {
    const mapped = options.map(JSON.parse(decoder.decode(message.data)));
    const fields = headers();
    fields.set("Nats-Msg-Id", mapped.id);
    token += 1;
    waiting.set(String(token), message);
    connection.publish(options.subject, JSON.stringify(mapped.body), { reply: `${inbox}.${token}`, headers: fields });
  };
  const subscription = connection.subscribe(`${inbox}.*`, {
    callback: (error, answer) => {
      if (error) throw error;
      const key = answer.subject.slice(inbox.length + 1);
      const message = waiting.get(key);
      if (message === undefined || JSON.parse(answer.string()).error !== undefined) throw new Error(answer.string());
      waiting.delete(key);
      message.ack();
      onDone();
      const next = queue.shift();
      if (next !== undefined) take(next);
    },
  });
  const consumer = await jetstream(connection).consumers.get(options.stream, options.consumer);
  const messages: ConsumerMessages = await consumer.consume({
    max_messages: 500,
    expires: 5_000,
    callback: (message) => {
      if (waiting.size < options.inFlight) take(message);
      else queue.push(message);
    },
  });
  return {
    stop: () => {
      messages.stop();
      subscription.unsubscribe();
    },
  };
}
