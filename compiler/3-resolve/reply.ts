// `reply`: the answer to a caller who waits for the steps. Declared here once, as a connector declares its settings.

import type { SettingsSchema } from "../../schema/connector.ts";
import { isJsonObject } from "../../schema/json.ts";
import type { Reply, Source, Step } from "../integration.ts";
import { findingAt, type Report, type Site } from "../value.ts";
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

/** Where messages come from, and the steps that they pass on their way to the reply. */
export interface Path {
  readonly sources: readonly Source[];
  readonly steps: readonly Step[];
}

export const isAsking = ({ use }: Source): boolean => use.manifest.source?.replies === true;

export function resolveReply(raw: unknown, site: Site, path: Path, { around, report }: Reading): Reply | undefined {
  if (!isJsonObject(raw)) return undefined;
  const [, second] = bodies.filter((key) => raw[key] !== undefined);
  if (second !== undefined) {
    const message = "An answer has one body.";
    const help = "Keep one of `json`, `text` and `body`.";
    report(findingAt("VRS2004", { ...site, path: [...site.path, second] }, { message, help }, "key"));
  }
  reportPath(path, site, report);
  return { site, settings: readSettings(replySettings, raw, site, { secrets: none, text: around.text }, report) };
}

function reportPath({ sources, steps }: Path, site: Site, report: Report): void {
  if (sources.length > 0 && !sources.some(isAsking)) {
    const names = sources.map(({ use }) => `\`${use.manifest.name}\``).join(", ");
    const help = "Leave `reply` out, or take the messages by `http`.";
    report(findingAt("VRS2031", site, { message: `Nobody waits for a reply behind ${names}.`, help }, "key"));
  }
  const split = steps.find(({ kind }) => kind === "split");
  if (split === undefined) return;
  const message = "One question would get an answer for each item of a `split`.";
  const help = "Move the `split` into the `steps` of the targets.";
  const { spec, path } = split.site;
  const labels = [{ file: spec.file, range: spec.locate(path), message: "split here" }];
  report(findingAt("VRS2031", site, { message, help, labels }, "key"));
}
