// Why a request broke off, in words for whoever can change it. Nothing of what was sent is in them.

import { errors } from "undici";

const untrusted =
  "its certificate is signed by nobody that is trusted here; the authority can be given as `tls.ca` of the connection";
const noTls = "it does not speak TLS; an address that begins with http:// may be meant";

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name could not be looked up",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  ETIMEDOUT: "the connection timed out",
  UND_ERR_CONNECT_TIMEOUT: "no connection in time",
  UND_ERR_SOCKET: "the connection was cut",
  UND_ERR_DESTROYED: "the target was closed",
  UND_ERR_CLOSED: "the target was closed",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "its answer contradicts its own length",
  UND_ERR_HEADERS_OVERFLOW: "the headers of its answer are too large",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  CERT_REVOKED: "its certificate is revoked",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host name",
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  UND_ERR_PRX_TLS: "the certificate of the proxy is not valid",
};

const handshake = "the other side broke the TLS handshake off; it may want another certificate of ours, or one";

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "the request failed";
  const code = codeOf(error);
  if (code === "ERR_NETWORK_REFUSED") return error.message;
  if (error.name === "HTTPParserError") return "its answer is no HTTP";
  const [, proxy] = /^Proxy response \((\d{3})\)/.exec(error.message) ?? [];
  if (proxy !== undefined) return `the proxy answered ${proxy}${proxy === "407" ? ": it wants a login" : ""}`;
  if (code === undefined && !(error instanceof errors.UndiciError)) return error.message;
  if (/^ERR_SSL_.*_ALERT_/.test(code ?? "")) return handshake;
  return reasons[code ?? ""] ?? `the request failed (${code})`;
}

function codeOf(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}
