// What a service answers and what becomes of a request, in words. What is wrong with the connection is tried again, since
// somebody may mend it; what the service will never do for this object is not. Its own words are never shown.

import { type PlaceFailure, placeError } from "../file/place.ts";

type Told = readonly [kind: PlaceFailure["kind"], message: string];

/** By the service's own code. */
const codes: Readonly<Record<string, Told>> = {
  InvalidAccessKeyId: ["disconnected", "the service does not know `access-key`"],
  SignatureDoesNotMatch: ["disconnected", "`secret-key` does not belong to `access-key`"],
  ExpiredToken: ["disconnected", "`session-token` has expired"],
  InvalidToken: ["disconnected", "`session-token` is not valid"],
  RequestTimeTooSkewed: ["disconnected", "this machine's clock is too far from the service's"],
  NoSuchBucket: ["disconnected", "there is no such `bucket`"],
  AuthorizationHeaderMalformed: ["disconnected", "`region` is not the bucket's"],
  PermanentRedirect: ["disconnected", "the bucket is elsewhere: `endpoint` or `region` is not its"],
  IllegalLocationConstraintException: ["disconnected", "`region` is not the bucket's"],
  AccessDenied: ["rejected", "these keys may not do that (`access-key`, `bucket`)"],
  AllAccessDisabled: ["rejected", "nobody may do that (`bucket`)"],
  InvalidObjectState: ["rejected", "the object is in an archive and must be restored first"],
  KeyTooLongError: ["rejected", "its name is longer than the service takes"],
  EntityTooLarge: ["rejected", "it is larger than the service takes"],
  NoSuchKey: ["unavailable", "there is no such object"],
  QuotaExceeded: ["unavailable", "the bucket's quota is used up"],
  XMinioAdminBucketQuotaExceeded: ["unavailable", "the bucket's quota is used up"],
  XMinioStorageFull: ["unavailable", "the service has no room left"],
  NoSuchUpload: ["unavailable", "the upload was ended by somebody else"],
  RequestTimeout: ["unavailable", "the service did not get the request in time"],
  ConditionalRequestConflict: ["unavailable", "another request for this object was under way"],
  OperationAborted: ["unavailable", "another request for this object was under way"],
};

/** By the status of an answer that says no more. */
function byStatus(status: number): Told {
  if (status === 403) return ["rejected", "the service does not permit it (`access-key`, `secret-key`)"];
  if (status === 404) return ["unavailable", "there is no such object"];
  if (status >= 300 && status < 400)
    return ["disconnected", "the bucket is elsewhere: `endpoint` or `region` is not its"];
  if (status === 507) return ["unavailable", "the service has no room left"];
  if (status === 408 || status === 409 || status === 425 || status === 429)
    return ["unavailable", "the service wants to be asked later"];
  return status >= 500 ? ["unavailable", "the service failed"] : ["rejected", "the service does not take the request"];
}

/** What the service said, for who must know it better than a place does. */
export interface Answered {
  readonly status: number;
  /** Its own. */
  readonly code: string | undefined;
}

const answers = new WeakMap<Error, Answered>();

/** Undefined: there was no answer. */
export const answerIn = (error: unknown): Answered | undefined =>
  error instanceof Error ? answers.get(error) : undefined;

export function answered(doing: string, status: number, code: string | undefined): Error {
  const known = code !== undefined && Object.hasOwn(codes, code) ? codes[code] : undefined;
  const [kind, message] = known ?? byStatus(status);
  // A service's code is shown where it looks like one.
  const shown = code !== undefined && /^[A-Za-z0-9.]{1,64}$/.test(code) ? `${status} ${code}` : String(status);
  const error = placeError(kind, `S3, ${doing}: ${message} (${shown})`);
  answers.set(error, { status, code });
  return error;
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens at `endpoint`",
  ENOTFOUND: "the name in `endpoint` is not known",
  EAI_AGAIN: "the name in `endpoint` could not be looked up",
  EHOSTUNREACH: "`endpoint` cannot be reached",
  ENETUNREACH: "the network of `endpoint` cannot be reached",
  ETIMEDOUT: "no connection in time (`endpoint`)",
  UND_ERR_CONNECT_TIMEOUT: "no connection in time (`endpoint`)",
  UND_ERR_HEADERS_TIMEOUT: "no answer in time",
  UND_ERR_BODY_TIMEOUT: "the answer stopped coming",
  UND_ERR_DESTROYED: "it was closed",
  UND_ERR_CLOSED: "it was closed",
  CERT_HAS_EXPIRED: "the certificate at `endpoint` has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate at `endpoint` is signed by nobody that is known",
  SELF_SIGNED_CERT_IN_CHAIN: "the certificate at `endpoint` is signed by nobody that is known",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the certificate at `endpoint` is signed by nobody that is known",
  ERR_TLS_CERT_ALTNAME_INVALID: "the certificate at `endpoint` is for another name",
  ERR_SSL_WRONG_VERSION_NUMBER: "`endpoint` does not speak TLS: is it http?",
};

export function broken(doing: string, error: unknown): Error {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  const refusal =
    code === "ERR_NETWORK_REFUSED" && error instanceof Error ? `\`endpoint\`: ${error.message}` : undefined;
  return placeError("disconnected", `S3, ${doing}: ${refusal ?? reasons[code] ?? "the connection was cut"}`);
}
