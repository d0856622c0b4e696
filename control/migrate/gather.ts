// One reader takes the place of a target's readers of partitions: it goes on behind what all of them have read. A
// second consumer remembers that place, so that a kill at any point loses nothing.

import * as address from "../../schema/address.ts";
import type { JsonObject } from "../../schema/json.ts";
import { owned } from "../../schema/topology.ts";
import { nextMessage } from "../direct.ts";
import { type ConsumerInfo, call, callIfThere, metadataOf, type Requests, type StreamInfo } from "../jetstream-api.ts";
import { beginAt } from "./move.ts";

/** `partitions`: the names of their readers, of those that may be there still. Repeat it after a kill. */
export async function gatherConsumer(
  connection: Requests,
  stream: string,
  name: string,
  partitions: readonly string[],
  wanted: JsonObject,
): Promise<void> {
  const infoOf = (each: string) => callIfThere<ConsumerInfo>(connection, `CONSUMER.INFO.${stream}.${each}`);
  const create = (each: string, config: JsonObject) =>
    call(connection, `CONSUMER.CREATE.${stream}.${each}`, { stream_name: stream, action: "create", config });
  const place = address.movingConsumer(name);
  const { filter_subject = null } = wanted;
  if ((await infoOf(place)) === undefined) {
    // Before the readers are asked: what comes after is behind all of them.
    const { state } = await call<StreamInfo>(connection, `STREAM.INFO.${stream}`);
    const readers = await Promise.all([name, ...partitions].map(infoOf));
    const floors = await Promise.all(
      readers.flatMap((info) => (info === undefined ? [] : [floorOf(connection, info, state.last_seq)])),
    );
    await create(place, {
      durable_name: place,
      ack_policy: "explicit",
      filter_subject,
      metadata: { ...metadataOf(wanted), [owned.copyOf]: name },
      ...beginAt(Math.min(state.last_seq, ...floors) + 1, false),
    });
  }
  const old = await infoOf(name);
  if (old !== undefined && old.config.filter_subject !== filter_subject) {
    await callIfThere(connection, `CONSUMER.DELETE.${stream}.${name}`);
  }
  for (const partition of partitions) await callIfThere(connection, `CONSUMER.DELETE.${stream}.${partition}`);
  const remembered = await infoOf(place);
  if (remembered !== undefined && (await infoOf(name)) === undefined) {
    await create(name, { ...wanted, ...beginAt(remembered.ack_floor.stream_seq + 1, false) });
  }
  await callIfThere(connection, `CONSUMER.DELETE.${stream}.${place}`);
}

/** The ack floor of a reader for which nothing comes stays behind: what counts is the first message for it after that. */
async function floorOf(connection: Requests, { stream_name, config, ack_floor }: ConsumerInfo, last: number) {
  const { filter_subject } = config;
  if (typeof filter_subject !== "string") return ack_floor.stream_seq;
  const next = await nextMessage(connection, stream_name, filter_subject, ack_floor.stream_seq + 1);
  return next === undefined ? Math.max(last, ack_floor.stream_seq) : next.sequence - 1;
}
