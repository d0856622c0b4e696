// Moves all messages of one stream into another one and removes the first. Each step can be repeated and what is done
// is read from the two streams alone, so that after a kill at any point the same call goes on. Nothing is lost: the
// first stream takes in nothing any more before the copy is made, and goes only when the copy is proven complete.

import * as address from "../../schema/address.ts";
import { canonical } from "../../schema/canonical.ts";
import type { JsonObject } from "../../schema/json.ts";
import { owned } from "../../schema/topology.ts";
import type { ControlFailure } from "../failure.ts";
import {
  type ConsumerInfo,
  call,
  callIfThere,
  createStream,
  isApiError,
  list,
  metadataOf,
  type Requests,
  type StreamInfo,
} from "../jetstream-api.ts";
import { awaitCopy, hasMore, type Pace } from "./copy.ts";
import { forgetFired } from "./retarget.ts";
import { isTrial, trialOf } from "./trial.ts";

export interface Move extends Pace {
  readonly connection: Requests;
  readonly from: string;
  readonly to: string;
  /** The new stream, from what the old one is like. */
  readonly config: (before: JsonObject) => JsonObject;
  /** Subjects that change with the name. */
  readonly subjects?: readonly { readonly src: string; readonly dest: string }[];
  /** A consumer of the old stream as it shall be on the new one; where it begins is seen to here. */
  readonly consumer: (info: ConsumerInfo) => JsonObject;
}

/** Undefined when all is in the new stream, which then listens to its subjects. */
export async function move(given: Move): Promise<ControlFailure | undefined> {
  const { connection, from, to } = given;
  const origin = await infoOf(connection, from);
  if (origin !== undefined) {
    const failure = await intoCopy(given, origin);
    if (failure !== undefined) return failure;
    await callIfThere(connection, `STREAM.DELETE.${from}`);
  }
  const copy = await call<StreamInfo>(connection, `STREAM.INFO.${to}`);
  await call(connection, `STREAM.UPDATE.${to}`, given.config(copy.config));
  return undefined;
}

/** When it is done the copy is a stream of its own that nobody can write to, with the consumers of the old one. */
async function intoCopy(given: Move, origin: StreamInfo): Promise<ControlFailure | undefined> {
  const { connection, from, to } = given;
  let copy = await infoOf(connection, to);
  if (copy !== undefined && metadataOf(copy.config)[owned.copyOf] !== from) {
    return { kind: "failed", message: `stream ${to} exists and is no copy of ${from}: nothing was moved` };
  }
  const closed = closedConfig(given, origin.config);
  if (copy !== undefined && (await isUseless(connection, from, copy, closed))) {
    await callIfThere(connection, `STREAM.DELETE.${to}`);
    copy = undefined;
  }
  if (copy === undefined || isMirror(copy)) {
    await close(connection, origin);
    try {
      if (copy === undefined) await createStream(connection, to, mirrorConfig(given, closed), given.pause);
      const failure = await awaitCopy(connection, from, to, given);
      if (failure !== undefined) {
        await reopen(connection, from);
        return failure;
      }
    } catch (error) {
      // Refused, for instance because the account may have no more streams.
      if (isApiError(error)) await reopen(connection, from);
      throw error;
    }
    await call(connection, `STREAM.UPDATE.${to}`, closed);
    if (await hasMore(connection, from, to)) {
      return { kind: "failed", message: `stream ${from} has taken in more while it was copied; apply again to go on` };
    }
  }
  if (origin.config.allow_msg_schedules === true) await forgetFired(connection, to);
  // Not before: whoever reads from a work queue takes away what is counted.
  await bringConsumers(given);
  return undefined;
}

/** Whether the server would take it at all is asked before anything is deleted. */
export async function tryOut(connection: Requests, name: string, wanted: JsonObject): Promise<void> {
  if ((await infoOf(connection, name)) !== undefined) return;
  const { sources: _, mirror: _1, ...config } = wanted;
  const metadata = { ...metadataOf(wanted), ...trialOf(String(wanted.name)) };
  const subjects = [address.closedSubject(name)];
  await createStream(connection, name, { ...config, ...emptyTrial, name, subjects, metadata });
  await callIfThere(connection, `STREAM.DELETE.${name}`);
}

/** Reserves no room beside the stream that is there. */
const emptyTrial = { max_bytes: -1, republish: null };

