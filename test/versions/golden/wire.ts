// What a version of VRSky has left on a server, as plain data: streams, their messages with all headers, and how far
// their readers were. Written down from one server, and put back on another one.

import { headers, type NatsConnection } from "@nats-io/transport-node";
import { directMessages } from "../../../control/direct.ts";
import type { JsonObject } from "../../../schema/json.ts";
import { api } from "../../rig/topology.ts";

export interface WireStream {
  readonly config: JsonObject & { readonly name: string };
  readonly messages: readonly WireMessage[];
  readonly consumers: readonly {
    readonly config: JsonObject & { readonly durable_name: string };
    readonly floor: number;
  }[];
}

export interface WireMessage {
  readonly sequence: number;
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As text where it is one. */
  readonly text?: string;
  readonly base64?: string;
}

interface Listed {
  readonly config: JsonObject & { readonly name: string };
}

interface ListedConsumer {
  readonly config: JsonObject & { readonly durable_name: string };
  readonly ack_floor: { readonly stream_seq: number };
}

/** Put there by the server, or an expectation of a moment that is over. */
const ofTheMoment =
  /^Nats-(Expected-|Batch-|Stream$|Subject$|Sequence$|Time-Stamp$|Num-Pending$|Last-Sequence$|UpTo-Sequence$)/;

/** The streams of a tenant, without those of the control plane. */
export async function written(connection: NatsConnection): Promise<readonly WireStream[]> {
  const listed = await api(connection, "STREAM.LIST");
  const streams: readonly Listed[] = Array.isArray(listed.streams) ? listed.streams : [];
  const own = streams.filter(({ config }) => !config.name.startsWith("VRSKY"));
  return Promise.all(
    own.map(async ({ config }): Promise<WireStream> => {
      const messages: WireMessage[] = [];
      for await (const message of directMessages(connection, { stream: config.name, filter: ">" })) {
        const { sequence, subject, body } = message;
        const kept = [...message.headers.keys()].filter((key) => !ofTheMoment.test(key));
        const text = Buffer.from(body).toString("utf8");
        messages.push({
          sequence,
          subject,
          headers: Object.fromEntries(kept.map((key) => [key, message.headers.get(key)])),
          ...(Buffer.from(text).equals(body) ? { text } : { base64: Buffer.from(body).toString("base64") }),
        });
      }
      const readers = await api(connection, `CONSUMER.LIST.${config.name}`);
      const consumers: readonly ListedConsumer[] = Array.isArray(readers.consumers) ? readers.consumers : [];
      return {
        config: withoutServers(config),
        messages,
        consumers: consumers.map(({ config: own, ack_floor }) => ({
          config: withoutServers(own),
          floor: ack_floor.stream_seq,
        })),
      };
    }),
  );
}

/** Without what the server says of itself. */
function withoutServers<T extends JsonObject>(config: T): T {
  const metadata = Object.entries(Object(config.metadata)).filter(([key]) => !key.startsWith("_nats."));
  return { ...config, metadata: Object.fromEntries(metadata) };
}

/** Messages that nobody renews any more are as short-lived as that takes: a lease of a worker that is dead. */
export async function putBack(
  connection: NatsConnection,
  streams: readonly WireStream[],
  shortLived: (subject: string) => boolean,
): Promise<void> {
  for (const { config, messages, consumers } of streams) {
    await api(connection, `STREAM.CREATE.${config.name}`, config);
    for (const message of messages) {
      const given = headers();
      for (const [key, value] of Object.entries(message.headers)) given.set(key, value);
      if (shortLived(message.subject)) given.set("Nats-TTL", "1s");
      const data = message.text ?? Buffer.from(message.base64 ?? "", "base64");
      const answer = await connection.request(message.subject, data, { headers: given, timeout: 10_000 });
      const stored: { readonly error?: unknown } = answer.json();
      if (stored.error !== undefined) throw new Error(`${message.subject}: ${JSON.stringify(stored.error)}`);
    }
    for (const { config: reader, floor } of consumers) {
      const all = config.retention === "workqueue";
      const begin = all ? { deliver_policy: "all" } : { deliver_policy: "by_start_sequence", opt_start_seq: floor + 1 };
      await api(connection, `CONSUMER.CREATE.${config.name}.${reader.durable_name}`, {
        stream_name: config.name,
        config: { ...reader, ...begin },
      });
    }
  }
}
