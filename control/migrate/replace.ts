// A stream that the server cannot change in place is made anew under the same name, with its messages and with what
// each consumer has read: through a second stream, because two cannot have one name.

import * as address from "../../schema/address.ts";
import type { JsonObject } from "../../schema/json.ts";
import { owned } from "../../schema/topology.ts";
import { compareConfig, jsonTexts, lastingMetadata, merged, needsReplacing } from "../compare.ts";
import type { ControlFailure } from "../failure.ts";
import {
  type ConsumerInfo,
  call,
  callIfThere,
  list,
  metadataOf,
  type Requests,
  type StreamInfo,
} from "../jetstream-api.ts";
import type { Pace } from "./copy.ts";
import { move, tryOut } from "./move.ts";

export interface Replacement extends Pace {
  readonly connection: Requests;
  readonly stream: string;
  /** Without the name of a stream that is not there: see `move`. */
  readonly wanted: JsonObject;
  /** How a consumer shall be, if it is wanted. */
  readonly consumer: (name: string) => JsonObject | undefined;
}

/** Undefined when the stream is as wanted, with all its messages. Repeat it after a kill. */
export async function replaceStream(given: Replacement): Promise<ControlFailure | undefined> {
  const { stream, wanted, consumer, ...both } = given;
  const { connection } = both;
  const waiting = address.movingStream(stream);
  if (await isOld(given, waiting)) {
    await tryOut(connection, waiting, wanted);
    const config = (before: JsonObject): JsonObject => waitingConfig(stream, before);
    const failure = await move({ ...both, from: stream, to: waiting, config, consumer: ({ config }) => config });
    if (failure !== undefined) return failure;
  }
  if (wanted.retention === "workqueue") await removeRead(connection, waiting);
  return move({
    ...both,
    from: waiting,
    to: stream,
    config: (before) => merged(wanted, before),
    consumer: (info) => consumer(info.name) ?? info.config,
  });
}

/**
 * Whether the messages are still to be put aside: the stream of that name is not the one that is being filled, or it
 * was filled to be other than it is wanted now.
 */
async function isOld({ connection, stream, wanted }: Replacement, waiting: string): Promise<boolean> {
  const info = await callIfThere<StreamInfo>(connection, `STREAM.INFO.${stream}`);
  if (info === undefined || metadataOf(info.config)[owned.copyOf] !== waiting) return true;
  const filled = (await callIfThere<StreamInfo>(connection, `STREAM.INFO.${waiting}`)) === undefined;
  return filled && compareConfig(wanted, info.config).some(needsReplacing);
}

/** Keeps everything, listens to nothing. */
function waitingConfig(stream: string, before: JsonObject): JsonObject {
  const kept = ["description", "placement", "compression", "consumer_limits", "num_replicas"];
  const name = address.movingStream(stream);
  return {
    ...Object.fromEntries(Object.entries(before).filter(([field]) => kept.includes(field))),
    name,
    subjects: [address.closedSubject(name)],
    retention: "limits",
    storage: "file",
    discard: "old",
    allow_direct: true,
    metadata: { ...lastingMetadata(before), [owned.copyOf]: stream },
  };
}

/** A work queue would hand out again what stayed in the stream as its history. */
async function removeRead(connection: Requests, stream: string): Promise<void> {
  const info = await callIfThere<StreamInfo>(connection, `STREAM.INFO.${stream}`);
  if (info === undefined) return;
  for (const { config, ack_floor } of await list<ConsumerInfo>(connection, `CONSUMER.LIST.${stream}`, "consumers")) {
    const filters = [config.filter_subject, ...jsonTexts(config.filter_subjects)];
    for (const filter of filters.filter((each) => typeof each === "string")) {
      await call(connection, `STREAM.PURGE.${stream}`, { filter, seq: ack_floor.stream_seq + 1 });
    }
  }
}
