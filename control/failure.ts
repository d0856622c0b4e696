// Why the control plane did not do what it was asked: data for one clear line and an exit code, never a stack trace.

import { errors } from "@nats-io/transport-node";
import { type ApiError, isApiError, leaderless, storeFailed } from "./jetstream-api.ts";

/** Changes that would lose messages that nobody has read. */
export interface Loss {
  readonly tenant: string;
  /** What `allowDataLoss` must name. */
  readonly name: string;
  readonly messages: number;
}

/** What is there and does not fit the quota that is wanted. Storage in bytes. */
export interface Shortfall {
  readonly tenant: string;
  readonly what: "storage" | "streams" | "consumers";
  readonly there: number;
  readonly wanted: number;
}

export type ControlFailure =
  /** Nobody answers at the address, or the answer did not come. */
  | { readonly kind: "unreachable"; readonly message: string }
  /** The server knows us not, or not well enough: then the login is good, and has not the `rights`. */
  | { readonly kind: "denied"; readonly message: string; readonly rights?: true }
  /** Too old, or without JetStream. */
  | { readonly kind: "unsupported"; readonly message: string }
  /** The credentials file does not fit the workspace or cannot be understood. */
  | { readonly kind: "credentials"; readonly message: string }
  /** Something that is not ours stands where something of ours should. */
  | { readonly kind: "conflict"; readonly message: string; readonly conflicts: readonly string[] }
  | { readonly kind: "stale"; readonly message: string }
  /** Somebody else is changing the workspace. */
  | { readonly kind: "locked"; readonly message: string }
  /** What the control plane has written down cannot be read. */
  | { readonly kind: "journal"; readonly message: string }
  /** A quota below what exists already. */
  | { readonly kind: "quota"; readonly message: string; readonly shortfalls: readonly Shortfall[] }
  /** No room for what is wanted. */
  | { readonly kind: "space"; readonly message: string }
  | { readonly kind: "data-loss"; readonly message: string; readonly losses: readonly Loss[] }
  /** The server refused one object; the message names it. */
  | { readonly kind: "failed"; readonly message: string };

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: ControlFailure };

export const success = <T>(value: T): Result<T> => ({ ok: true, value });
export const failed = (failure: ControlFailure): { readonly ok: false; readonly failure: ControlFailure } => ({
  ok: false,
  failure,
});

/** A failure on its way up through a function that throws; `failureOf` reads it again. */
export function controlError(failure: ControlFailure): Error {
  return Object.assign(new Error(failure.message), { controlFailure: failure });
}

function isControlError(error: unknown): error is Error & { readonly controlFailure: ControlFailure } {
  return error instanceof Error && "controlFailure" in error;
}

/** Exit codes of the command line, as scripts may rely on them. */
export function exitCode(failure: ControlFailure): 3 | 64 | 69 | 77 {
  switch (failure.kind) {
    case "unreachable":
    case "unsupported":
      return 69;
    case "denied":
      return 77;
    case "credentials":
      return 64;
    case "conflict":
    case "quota":
    case "stale":
    case "locked":
    case "journal":
    case "space":
    case "data-loss":
    case "failed":
      return 3;
    default:
      return failure satisfies never;
  }
}

/**
 * What an exception of the client library or the JetStream API means. `what` says what was being done, for the message:
 * "creating stream IN_orders of tenant acme". Anything else is a bug and is thrown on.
 */
export function failureOf(error: unknown, what: string): ControlFailure {
  if (isControlError(error)) return error.controlFailure;
  if (isApiError(error)) return apiFailure(error, what);
  const cause = error instanceof errors.RequestError ? (error.cause ?? error) : error;
  if (cause instanceof errors.PermissionViolationError) {
    const act = cause.operation === "subscription" ? "listen to" : "publish on";
    return { kind: "denied", rights: true, message: `${what}: this user may not ${act} ${cause.subject}` };
  }
  if (cause instanceof errors.AuthorizationError || cause instanceof errors.UserAuthenticationExpiredError) {
    return { kind: "denied", message: `${what}: NATS refused the credentials (${cause.message})` };
  }
  if (cause instanceof errors.TimeoutError) {
    return { kind: "unreachable", message: `${what}: NATS did not answer in time` };
  }
  if (cause instanceof errors.NoRespondersError) {
    return { kind: "unsupported", message: `${what}: nobody answers; JetStream is off on this server or account` };
  }
  if (cause instanceof errors.ClosedConnectionError || cause instanceof errors.DrainingConnectionError) {
    return { kind: "unreachable", message: `${what}: the connection to NATS is closed` };
  }
  if (cause instanceof errors.ConnectionError || cause instanceof errors.RequestError) {
    return { kind: "unreachable", message: `${what}: ${cause.message}` };
  }
  throw error;
}

/** Storage, memory, streams, consumers: of the server, of the account. */
const noRoom: ReadonlySet<number> = new Set([10002, 10023, 10026, 10027, 10028, 10047, storeFailed, 10077]);

/** Not as many servers as copies are wanted have the tags and the room. */
const noPeers = 10005;

function apiFailure(error: ApiError, what: string): ControlFailure {
  if (error.errCode === 10039 || error.errCode === 10076) {
    return { kind: "unsupported", message: `${what}: JetStream is not enabled for this account` };
  }
  const said = `${what}: ${error.message} (JetStream ${error.errCode})`;
  if (error.errCode === noPeers) {
    const help =
      "no server fits: look at `placement` and `replicas` of the context, and at `server_tags`, the name of the cluster and the free storage of its servers; `vrsky doctor` shows which there are";
    return { kind: "space", message: `${said}; ${help}` };
  }
  if (error.errCode === leaderless) return { kind: "unreachable", message: said };
  if (noRoom.has(error.errCode)) {
    const why = error.errCode === storeFailed ? "; the server's log says why" : "";
    return { kind: "space", message: `${said}${why}; free some or grant more (quotas, \`max_file\`, the disk)` };
  }
  return { kind: "failed", message: said };
}
