// Exit codes that scripts may rely on, and the one shape in which a verb says that it cannot go on.

export const exit = {
  ok: 0,
  /** Invalid spec, failed test, stale output. */
  findings: 1,
  /** Changes present; only with `plan --detailed-exitcode`. */
  changes: 2,
  /** Data loss, stale plan, locked. */
  refused: 3,
  usage: 64,
  /** NATS or the control plane cannot be reached. */
  unreachable: 69,
  /** A bug in VRSky. */
  bug: 70,
  denied: 77,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exit)[keyof typeof exit];

/** A user's mistake or a condition outside: one line that says what and where, one that says what to do. */
export interface Refusal {
  readonly exit: ExitCode;
  readonly message: string;
  readonly help?: string;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

export const refuse = (code: ExitCode, message: string, help?: string): { ok: false; refusal: Refusal } => ({
  ok: false,
  refusal: { exit: code, message, ...(help === undefined ? {} : { help }) },
});
