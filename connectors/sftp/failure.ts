// What a server answers and what becomes of a connection, in words. A server's own words are never shown: they may hold
// paths and names.

import { placeError } from "../file/place.ts";

/** Status codes of SFTP version 3. */
export const status = { endOfFile: 1, noSuchFile: 2, denied: 3, failure: 4, unsupported: 8 } as const;

/** An answer other than "done"; undefined for a connection that ended. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "number" ? error.code : undefined;

export function refused(doing: string, error: unknown): Error {
  const code = statusOf(error);
  switch (code) {
    case status.noSuchFile:
      return placeError("unavailable", `${doing}: there is no such file or folder`);
    case status.denied:
      return placeError("unavailable", `${doing}: the server does not permit it`);
    case status.unsupported:
      return placeError("rejected", `${doing}: the server cannot do that`);
    default:
      return placeError("unavailable", `${doing}: the server failed (status ${code ?? "unknown"})`);
  }
}

const breaks: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there (`host`, `port`)",
  ENOTFOUND: "the name is not known (`host`)",
  EAI_AGAIN: "the name could not be looked up (`host`)",
  EHOSTUNREACH: "it cannot be reached (`host`)",
  ENETUNREACH: "its network cannot be reached (`host`)",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  ETIMEDOUT: "no connection in time (`host`, `port`)",
};

/** Why there is no connection. `asked`: by which settings the user was to prove itself. */
export function notConnected(error: unknown, asked: readonly string[]): string {
  if (!(error instanceof Error)) return "the connection ended";
  const level = "level" in error ? error.level : undefined;
  if (level === "client-authentication")
    return `the server does not let \`user\` in with ${asked.map((name) => `\`${name}\``).join(" or ")}`;
  if (level === "client-timeout") return "the server said nothing in time";
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "ERR_NETWORK_REFUSED") return `\`host\`: ${error.message}`;
  if (level === "handshake" || level === "protocol")
    return "the server does not speak SSH as it should, or none of its methods is known here";
  return breaks[code] ?? "the connection ended";
}
