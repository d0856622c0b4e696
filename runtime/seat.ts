// The one place at a source that at most one worker has at a time.

export interface Held {
  /** True while no other worker can have it. */
  holds(): boolean;
  /** Of this time of holding: greater than that of every time before. */
  readonly fence: number;
  /** Called once, when it is gone though it was not given back. */
  onLost(run: () => void): void;
  /** So that another worker need not wait for the lease to run out. */
  release(): Promise<void>;
}

export interface Seat {
  /** Resolves once it is had; undefined when aborted before. `waiting` is told why it is not had yet. */
  take(signal: AbortSignal, waiting: (reason: string) => void): Promise<Held | undefined>;
}
