// A condition of the machine that keeps a server from being found or started, as one line and what to do about it.

export type ServerFailureCode = "not-found" | "port-in-use" | "unwritable" | "locked" | "died" | "reload-refused";

export interface ServerFailure extends Error {
  readonly code: ServerFailureCode;
  readonly help: string;
}

export function serverFailure(code: ServerFailureCode, message: string, help: string): ServerFailure {
  return Object.assign(new Error(message), { name: "ServerFailure", code, help });
}

export function isServerFailure(error: unknown): error is ServerFailure {
  return error instanceof Error && error.name === "ServerFailure";
}

/** The first line of what went wrong: programs that we run add their own output below. */
export function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n")[0] ?? "";
}
