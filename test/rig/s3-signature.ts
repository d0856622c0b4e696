// Whether a request is signed as Signature Version 4 of the service wants it, worked out anew from the request as it came
// over the wire.

import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** The service's code for what is wrong; undefined when nothing is, or nothing is signed. */
export function signatureFault(
  { method, url = "", headers }: Pick<IncomingMessage, "method" | "url" | "headers">,
  secretKey: string,
): string | undefined {
  const { authorization } = headers;
  if (authorization === undefined) return undefined;
  const parts =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  const [, day = "", region = "", names = "", signature] = parts ?? [];
  const signedNames = names.split(";");
  const mustBe = Object.keys(headers).filter((name) => name === "host" || name.startsWith("x-amz-"));
  if (parts === null || mustBe.some((name) => !signedNames.includes(name))) return "AuthorizationHeaderMalformed";
  const [path = "", query = ""] = url.split("?");
  const canonical = [
    method,
    path.split("/").map(encodedAgain).join("/"),
    query
      .split("&")
      .filter((pair) => pair !== "")
      .map((pair) => {
        const [name = "", value = ""] = pair.split("=");
        return `${encodedAgain(name)}=${encodedAgain(value)}`;
      })
      .sort()
      .join("&"),
    ...signedNames.map((name) => `${name}:${String(headers[name]).trim().replaceAll(/\s+/g, " ")}`),
    "",
    names,
    headers["x-amz-content-sha256"],
  ].join("\n");
  const time = String(headers["x-amz-date"]);
  const toSign = ["AWS4-HMAC-SHA256", time, `${day}/${region}/s3/aws4_request`, sha256(canonical)].join("\n");
  const key = [day, region, "s3", "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${secretKey}`);
  return createHmac("sha256", key).update(toSign).digest("hex") === signature ? undefined : "SignatureDoesNotMatch";
}

const encodedAgain = (part: string): string =>
  encodeURIComponent(decodeURIComponent(part)).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
