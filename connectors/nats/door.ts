// What the NATS target needs of a connection: requests that cost little and fail at once when the connection breaks.

import type { Msg, MsgHdrs } from "@nats-io/nats-core";

/** `none`: no answer came; whether the request was done is then unknown. */
export type NatsAnswer =
  | { readonly kind: "answer"; readonly message: Msg }
  | { readonly kind: "none"; readonly reason: string };

export interface NatsDoor {
  readonly requests: {
    send(subject: string, data: Uint8Array | string, headers?: MsgHdrs): Promise<NatsAnswer>;
    /** Sends without asking for an answer; false when it could not leave. */
    post(subject: string, data: Uint8Array | string, headers?: MsgHdrs): boolean;
  };
  connected(): boolean;
  /** Resolves when the server has everything that was sent. */
  flush(): Promise<void>;
}
