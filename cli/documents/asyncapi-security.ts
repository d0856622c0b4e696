// How senders prove themselves at a webhook, as AsyncAPI's security schemes. Names of headers, never what is in them.

import type { Use } from "../../compiler/integration.ts";
import type { Value } from "../../compiler/value.ts";
import { signatureHeaders } from "../../connectors/http/signature.ts";
import type { JsonObject } from "../../schema/json.ts";
import { plainText, settingOf } from "../picture/spoken.ts";

const headers: Readonly<Record<string, string>> = signatureHeaders;

/** By the scheme's name; empty where everybody may send. */
export function securityOf(use: Use): Readonly<Record<string, JsonObject>> {
  const found: Record<string, JsonObject> = {};
  const signature = settingOf(use, "signature")?.value;
  if (signature?.kind === "map") {
    const scheme = textAt(signature, "scheme") ?? "hmac";
    const header = textAt(signature, "header") ?? headers[scheme] ?? "";
    found[`signature-${scheme}-${header}`] = {
      type: "httpApiKey",
      in: "header",
      name: header,
      description: `A signature of the body by the rules of ${scheme}, with a secret that both sides know.`,
    };
  }
  const auth = settingOf(use, "auth")?.value;
  if (auth?.kind !== "map") return found;
  for (const { key, value } of auth.entries) {
    if (key === "api-key") {
      const header = textAt(value, "header") ?? "x-api-key";
      found[`api-key-${header}`] = {
        type: "httpApiKey",
        in: "header",
        name: header,
        description: "A key that the sender was given.",
      };
    } else found[key] = { type: "http", scheme: key, description: "What the sender was given." };
  }
  return found;
}

function textAt(value: Value, key: string): string | undefined {
  const entry = value.kind === "map" ? value.entries.find((each) => each.key === key) : undefined;
  return entry === undefined ? undefined : plainText(entry.value);
}
