// Credentials that a sender must show: `auth: { basic | bearer | api-key }`.

import type { JsonObject } from "../../schema/json.ts";
import { objectSetting, requiredText, textSetting, textsSetting } from "../setting.ts";
import { oneOfTexts } from "./constant-time.ts";

export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Auth {
  /** Header that holds the credentials, lower case; it is never stored. */
  readonly header: string;
  /** Value of WWW-Authenticate. */
  readonly challenge: string;
  allows(headers: RequestHeaders): boolean;
}

export function readAuth(settings: JsonObject): Auth | undefined {
  const auth = objectSetting(settings, "auth");
  if (auth === undefined) return undefined;
  const basic = objectSetting(auth, "basic");
  if (basic !== undefined) return basicAuth(requiredText(basic, "username"), textsSetting(basic, "password"));
  const key = objectSetting(auth, "api-key");
  if (key !== undefined) return keyAuth(textSetting(key, "header") ?? "x-api-key", textsSetting(key, "key"));
  return bearerAuth(textsSetting(auth, "bearer"));
}

function basicAuth(username: string, passwords: readonly string[]): Auth {
  const wanted = passwords.map((password) => `${username}:${password}`);
  return {
    header: "authorization",
    challenge: 'Basic realm="webhook", charset="UTF-8"',
    allows: (headers) => {
      const given = credentials(headers, "basic");
      return given !== undefined && oneOfTexts(Buffer.from(given, "base64").toString("utf8"), wanted);
    },
  };
}

function bearerAuth(tokens: readonly string[]): Auth {
  return {
    header: "authorization",
    challenge: 'Bearer realm="webhook"',
    allows: (headers) => {
      const given = credentials(headers, "bearer");
      return given !== undefined && oneOfTexts(given, tokens);
    },
  };
}

function keyAuth(header: string, keys: readonly string[]): Auth {
  const name = header.toLowerCase();
  return {
    header: name,
    challenge: `ApiKey realm="webhook", header="${name}"`,
    allows: (headers) => {
      const given = headers[name];
      return typeof given === "string" && oneOfTexts(given, keys);
    },
  };
}

function credentials(headers: RequestHeaders, scheme: string): string | undefined {
  const given = headers.authorization;
  const match = typeof given === "string" ? /^(\S+) +(\S+) *$/.exec(given) : null;
  return match?.[1]?.toLowerCase() === scheme ? match[2] : undefined;
}
