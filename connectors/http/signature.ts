// Webhook signatures, checked over the raw bytes: GitHub, Standard Webhooks, Stripe, Slack, and a plain HMAC.
// Sources: docs.github.com "Validating webhook deliveries", standardwebhooks.com specification 1.0,
// docs.stripe.com "Verify webhook signatures manually", docs.slack.dev "Verifying requests from Slack".

import { createHmac } from "node:crypto";
import type { JsonObject } from "../../schema/json.ts";
import { choiceSetting, objectSetting, requiredText, textSetting, textsSetting } from "../setting.ts";
import type { RequestHeaders } from "./auth.ts";
import { sameBytes } from "./constant-time.ts";

/** Greatest difference between a signed time stamp and our clock, in seconds. */
const tolerance = 300;

export const schemes = ["github", "standard-webhooks", "stripe", "slack", "hmac"] as const;
export type Scheme = (typeof schemes)[number];

/** Where each has its signature; with `hmac` that is a setting. */
export const signatureHeaders: Readonly<Record<Exclude<Scheme, "hmac">, string>> = {
  github: "x-hub-signature-256",
  "standard-webhooks": "webhook-signature",
  stripe: "stripe-signature",
  slack: "x-slack-signature",
};

export interface Signature {
  readonly scheme: Scheme;
  /** Headers that hold the signature, lower case; they are never stored. */
  readonly headers: readonly string[];
  /** Why the request is not genuine, or undefined when it is. `now` in milliseconds since 1970. */
  flaw(headers: RequestHeaders, body: Uint8Array, now: number): string | undefined;
}

/** What a scheme finds in the headers: the bytes that were signed stand before the body. */
type Claim =
  | { readonly before: string; readonly signatures: readonly Uint8Array[]; readonly at?: string }
  | { readonly flaw: string };

interface Rules {
  readonly headers: readonly string[];
  readonly algorithm: string;
  readonly keys: readonly Uint8Array[];
  claim(headers: RequestHeaders): Claim;
}

export function readSignature(settings: JsonObject): Signature | undefined {
  const signature = objectSetting(settings, "signature");
  if (signature === undefined) return undefined;
  const scheme = choiceSetting(signature, "scheme", schemes) ?? "hmac";
  const rules = rulesOf(scheme, signature);
  return { scheme, headers: rules.headers, flaw: (headers, body, now) => flawOf(rules, headers, body, now) };
}

function flawOf(rules: Rules, headers: RequestHeaders, body: Uint8Array, now: number): string | undefined {
  const claim = rules.claim(headers);
  if ("flaw" in claim) return claim.flaw;
  if (claim.at !== undefined) {
    if (!/^\d{1,12}$/.test(claim.at)) return "the time stamp is malformed";
    if (Math.abs(now / 1000 - Number(claim.at)) > tolerance) return "the time stamp is too old or in the future";
  }
  const wanted = rules.keys.map((key) => createHmac(rules.algorithm, key).update(claim.before).update(body).digest());
  const matches = wanted.flatMap((digest) => claim.signatures.map((given) => sameBytes(given, digest)));
  return matches.includes(true) ? undefined : "the signature does not match";
}

function rulesOf(scheme: Scheme, settings: JsonObject): Rules {
  const secrets = textsSetting(settings, "secret");
  const keys = secrets.map((secret) => Buffer.from(secret, "utf8"));
  switch (scheme) {
    case "github":
      return hmac({ header: signatureHeaders[scheme], algorithm: "sha256", encoding: "hex", prefix: "sha256=" }, keys);
    case "hmac":
      return hmac(
        {
          header: requiredText(settings, "header").toLowerCase(),
          algorithm: choiceSetting(settings, "algorithm", ["sha256", "sha512", "sha1"]) ?? "sha256",
          encoding: choiceSetting(settings, "encoding", ["hex", "base64"]) ?? "hex",
          prefix: textSetting(settings, "prefix") ?? "",
          timestamp: textSetting(settings, "timestamp")?.toLowerCase(),
          signed: textSetting(settings, "signed") ?? "{timestamp}.",
        },
        keys,
      );
    case "standard-webhooks":
      return {
        headers: [signatureHeaders[scheme]],
        algorithm: "sha256",
        keys: secrets.map(decodeSecret),
        claim: standard,
      };
    case "stripe":
      return { headers: [signatureHeaders[scheme]], algorithm: "sha256", keys, claim: stripe };
    case "slack":
      return { headers: [signatureHeaders[scheme]], algorithm: "sha256", keys, claim: slack };
    default:
      return scheme satisfies never;
  }
}

