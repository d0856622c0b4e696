// What a worker needs of its connection to NATS, and no more: whatever can publish and subscribe like this can carry one.

import type { Msg, NatsConnection, PublishOptions, Subscription } from "@nats-io/nats-core";

export interface Wire extends Pick<NatsConnection, "isClosed" | "getServer" | "flush" | "status"> {
  /** `cluster`: the server is one of several. */
  readonly info?: { readonly version: string; readonly max_payload: number; readonly cluster?: string };
  publish(subject: string, data?: Uint8Array | string, options?: PublishOptions): void;
  subscribe(
    subject: string,
    options: { readonly queue?: string; callback(error: Error | null, message: Msg): void },
  ): Listening;
}

export type Listening = Pick<Subscription, "unsubscribe" | "drain">;
