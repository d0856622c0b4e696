// Places on the delivery path where tests let a worker die: after each of them it has promised something or done
// something that the next worker must find out.

export const crashPoints = [
  "before-store",
  "after-store",
  "pulled",
  "recalled",
  "after-started-record",
  "before-deliver",
  "after-batch-refused",
  "after-deliver",
  "after-failure-batch",
  "after-finished-record",
  "after-sent-on",
  "after-items-batch",
  "after-dead-record",
  "after-dead-letter",
  "after-ack",
] as const;

/** The same of sources that one worker at a time runs. */
export const sourceCrashPoints = ["lease-taken", "before-remember", "after-remember"] as const;

/** The same of messages that have bytes beside them. */
export const contentCrashPoints = ["after-content-cleared"] as const;

export type CrashPoint =
  | (typeof crashPoints)[number]
  | (typeof contentCrashPoints)[number]
  | (typeof sourceCrashPoints)[number];

/** Does nothing outside of tests; a promise that it returns is awaited. */
export type CrashHook = (point: CrashPoint) => Promise<void> | undefined;