interface HmacHeader {
  readonly header: string;
  readonly algorithm: "sha256" | "sha512" | "sha1";
  readonly encoding: "hex" | "base64";
  readonly prefix: string;
  /** Header with the time of sending, and what is signed before the body. */
  readonly timestamp?: string | undefined;
  readonly signed?: string;
}

function hmac(hmacHeader: HmacHeader, keys: readonly Uint8Array[]): Rules {
  const { header, algorithm, encoding, prefix, timestamp, signed = "" } = hmacHeader;
  return {
    headers: [header],
    algorithm,
    keys,
    claim: (headers) => {
      const given = one(headers, header);
      if (given === undefined) return { flaw: `the header ${header} is missing` };
      if (!given.startsWith(prefix)) return { flaw: `the header ${header} is malformed` };
      const signatures = decoded([given.slice(prefix.length)], encoding);
      if (timestamp === undefined) return { before: "", signatures };
      const at = one(headers, timestamp);
      if (at === undefined) return { flaw: `the header ${timestamp} is missing` };
      return { before: signed.replaceAll("{timestamp}", () => at), at, signatures };
    },
  };
}

function standard(headers: RequestHeaders): Claim {
  const id = one(headers, "webhook-id");
  const at = one(headers, "webhook-timestamp");
  const given = one(headers, "webhook-signature");
  if (id === undefined || at === undefined || given === undefined) {
    return { flaw: "one of webhook-id, webhook-timestamp, webhook-signature is missing" };
  }
  const signatures = given.split(" ").flatMap((part) => (part.startsWith("v1,") ? [part.slice(3)] : []));
  return { before: `${id}.${at}.`, at, signatures: decoded(signatures.slice(0, 16), "base64") };
}

function stripe(headers: RequestHeaders): Claim {
  const given = one(headers, "stripe-signature");
  if (given === undefined) return { flaw: "the header stripe-signature is missing" };
  const parts = given.split(",").map((part) => part.trim());
  const at = parts.find((part) => part.startsWith("t="))?.slice(2);
  if (at === undefined) return { flaw: "the header stripe-signature is malformed" };
  const signatures = parts.flatMap((part) => (part.startsWith("v1=") ? [part.slice(3)] : []));
  return { before: `${at}.`, at, signatures: decoded(signatures.slice(0, 16), "hex") };
}

function slack(headers: RequestHeaders): Claim {
  const at = one(headers, "x-slack-request-timestamp");
  const given = one(headers, "x-slack-signature");
  if (at === undefined || given === undefined) {
    return { flaw: "one of x-slack-request-timestamp, x-slack-signature is missing" };
  }
  if (!given.startsWith("v0=")) return { flaw: "the header x-slack-signature is malformed" };
  return { before: `v0:${at}:`, at, signatures: decoded([given.slice(3)], "hex") };
}

/** Standard Webhooks secrets are base64, mostly after `whsec_`. */
function decodeSecret(secret: string): Uint8Array {
  const text = secret.replace(/^whsec_/, "");
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) {
    throw new Error("`signature.secret` must be base64, as in `whsec_…`, for the scheme standard-webhooks");
  }
  return Buffer.from(text, "base64");
}

function decoded(texts: readonly string[], encoding: "hex" | "base64"): readonly Uint8Array[] {
  const pattern = encoding === "hex" ? /^(?:[0-9a-f]{2})+$/i : /^[A-Za-z0-9+/]+={0,2}$/;
  return texts.filter((text) => pattern.test(text)).map((text) => Buffer.from(text, encoding));
}

function one(headers: RequestHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}
