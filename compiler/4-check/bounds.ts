// Data fills parts, never places: a URL's host is literal, or comes from settings and secrets.

import { allSteps } from "../3-resolve/integration.ts";
import type { Integration } from "../integration.ts";
import { findingAt, type Report, readsData, type Value } from "../value.ts";

export function checkBounds(integration: Integration, report: Report): void {
  const { sources, targets } = integration;
  const calls = allSteps([...sources, integration, ...targets]).flatMap((step) => (step.kind === "call" ? [step] : []));
  const polls = sources.flatMap(({ poll }) => (poll === undefined ? [] : [poll]));
  for (const { use } of [...targets, ...calls, ...polls]) {
    for (const setting of use.settings) if (setting.bound === "url") checkUrl(setting.value, report);
  }
}

const hostEnded = /^https?:\/\/[^/?#\s]+[/?#]/i;

function checkUrl(value: Value, report: Report): void {
  if (value.kind === "expression" && readsData(value.expression)) report(tooFree(value));
  if (value.kind !== "text") return;
  let before = "";
  for (const part of value.parts) {
    if (typeof part === "string") before += part;
    // A whole base URL from settings or secrets counts as literal: its host is the operator's.
    else if (!readsData(part)) before += before === "" ? "https://operator" : "x";
    else if (hostEnded.test(before)) before += "x";
    else {
      report(tooFree(value));
      return;
    }
  }
}

function tooFree(value: Value) {
  return findingAt("VRS3010", value.site, {
    message: "Message data may not choose the host of a URL.",
    help: "Start with a literal host, or one from `settings`: `https://api.example.com/items/${ body.id }`.",
  });
}
