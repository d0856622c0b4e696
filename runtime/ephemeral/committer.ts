// The door of an ephemeral integration: a message is published over core NATS and written down nowhere. Its sender is
// told that it was taken once the server has it and knows of a worker that listens; senders that come together share
// one round trip to the server.

import { nuid } from "@nats-io/nats-core";
import { isEphemeral } from "../../schema/address.ts";
import { natsHeaders } from "../../schema/nats-headers.ts";
import { within } from "../clock.ts";
import type { Committed, Committer } from "../commit.ts";
import type { Context } from "../context.ts";
import { noResponders, type Outgoing } from "../publish.ts";
import { reasonOf } from "../start-failure.ts";
import type { Listening } from "../wire.ts";

interface Sent {
  readonly token: string;
  readonly subject: string;
  /** Of the subject, when it was sent. */
  readonly refusals: number;
  readonly settle: (committed: Committed) => void;
  /** The server knows of nobody who listens. */
  unheard: boolean;
}

const flushMs = 5_000;

export function createEphemeralCommitter(context: Pick<Context, "link" | "clock">): Committer {
  const { link, clock } = context;
  const inbox = `${link.inboxPrefix}.${nuid.next()}`;
  const underWay = new Map<string, Sent>();
  let listening: Listening | undefined;
  let unflushed: Sent[] = [];
  let next = 0;
  let closed = false;

  /** Of a message that nobody hears the server says so before it answers the ping behind it. */
  const listen = (): Listening =>
    link.connection.subscribe(`${inbox}.*`, {
      callback: (error, message) => {
        if (error !== null || message.headers?.code !== noResponders) return;
        const sent = underWay.get(message.subject.slice(inbox.length + 1));
        if (sent !== undefined) sent.unheard = true;
      },
    });
  const flush = async (): Promise<void> => {
    const sent = unflushed;
    unflushed = [];
    const flushed = link.flush().then(
      () => undefined,
      (error: unknown) => reasonOf(error),
    );
    const reason = await within(clock, flushMs, flushed, "NATS does not answer");
    for (const each of sent) {
      underWay.delete(each.token);
      each.settle(outcomeOf(each, reason));
    }
    if (closed && underWay.size === 0) listening?.unsubscribe();
  };
  const outcomeOf = ({ unheard, subject, refusals }: Sent, reason: string | undefined): Committed => {
    if (reason !== undefined) return { kind: "unavailable", reason };
    if (unheard) return nobody;
    return link.refusals(subject) > refusals ? refused : taken;
  };
  const send = (message: Outgoing): Promise<Committed> => {
    if (closed) return Promise.resolve(stopping);
    if (!link.connected()) return Promise.resolve(away);
    const { subject, data, headers } = message;
    listening ??= listen();
    next += 1;
    const token = next.toString(36);
    const refusals = link.refusals(subject);
    try {
      link.connection.publish(subject, data, { headers: natsHeaders(headers), reply: `${inbox}.${token}` });
    } catch (error) {
      return Promise.resolve({ kind: "unavailable", reason: reasonOf(error) });
    }
    return new Promise((settle) => {
      const sent: Sent = { token, subject, refusals, settle, unheard: false };
      underWay.set(token, sent);
      if (unflushed.push(sent) === 1) setImmediate(() => void flush());
    });
  };
  return {
    commit: send,
    commitAll: (messages) => Promise.all(messages.map(({ message }) => send(message))),
    close: () => {
      closed = true;
      // Of what is under way the server may still say that nobody hears it.
      if (underWay.size === 0) listening?.unsubscribe();
    },
  };
}

/** Which of both takes a message, its subject says: while bundles change, senders of both kinds are at the door. */
export function eitherWay(durable: Committer, ephemeral: Committer): Committer {
  const of = (message: Outgoing | undefined): Committer =>
    message !== undefined && isEphemeral(message.subject) ? ephemeral : durable;
  return {
    commit: (message, size) => of(message).commit(message, size),
    commitAll: (messages) => of(messages[0]?.message).commitAll(messages),
    close: () => {
      durable.close();
      ephemeral.close();
    },
  };
}

const taken: Committed = { kind: "stored", sequence: 0, duplicate: false };
const away: Committed = { kind: "unavailable", reason: "NATS is not connected" };
const stopping: Committed = { kind: "unavailable", reason: "the source is stopping" };
const nobody: Committed = { kind: "unavailable", reason: "no worker listens" };
const refused: Committed = { kind: "unavailable", reason: "NATS does not let this worker publish there" };
