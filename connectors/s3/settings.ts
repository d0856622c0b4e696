// What a connection says of its bucket, read once. An error names the setting, never its value.

import type { JsonObject } from "../../schema/json.ts";
import { numberSetting, requiredText, textSetting } from "../setting.ts";

export interface S3Settings {
  /** Of the bucket, without a slash at its end. */
  readonly url: URL;
  readonly bucket: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken?: string;
  /** Milliseconds until an answer must begin, and between two pieces of it. */
  readonly timeout: number;
}

export function readS3Settings(connection: JsonObject): S3Settings {
  const bucket = requiredText(connection, "bucket");
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/.test(bucket))
    throw new Error("`bucket` must be the name of a bucket: letters, digits, `.`, `_` and `-`");
  const sessionToken = textSetting(connection, "session-token");
  return {
    url: readEndpoint(requiredText(connection, "endpoint"), bucket),
    bucket,
    region: textSetting(connection, "region") ?? "us-east-1",
    accessKey: requiredText(connection, "access-key"),
    secretKey: requiredText(connection, "secret-key"),
    ...(sessionToken === undefined ? {} : { sessionToken }),
    timeout: numberSetting(connection, "timeout", 30_000),
  };
}

function readEndpoint(text: string, bucket: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url?.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (url === undefined || !plain || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw new Error("`endpoint` must be a URL that begins with https:// or http:// and holds no user and no query");
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${bucket}`;
  return url;
}
