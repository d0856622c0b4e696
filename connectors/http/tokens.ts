// OAuth 2.0 client credentials (RFC 6749 §4.4): a token is asked for once, however many wait for it, kept, and asked
// for anew before it ends. Secrets and tokens are in no message.

import { type Clock, steadyNow } from "../../schema/connector.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { readJson } from "../json-text.ts";
import { choiceSetting, objectSetting, requiredText, textSetting } from "../setting.ts";

export interface Tokens {
  get(): Promise<Token>;
  /** The other side did not take this one: it is not given again. */
  spent(token: string): void;
}

export type Token =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "none"; readonly result: DeliveryResult };

export interface TokenRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends the request; `answer` of what it delivers is text. */
export type AskToken = (request: TokenRequest) => Promise<DeliveryResult>;

interface Held {
  readonly token: string;
  /** On the steady clock: from the first on a new one is asked for while this one is used, until the second. */
  readonly freshUntil: number;
  readonly goodUntil: number;
}

/** What is left when a new one is asked for: a fifth of the life, at most this. */
const earliest = 60_000;
/** The way to the other side takes time, and its clock is another. */
const spare = 5_000;
/** After a failure that nobody had to wait for. */
const pause = 2_000;

export function createTokens(request: TokenRequest, ask: AskToken, clock: Clock): Tokens {
  const steady = (): number => steadyNow(clock);
  let held: Held | undefined;
  let asking: Promise<Token> | undefined;
  let quietUntil = 0;
  const renew = async (): Promise<Token> => {
    const began = steady();
    const read = readToken(await ask(request), request.url.origin);
    if (read.kind === "none") quietUntil = steady() + pause;
    else held = { token: read.token, ...lifeOf(read.lifetimeMs, began) };
    return read;
  };
  const renewed = (): Promise<Token> => {
    asking ??= renew().finally(() => {
      asking = undefined;
    });
    return asking;
  };
  return {
    get: async () => {
      const now = steady();
      if (held === undefined || now >= held.goodUntil) return await renewed();
      if (now >= held.freshUntil && now >= quietUntil) void renewed();
      return { kind: "token", token: held.token };
    },
    spent: (token) => {
      if (held?.token === token) held = undefined;
    },
  };
}

/** Without a lifetime it is used until it is refused. */
function lifeOf(lifetimeMs: number | undefined, began: number): Omit<Held, "token"> {
  const life = lifetimeMs ?? Number.POSITIVE_INFINITY;
  return {
    freshUntil: began + life - Math.min(earliest, life / 5),
    goodUntil: began + life - Math.min(spare, life / 10),
  };
}

/** `oauth2` of a connection. Throws an Error with one line for what cannot be read. */
export function tokenRequest(oauth2: JsonObject): TokenRequest {
  const text = requiredText(oauth2, "token-url");
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new Error("`token-url` must be a URL that begins with http:// or https://");
  }
  const [id, secret] = [requiredText(oauth2, "client-id"), requiredText(oauth2, "client-secret")];
  const fields = new URLSearchParams({ grant_type: "client_credentials" });
  const scopes = Array.isArray(oauth2.scopes) ? oauth2.scopes.map(String) : [];
  if (scopes.length > 0) fields.set("scope", scopes.join(" "));
  const parameters = objectSetting(oauth2, "parameters") ?? {};
  for (const name of Object.keys(parameters)) fields.set(name, textSetting(parameters, name) ?? "");
  const inBody = choiceSetting(oauth2, "send", ["basic", "body"]) === "body";
  if (inBody) {
    fields.set("client_id", id);
    fields.set("client_secret", secret);
  }
  const headers = {
    accept: "application/json",
    "content-type": "application/x-www-form-urlencoded",
    "user-agent": "vrsky",
    ...(inBody
      ? {}
      : { authorization: `Basic ${Buffer.from(`${encoded(id)}:${encoded(secret)}`).toString("base64")}` }),
  };
  return { url, headers, body: fields.toString() };
}

/** As a form encodes it (RFC 6749 §2.3.1). */
const encoded = (text: string): string => new URLSearchParams({ "": text }).toString().slice(1);

type ReadToken = { readonly kind: "token"; readonly token: string; readonly lifetimeMs?: number } | NoToken;
type NoToken = Extract<Token, { readonly kind: "none" }>;

function readToken(result: DeliveryResult, origin: string): ReadToken {
  if (result.kind !== "delivered") return { kind: "none", result: unauthorized(result) };
  const answer = typeof result.answer === "string" ? parse(result.answer) : undefined;
  const token = isJsonObject(answer) ? answer.access_token : undefined;
  if (!isJsonObject(answer) || typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) {
    return none(`POST ${origin} answered without an \`access_token\` that can be used`);
  }
  const type = answer.token_type;
  if (typeof type === "string" && type.toLowerCase() !== "bearer") {
    return none(`POST ${origin} gave a token that is not of the type Bearer`);
  }
  const seconds = Number(answer.expires_in ?? Number.NaN);
  return { kind: "token", token, ...(seconds > 0 ? { lifetimeMs: seconds * 1000 } : {}) };
}

const parse = (text: string): Json | undefined => {
  const read = readJson(Buffer.from(text));
  return read.kind === "value" ? read.value : undefined;
};

const none = (message: string): NoToken => ({
  kind: "none",
  result: { kind: "transient", failure: { class: "unavailable", message: `no token: ${message}` } },
});

/** That we get no token is not the message's fault, and it was not sent: it may work once the login is put right. */
function unauthorized(result: Exclude<DeliveryResult, { readonly kind: "delivered" }>): DeliveryResult {
  const { message, status } = result.failure;
  const failure = {
    class: "unavailable",
    message: `no token: ${message}`,
    ...(status === undefined ? {} : { status }),
  } as const;
  const wait = result.kind === "transient" ? result.retryAfterMs : undefined;
  return { kind: "transient", failure, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
}
