// The one place at a source that at most one worker has at a time.

import type { SourceFailure } from "../schema/connector.ts";
import type { Outgoing } from "./publish.ts";

export interface Held {
  /** True while no other worker can have it. */
  holds(): boolean;
  /** Into the stream of the lease, and only while it is held: rejects where another worker has it. */
  write(messages: readonly Outgoing[]): Promise<void>;
  /** For people who ask how the source is; undefined: well. */
  say(failure: SourceFailure | undefined): void;
  /** Called once, when it is gone though it was not given back. */
  onLost(run: () => void): void;
  /** So that another worker need not wait for the lease to run out. `failure`: why it is given up. */
  release(failure?: SourceFailure): Promise<void>;
}

export interface Seat {
  /** Resolves once it is had; undefined when aborted before. `waiting` is told why it is not had yet. */
  take(signal: AbortSignal, waiting: (reason: string) => void): Promise<Held | undefined>;
}
