// How a worker connects: for ever, calmly, with an inbox of its own. Servers and credentials are the caller's.

import type { NodeConnectionOptions } from "@nats-io/transport-node";
import { inboxPrefix } from "../schema/address.ts";

export type WorkerConnectOptions = NodeConnectionOptions & { readonly inboxPrefix: string };

/** `user`: name of the worker's user, which alone may read the inbox. */
export function connectOptions(user: string): WorkerConnectOptions {
  return {
    name: `vrsky ${user}`,
    inboxPrefix: inboxPrefix(user),
    // Stacks for every request cost more than the request.
    noAsyncTraces: true,
    maxReconnectAttempts: -1,
    // Accounts are changed while workers run: a moment without them must not end the connection.
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 250,
    reconnectJitter: 1_000,
    pingInterval: 10_000,
  };
}
