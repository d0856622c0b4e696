// One tenant's connection with what the runtime adds to it: requests that fail at once when the connection breaks,
// and word of every reconnect, because a server that came back may have forgotten acks.

import { errors } from "@nats-io/nats-core";
import type { Clock, Log } from "../schema/connector.ts";
import type { Lanes } from "./lanes.ts";
import { createRequests, type Requests } from "./request.ts";
import { reasonOf } from "./start-failure.ts";
import type { Wire } from "./wire.ts";

export interface Link<Connection extends Wire = Wire> {
  readonly connection: Connection;
  readonly requests: Requests;
  /** Where this worker's inboxes live. */
  readonly inboxPrefix: string;
  connected(): boolean;
  /** Resolves when the server has taken, or refused, what was sent. */
  flush(): Promise<void>;
  /** How often it has refused to let this worker publish there: without an answer, that is all that is heard of it. */
  refusals(subject: string): number;
  /** Bytes of the largest message that the server takes. */
  largest(): number;
  /** Calls back after each reconnect; the returned function ends that. */
  onReconnect(run: () => void): () => void;
  /** Leaves the connection open: it is the caller's. */
  close(): void;
}

/** Subjects; data in a subject could make them endless. */
const mostRefused = 10_000;

const refusedLogin =
  "NATS refuses the credentials: they are expired, revoked, or signed by a key that is gone; asked again until there are new ones in their place";

const isRefusal = (error: Error): boolean =>
  error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError;

export function createLink<Connection extends Wire>(
  connection: Connection,
  inboxPrefix: string,
  clock: Clock,
  log: Log,
  large?: Lanes,
): Link<Connection> {
  const requests = createRequests(connection, inboxPrefix, clock, large);
  const listeners = new Set<() => void>();
  const refused = new Map<string, number>();
  let connected = !connection.isClosed();
  let closed = false;
  /** Of this time without a connection: a server that refuses us says so at each try. */
  let complaint = "";

  const note = (error: Error): void => {
    if (!(error instanceof errors.PermissionViolationError) || error.operation !== "publish") return;
    if (refused.size >= mostRefused) refused.clear();
    refused.set(error.subject, (refused.get(error.subject) ?? 0) + 1);
  };
  const complain = (error: Error): void => {
    if (!connected && error.message === complaint) return;
    complaint = error.message;
    log.warn({ error: error.message }, isRefusal(error) ? refusedLogin : "NATS reports an error");
  };
  const watch = async (): Promise<void> => {
    for await (const status of connection.status()) {
      if (closed) return;
      switch (status.type) {
        case "disconnect":
          if (connected) log.warn({}, "connection to NATS lost");
          connected = false;
          requests.fail("the connection to NATS was lost");
          break;
        case "reconnect":
          // After many tries the client says it more than once.
          if (!connected) log.info({}, "connection to NATS is back");
          connected = true;
          complaint = "";
          for (const run of [...listeners]) run();
          break;
        case "error":
          note(status.error);
          complain(status.error);
          break;
        default:
      }
    }
    connected = false;
    requests.fail("the connection to NATS is closed");
  };
  void watch().catch((error: unknown) => log.warn({ error: reasonOf(error) }, "the connection cannot be watched"));

  return {
    connection,
    requests: {
      ...requests,
      // What is written to a broken connection would leave after the reconnect, when nobody waits for it.
      send: (subject, data, headers, patienceMs) =>
        connected
          ? requests.send(subject, data, headers, patienceMs)
          : Promise.resolve({ kind: "none", reason: "NATS is not connected" }),
      post: (subject, data, headers) => connected && requests.post(subject, data, headers),
      flush: async () => {
        const flushed = connected && (await requests.flush());
        // A refusal comes before the end of the flush, and is told in turns of its own.
        await new Promise((resolve) => setImmediate(resolve));
        return flushed && connected;
      },
      refusals: (subject) => refused.get(subject) ?? 0,
    },
    inboxPrefix,
    connected: () => connected && !connection.isClosed(),
    flush: async () => {
      await connection.flush();
      // A refusal comes before the end of the flush, and is told in turns of its own.
      await new Promise((resolve) => setImmediate(resolve));
    },
    largest: () => connection.info?.max_payload ?? 1024 * 1024,
    refusals: (subject) => refused.get(subject) ?? 0,
    onReconnect: (run) => {
      listeners.add(run);
      return () => listeners.delete(run);
    },
    close: () => {
      closed = true;
      listeners.clear();
      requests.close();
    },
  };
}
