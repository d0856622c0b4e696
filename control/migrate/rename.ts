// What an integration owns follows it to its new name: streams as copies whose subjects are rewritten, single messages
// in the tenant's shared streams one by one. Everything can be repeated after a kill.

import * as address from "../../schema/address.ts";
import type { JsonObject } from "../../schema/json.ts";
import { owned } from "../../schema/topology.ts";
import { merged } from "../compare.ts";
import type { ControlFailure } from "../failure.ts";
import {
  type ConsumerInfo,
  call,
  callIfThere,
  metadataOf,
  type Publishes,
  type Requests,
  type StreamInfo,
} from "../jetstream-api.ts";
import type { Pace } from "./copy.ts";
import { moveLetters, moveMessages } from "./messages.ts";
import { beginAt, move } from "./move.ts";
import { retarget } from "./retarget.ts";

export interface Rename extends Pace {
  readonly connection: Requests;
  /** Streams: `IN_old`, `IN_new`; `RETRY_old`, `RETRY_new`; `OBJ_old`, `OBJ_new`. */
  readonly from: string;
  readonly to: string;
  readonly wanted: JsonObject;
  /** How a consumer of the new stream shall be, if it is wanted. */
  readonly consumer: (name: string) => JsonObject | undefined;
}

/** The kinds of streams, and the first tokens of their subjects, whose second one is the integration. */
const kinds = [
  { prefix: address.intakeStream(""), tokens: ["in"] },
  { prefix: address.objectStream(""), tokens: ["$O"] },
  { prefix: address.retryStream(""), tokens: ["rx", "rs", "rd", "rc"] },
];

export async function renameStream(given: Rename): Promise<ControlFailure | undefined> {
  const { wanted, consumer, ...both } = given;
  const { connection, from, to } = both;
  const { prefix, tokens } = kinds.find((kind) => from.startsWith(kind.prefix)) ?? { prefix: "", tokens: [] };
  const [before, after] = [nameIn(from, prefix), nameIn(to, prefix)];
  const schedules = prefix === address.retryStream("");
  const subjects = tokens.map((first) => ({
    src: `${first}.${before}.>`,
    dest: `${first}.${after}.>`,
  }));
  const end = (live: JsonObject): JsonObject => merged(wanted, live);
  const failure = await move({
    ...both,
    subjects,
    // Until its schedules are right as well it stays a copy.
    config: (live) => {
      const config = end(live);
      return !schedules ? config : { ...config, metadata: { ...metadataOf(config), [owned.copyOf]: from } };
    },
    consumer: (info) => consumer(info.name) ?? renamedFilter(info.config, before, after),
  });
  if (failure !== undefined || !schedules) return failure;
  await retarget(connection, to, before, after);
  const { config } = await call<StreamInfo>(connection, `STREAM.INFO.${to}`);
  await call(connection, `STREAM.UPDATE.${to}`, end(config));
  return undefined;
}

const nameIn = (stream: string, prefix: string): string => stream.slice(prefix.length);

/** Consumers of others, and of targets that are gone, read what they read before. */
function renamedFilter(config: JsonObject, before: string, after: string): JsonObject {
  const { filter_subject } = config;
  if (typeof filter_subject !== "string") return config;
  const [first = "", second, ...rest] = filter_subject.split(".");
  return second === before ? { ...config, filter_subject: [first, after, ...rest].join(".") } : config;
}

/** A consumer with the integration's name in its own, on a stream that stays. The old one remembers the place. */
export async function renameConsumer(
  connection: Requests,
  from: string,
  to: string,
  wanted: JsonObject,
): Promise<void> {
  const [stream = "", old = ""] = from.split("/");
  const [, name = ""] = to.split("/");
  const before = await callIfThere<ConsumerInfo>(connection, `CONSUMER.INFO.${stream}.${old}`);
  const there = await callIfThere<ConsumerInfo>(connection, `CONSUMER.INFO.${stream}.${name}`);
  if (there === undefined) {
    const config = { ...wanted, ...beginAt((before?.ack_floor.stream_seq ?? 0) + 1, false) };
    await call(connection, `CONSUMER.CREATE.${stream}.${name}`, { stream_name: stream, action: "create", config });
  }
  await callIfThere(connection, `CONSUMER.DELETE.${stream}.${old}`);
}

/** Dead letters, what sources remember, and the view of the retries. */
export async function renameMessages(connection: Publishes, before: string, after: string): Promise<void> {
  const view = address.bucketStream(address.retriesBucket);
  await moveLetters(connection, before, after);
  for (const [stream, prefix] of [
    [address.sourceStateStream, "state"],
    [view, `$KV.${address.retriesBucket}`],
  ] as const) {
    await moveMessages(connection, stream, `${prefix}.${before}.`, `${prefix}.${after}.`);
  }
}
