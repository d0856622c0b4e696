// SIGINT and SIGTERM as a promise: the verb drains, then exits with the code that the signal asks for.

import { type ExitCode, exit } from "./exit.ts";

export function stopSignal(): Promise<ExitCode> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve(exit.interrupted));
    process.once("SIGTERM", () => resolve(exit.ok));
  });
}

/** What a library still holds keeps nobody waiting who has stopped: a supervisor would count it as a drain that hangs. */
export function leaveSoon(code: ExitCode): void {
  setTimeout(() => process.exit(code), lingerMs).unref();
}

const lingerMs = 250;
