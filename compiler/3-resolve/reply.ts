// `reply`: the answer to a caller who waits for the steps. Declared here once, as a connector declares its settings.

import type { SettingsSchema } from "../../schema/connector.ts";
import { isJsonObject } from "../../schema/json.ts";
import type { Reply } from "../integration.ts";
import { findingAt, type Site } from "../value.ts";
import type { Reading } from "./steps.ts";
import { readSettings } from "./use.ts";

const replySettings: SettingsSchema = {
  type: "object",
  properties: {
    status: { type: "integer", "x-vrsky-per-message": "text" },
    headers: { type: "object", additionalProperties: { type: "string" }, "x-vrsky-per-message": "text" },
    json: { "x-vrsky-per-message": "payload" },
    text: { type: "string", "x-vrsky-per-message": "text" },
    format: { enum: ["json", "xml", "text"], "x-vrsky-per-message": "text" },
    body: { "x-vrsky-per-message": "payload" },
  },
};

const none: ReadonlySet<string> = new Set();
const bodies = ["json", "text", "body"];

export function resolveReply(raw: unknown, site: Site, { around, report }: Reading): Reply | undefined {
  if (!isJsonObject(raw)) return undefined;
  const [, second] = bodies.filter((key) => raw[key] !== undefined);
  if (second !== undefined) {
    const message = "An answer has one body.";
    const help = "Keep one of `json`, `text` and `body`.";
    report(findingAt("VRS2004", { ...site, path: [...site.path, second] }, { message, help }, "key"));
  }
  return { site, settings: readSettings(replySettings, raw, site, { secrets: none, text: around.text }, report) };
}
