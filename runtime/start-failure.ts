// Why a worker cannot start: one line for the person who started it.

export type StartFailureKind =
  /** NATS does not answer. */
  | "unreachable"
  /** NATS is too old or lacks JetStream. */
  | "unsupported"
  /** The code is not the one that the bundle was made with, or does not load. */
  | "damaged"
  /** A setting or secret has no value, or a connector is not built in. */
  | "incomplete"
  /** A source or target refused to open: a port in use, a wrong setting. */
  | "refused";

export interface StartFailure extends Error {
  readonly startFailure: StartFailureKind;
}

export function startFailure(kind: StartFailureKind, message: string): StartFailure {
  return Object.assign(new Error(message), { startFailure: kind });
}

export function isStartFailure(error: unknown): error is StartFailure {
  return error instanceof Error && "startFailure" in error;
}

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
