// Whether a reader that is to go has had everything that was there when it was asked. Under traffic something is unread
// at any moment: a target that keeps up could otherwise never be removed without losing messages.

import { setTimeout as pause } from "node:timers/promises";
import { consumerUnread, fillsCopy } from "./figures.ts";
import { type ConsumerInfo, call, callIfThere, type Requests, type StreamInfo } from "./jetstream-api.ts";

const lookMs = 100;
/** Looks without anything more acknowledged: two seconds. */
const patience = 20;
/** Looks in all. */
const most = 50;

/**
 * Unread messages of those that the stream holds now: waits for as long as the consumer gets on with them, and counts
 * all that is unread when it does not. What comes in meanwhile is of the time after.
 */
export async function unreadOfNow(connection: Requests, given: ConsumerInfo): Promise<number> {
  const { stream_name, name } = given;
  let info = given;
  if (info.num_pending + info.num_ack_pending > 0) {
    const { state } = await call<StreamInfo>(connection, `STREAM.INFO.${stream_name}`);
    let floor = -1;
    for (let idle = 0, looks = 0; idle < patience && looks < most && !hasRead(info, state.last_seq); looks++) {
      idle = info.ack_floor.stream_seq > floor ? 0 : idle + 1;
      floor = info.ack_floor.stream_seq;
      await pause(lookMs);
      info = await call<ConsumerInfo>(connection, `CONSUMER.INFO.${stream_name}.${name}`);
    }
    if (hasRead(info, state.last_seq)) info = { ...info, num_pending: 0, num_ack_pending: 0 };
  }
  // What has failed for it meanwhile is parked, and read no less.
  return consumerUnread(connection, info, true);
}

/** The same for the last look before it goes; nothing where it is gone already. */
export async function readerUnread(connection: Requests, stream: string, name: string): Promise<number> {
  const info = await callIfThere<ConsumerInfo>(connection, `CONSUMER.INFO.${stream}.${name}`);
  return info === undefined || fillsCopy(info) ? 0 : unreadOfNow(connection, info);
}

const hasRead = ({ num_pending, num_ack_pending, ack_floor }: ConsumerInfo, sequence: number): boolean =>
  num_pending + num_ack_pending === 0 || ack_floor.stream_seq >= sequence;
