// JWTs of NATS, version 2: claims signed with an Ed25519 key by node's own crypto, and read back only when whoever they
// name has signed them. Clocks are handed in; the same claims at the same second are the same text.

import { createHash } from "node:crypto";
import { isJsonObject, type JsonObject } from "../../schema/json.ts";
import { type Nkey, nkeySign, nkeyVerify } from "../../schema/nkey.ts";

export type ClaimsKind = "operator" | "account" | "user" | "activation" | "generic";

/** What is said of a key. */
export interface Claims {
  /** Public key that the claims are about. */
  readonly subject: string;
  readonly name: string;
  /** Seconds since 1970, UTC; absent: never. */
  readonly expires?: number;
  readonly nats: JsonObject & { readonly type: ClaimsKind; readonly version: 2 };
}

export interface SignedClaims extends Claims {
  readonly issuer: string;
  /** Seconds since 1970, UTC. */
  readonly issuedAt: number;
}

const header = Buffer.from(JSON.stringify({ typ: "JWT", alg: "ed25519-nkey" })).toString("base64url");

/** `issuedAt`: seconds since 1970. */
export function signJwt(claims: Claims, issuer: Pick<Nkey, "seed" | "publicKey">, issuedAt: number): string {
  const { subject, name, expires, nats } = claims;
  const body = {
    ...(expires === undefined ? {} : { exp: expires }),
    iat: issuedAt,
    iss: issuer.publicKey,
    name,
    sub: subject,
    nats,
  };
  const jti = createHash("sha256").update(JSON.stringify(body)).digest("base64url");
  const signed = `${header}.${Buffer.from(JSON.stringify({ jti, ...body })).toString("base64url")}`;
  return `${signed}.${Buffer.from(nkeySign(issuer, Buffer.from(signed))).toString("base64url")}`;
}

/** Undefined for what is no such JWT, or not signed by its issuer. Whether the issuer is trusted is the caller's. */
export function readJwt(text: string): SignedClaims | undefined {
  const [head = "", body = "", signature = "", ...more] = text.trim().split(".");
  if (more.length > 0 || parsed(head)?.alg !== "ed25519-nkey") return undefined;
  const claims = parsed(body);
  if (claims === undefined) return undefined;
  const { iss, sub, name, iat, exp, nats } = claims;
  if (typeof iss !== "string" || typeof sub !== "string" || typeof iat !== "number") return undefined;
  if (!isNats(nats) || !nkeyVerify(iss, Buffer.from(`${head}.${body}`), Buffer.from(signature, "base64url")))
    return undefined;
  return {
    subject: sub,
    name: typeof name === "string" ? name : "",
    ...(typeof exp === "number" && exp > 0 ? { expires: exp } : {}),
    nats,
    issuer: iss,
    issuedAt: iat,
  };
}

function parsed(part: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const kinds: ReadonlySet<unknown> = new Set<ClaimsKind>(["operator", "account", "user", "activation", "generic"]);

function isNats(value: unknown): value is Claims["nats"] {
  return isJsonObject(value) && kinds.has(value.type) && value.version === 2;
}

/** Seconds as NATS counts them. */
export const seconds = (date: Date): number => Math.floor(date.getTime() / 1000);
