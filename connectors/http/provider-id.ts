// The sender's own id of a delivery, so that a repeat is known as one.

import { isJsonObject, type Json } from "../../schema/json.ts";
import type { RequestHeaders } from "./auth.ts";
import type { Scheme } from "./signature.ts";

const longest = 256;

export function providerId(scheme: Scheme | undefined, headers: RequestHeaders, body: Json): string | undefined {
  return (
    usable(byScheme(scheme, headers, body)) ??
    usable(headers["idempotency-key"]) ??
    usable(headers["x-github-delivery"]) ??
    usable(headers["webhook-id"])
  );
}

function byScheme(scheme: Scheme | undefined, headers: RequestHeaders, body: Json): unknown {
  switch (scheme) {
    case "github":
      return headers["x-github-delivery"];
    case "standard-webhooks":
      return headers["webhook-id"];
    case "stripe":
      return isJsonObject(body) ? body.id : undefined;
    case "slack":
      return isJsonObject(body) ? body.event_id : undefined;
    case "hmac":
    case undefined:
      return undefined;
    default:
      return scheme satisfies never;
  }
}

function usable(id: unknown): string | undefined {
  return typeof id === "string" && id !== "" && id.length <= longest ? id : undefined;
}