const infoOf = (connection: Requests, stream: string): Promise<StreamInfo | undefined> =>
  callIfThere<StreamInfo>(connection, `STREAM.INFO.${stream}`);

const isMirror = ({ config }: StreamInfo): boolean => config.mirror !== undefined && config.mirror !== null;

/** A trial, a copy that was made towards another end, or before more came in. The origin has everything that it has. */
async function isUseless(connection: Requests, from: string, copy: StreamInfo, closed: JsonObject): Promise<boolean> {
  if (isTrial(copy.config)) return true;
  if (copy.config.retention !== closed.retention || copy.config.storage !== closed.storage) return true;
  return !isMirror(copy) && (await hasMore(connection, from, copy.config.name));
}

/** What server and operator set for themselves, and what a mirror may have: limits come when all is there. */
const carried = ["description", "placement", "compression", "consumer_limits", "num_replicas", "retention", "storage"];

function closedConfig({ from, to, config }: Move, before: JsonObject): JsonObject {
  const end = config(before);
  return {
    ...Object.fromEntries(Object.entries(end).filter(([field]) => carried.includes(field))),
    name: to,
    subjects: [address.closedSubject(to)],
    discard: "old",
    allow_direct: true,
    metadata: { ...metadataOf(end), [owned.copyOf]: from },
  };
}

function mirrorConfig({ from, subjects }: Move, { subjects: _, ...closed }: JsonObject): JsonObject {
  const transforms = subjects === undefined ? {} : { subject_transforms: subjects.map((each) => ({ ...each })) };
  return { ...closed, mirror: { name: from, ...transforms } };
}

/** Publishers hear that nobody listens, which is no acknowledgement: they try again. Other streams are not drawn from. */
async function close(connection: Requests, { config }: StreamInfo): Promise<void> {
  const { subjects = [], sources, ...rest } = config;
  const closed = [address.closedSubject(config.name)];
  if (config.sealed === true || canonical(subjects) === canonical(closed)) return;
  const took = JSON.stringify(sources === undefined ? { subjects } : { subjects, sources });
  const metadata = { ...metadataOf(config), [owned.took]: took };
  await call(connection, `STREAM.UPDATE.${config.name}`, { ...rest, subjects: closed, metadata });
}

/** As it was before. */
async function reopen(connection: Requests, stream: string): Promise<void> {
  const { config } = await call<StreamInfo>(connection, `STREAM.INFO.${stream}`);
  const { [owned.took]: took, ...metadata } = metadataOf(config);
  if (typeof took !== "string") return;
  await call(connection, `STREAM.UPDATE.${stream}`, { ...config, ...JSON.parse(took), metadata });
}

/** Each one begins behind what it has acknowledged without a gap: at least once. The copy itself remembers it. */
async function bringConsumers({ connection, from, to, consumer }: Move): Promise<void> {
  const { config, state } = await call<StreamInfo>(connection, `STREAM.INFO.${to}`);
  const there = new Set((await consumersOf(connection, to)).map(({ name }) => name));
  for (const info of await consumersOf(connection, from)) {
    if (there.has(info.name)) continue;
    // A message that was removed at the end of the old stream leaves its number to another one in the new stream.
    const start = Math.min(info.ack_floor.stream_seq, state.last_seq) + 1;
    await call(connection, `CONSUMER.CREATE.${to}.${info.name}`, {
      stream_name: to,
      action: "create",
      config: { ...withoutStart(consumer(info)), ...beginAt(start, config.retention === "workqueue") },
    });
  }
}

/** A work queue holds nothing but what is to be done. */
export function beginAt(sequence: number, workqueue: boolean): JsonObject {
  return workqueue ? { deliver_policy: "all" } : { deliver_policy: "by_start_sequence", opt_start_seq: sequence };
}

/** Only those that outlive their readers. */
async function consumersOf(connection: Requests, stream: string): Promise<readonly ConsumerInfo[]> {
  const all = await list<ConsumerInfo>(connection, `CONSUMER.LIST.${stream}`, "consumers");
  return all.filter(({ config }) => config.durable_name !== undefined);
}

/** The configuration of a live consumer, without where it began. */
function withoutStart(config: JsonObject): JsonObject {
  const { deliver_policy: _, opt_start_seq: _1, opt_start_time: _2, ...rest } = config;
  return rest;
}
