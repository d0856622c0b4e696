// How many messages would be lost with a stream or a consumer: what some target has still to get, what is parked for a
// retry, what lies in the dead letters.

import * as address from "../schema/address.ts";
import { owned } from "../schema/topology.ts";
import { countMatching } from "./direct.ts";
import { type ConsumerInfo, call, list, metadataOf, type Requests, type StreamInfo } from "./jetstream-api.ts";

/**
 * Messages that the consumer has not acknowledged. `parked`: on a RETRY stream count also those that wait for their
 * next attempt, at the price of one more request.
 */
export async function consumerUnread(connection: Requests, info: ConsumerInfo, parked: boolean): Promise<number> {
  const unread = info.num_pending + info.num_ack_pending;
  const integration = `${metadataOf(info.config)[owned.integration] ?? ""}`;
  if (!parked || info.stream_name !== address.retryStream(integration)) return unread;
  return unread + (await countMatching(connection, info.stream_name, scheduled(integration, info.name)));
}

/** It fills another tenant's copy: when it goes, what it has not sent yet stays in the stream. */
export const fillsCopy = ({ config }: Pick<ConsumerInfo, "config">): boolean => config.deliver_subject !== undefined;

/**
 * Messages that would go with the stream. An intake and a declared stream keep their history: only what a consumer has
 * not read counts, which is at least the most that one of them has to read. `readers`: unread messages per consumer.
 */
export async function streamUnread(
  connection: Requests,
  info: StreamInfo,
  readers: readonly number[],
  parked: boolean,
): Promise<number> {
  const { name } = info.config;
  const { messages } = info.state;
  if (messages === 0 || isView(name)) return 0;
  const integration = `${metadataOf(info.config)[owned.integration] ?? ""}`;
  const history = integration !== "" && name === address.intakeStream(integration);
  if ((history || address.isReadBySources(name)) && readers.length > 0) {
    return Math.min(messages, Math.max(...readers));
  }
  // Chunks are parts of one; whether a message still needs it is the worker's to find out.
  if (integration !== "" && name === address.objectStream(integration)) {
    return countMatching(connection, name, address.objectMeta(integration, "*"));
  }
  // States of finished messages stay on a RETRY stream for an hour: they are no loss.
  if (parked && integration !== "" && name === address.retryStream(integration)) {
    const waiting = await countMatching(connection, name, scheduled(integration));
    return waiting + (await countMatching(connection, name, address.dueFilter(integration, "*")));
  }
  // How a rollout stood is no loss.
  if (parked && name === address.sourceStateStream) {
    return messages - (await countMatching(connection, name, address.rolloutSubject("*")));
  }
  return messages;
}

/** The figure of this moment, for the last look before a stream is removed. */
export async function unreadNow(connection: Requests, stream: string): Promise<number> {
  const info = await call<StreamInfo>(connection, `STREAM.INFO.${stream}`);
  const consumers = await list<ConsumerInfo>(connection, `CONSUMER.LIST.${stream}`, "consumers");
  const readers = consumers
    .filter(({ config }) => metadataOf(config)[owned.by] === "vrsky")
    .map(({ num_pending, num_ack_pending }) => num_pending + num_ack_pending);
  return streamUnread(connection, info, readers, true);
}

const scheduled = (integration: string, target?: string): string =>
  target === undefined ? `rs.${integration}.>` : address.scheduleSubject(integration, target, ">");

/** Buckets that apply and RETRY streams fill from elsewhere. */
const isView = (name: string): boolean =>
  name === address.bucketStream(address.retriesBucket) || name === address.bucketStream(address.deployBucket);
