// A consumer that the server cannot change in place is made anew and goes on where the old one was. Meanwhile a second
// consumer remembers the place, so that a kill between the two loses nothing.

import * as address from "../../schema/address.ts";
import type { JsonObject } from "../../schema/json.ts";
import { owned } from "../../schema/topology.ts";
import { compareConfig, needsReplacing } from "../compare.ts";
import { type ConsumerInfo, call, callIfThere, metadataOf, type Requests, type StreamInfo } from "../jetstream-api.ts";
import { beginAt } from "./move.ts";

/** Repeat it after a kill. Its reader finds it gone for a moment and asks again. */
export async function replaceConsumer(
  connection: Requests,
  stream: string,
  name: string,
  wanted: JsonObject,
): Promise<void> {
  const old = await infoOf(connection, stream, name);
  const { config } = await call<StreamInfo>(connection, `STREAM.INFO.${stream}`);
  const workqueue = config.retention === "workqueue";
  const place = address.movingConsumer(name);
  if (old !== undefined && compareConfig(wanted, old.config).some(needsReplacing)) {
    if (!workqueue) await remember(connection, old, place);
    await callIfThere(connection, `CONSUMER.DELETE.${stream}.${name}`);
  }
  const remembered = workqueue ? undefined : await infoOf(connection, stream, place);
  if (remembered !== undefined || workqueue) {
    const start = beginAt((remembered?.ack_floor.stream_seq ?? 0) + 1, workqueue);
    const there = await infoOf(connection, stream, name);
    if (there === undefined) await create(connection, stream, name, { ...wanted, ...start });
  }
  await callIfThere(connection, `CONSUMER.DELETE.${stream}.${place}`);
}

const infoOf = (connection: Requests, stream: string, name: string) =>
  callIfThere<ConsumerInfo>(connection, `CONSUMER.INFO.${stream}.${name}`);

async function create(connection: Requests, stream: string, name: string, config: JsonObject): Promise<void> {
  await call(connection, `CONSUMER.CREATE.${stream}.${name}`, { stream_name: stream, action: "create", config });
}

/** Nobody reads from it: where it begins is all that it is for. */
async function remember(
  connection: Requests,
  { stream_name, name, config, ack_floor }: ConsumerInfo,
  place: string,
): Promise<void> {
  if ((await infoOf(connection, stream_name, place)) !== undefined) return;
  const { filter_subject, filter_subjects } = config;
  await create(connection, stream_name, place, {
    durable_name: place,
    ack_policy: "explicit",
    ...(filter_subject === undefined ? {} : { filter_subject }),
    ...(filter_subjects === undefined ? {} : { filter_subjects }),
    metadata: { ...metadataOf(config), [owned.copyOf]: name },
    ...beginAt(ack_floor.stream_seq + 1, false),
  });
}
