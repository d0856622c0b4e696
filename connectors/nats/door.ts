// What connectors need of a tenant's connection: requests that cost little and fail at once when the connection breaks,
// and messages of a durable, as many as there is room for.

import type { Msg, MsgHdrs } from "@nats-io/nats-core";
import type { Clock, Log } from "../../schema/connector.ts";

/** `none`: no answer came; whether the request was done is then unknown. */
export type NatsAnswer =
  | { readonly kind: "answer"; readonly message: Msg }
  | { readonly kind: "none"; readonly reason: string };

/** A message in hand: the server keeps it for whoever has it until one of these is called. */
export interface NatsPulled {
  /** In its stream. */
  readonly sequence: number;
  /** When it was stored there: a stream that is made anew counts from 1 again. */
  readonly time: number;
  ack(): void;
  /** Gives it back, to be handed out again. */
  nak(): void;
  /** It is not handed out again. */
  term(reason: string): void;
}

export interface NatsPullOptions {
  readonly stream: string;
  readonly consumer: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Messages and their bytes that may be in hand at once. */
  readonly inFlight: number;
  readonly inFlightBytes: number;
  /** What is neither acked nor ended when it resolves comes again after a while. */
  readonly handle: (pulled: NatsPulled, message: Msg) => Promise<void>;
  /** Told whenever the durable is there, and again and again while it is not. */
  readonly there: () => void;
  readonly missing: () => void;
}

export interface NatsPuller {
  /** Asks for nothing more; resolves when nothing more can arrive. */
  stop(): Promise<void>;
  /** Resolves when nothing is in hand. */
  idle(): Promise<void>;
}

export interface NatsSender {
  readonly requests: {
    send(subject: string, data: Uint8Array | string, headers?: MsgHdrs): Promise<NatsAnswer>;
    /** Sends without asking for an answer; false when it could not leave. */
    post(subject: string, data: Uint8Array | string, headers?: MsgHdrs): boolean;
  };
  connected(): boolean;
  /** Bytes of the largest message that the server takes, headers included. */
  largest(): number;
  /** Resolves when the server has taken, or refused, what was sent. */
  flush(): Promise<void>;
  /** How often it has refused to let this worker publish there. */
  refusals(subject: string): number;
}

export interface NatsDoor extends NatsSender {
  /**
   * As one of a queue group. Goes on through breaks of the connection. `refused` is told when there is no right to it.
   * `end` resolves when what has arrived has been handed over.
   */
  subscribe(
    subject: string,
    queue: string,
    take: (message: Msg) => void,
    refused: (reason: string) => void,
  ): { end(): Promise<void> };
  /** Goes on through breaks of the connection, and waits for a durable that is not there yet. */
  pull(options: NatsPullOptions): NatsPuller;
}
