// A file that is one message: its bytes stay beside it, and are never read by anybody but the target.

import { posix } from "node:path";
import type { Incoming } from "../../schema/connector.ts";
import { contentFaultOf, type KeptContent, mostChunkedBytes } from "../../schema/content.ts";
import { blobValue, fileName, typeByName } from "../blob.ts";
import { jsonBytes } from "../json-text.ts";
import { numberSetting } from "../setting.ts";
import type { Found } from "./place.ts";
import { pause } from "./store-some.ts";
import { type End, type Reading, stays } from "./take.ts";

/** What the worker cannot put aside now is tried again after that. */
const patienceMs = 5_000;

export const mostBytes = (settings: Reading["context"]["settings"]): number =>
  numberSetting(settings, "max-size", mostChunkedBytes);

export async function storeBlob(file: Found, reading: Reading): Promise<End> {
  const { context, place, stopped } = reading;
  const most = mostBytes(context.settings);
  if (file.size > most) return tooLarge(file, reading, most);
  while (!stopped()) {
    const kept = await keep(file, reading, most);
    if (kept === "too-large") return tooLarge(file, reading, most);
    if (kept === "full") {
      await pause(patienceMs, reading);
      continue;
    }
    try {
      // Somebody writes on: what was read may be half of it.
      if (kept.size !== file.size || (await place.find(file.path))?.version !== file.version) return "later";
      const [answer] = await context.acceptAll([blobIncoming(file, kept)]);
      if (answer?.kind === "stored") return "whole";
      if (answer?.kind === "invalid") {
        stays(file, context, answer.issues.map(({ message }) => message).join("; "));
        return "stuck";
      }
      await pause((answer?.retryAfterSeconds ?? 1) * 1000, reading);
    } finally {
      await kept.discard();
    }
  }
  return "later";
}

/** Throws what the place throws. */
async function keep(
  { path }: Found,
  { context, place }: Reading,
  most: number,
): Promise<KeptContent | "too-large" | "full"> {
  const bytes = await place.read(path);
  try {
    return await context.keep(bytes, { most, signal: context.signal });
  } catch (error) {
    const fault = context.signal.aborted ? "full" : contentFaultOf(error);
    if (fault === undefined) throw error;
    return fault === "too-large" ? "too-large" : "full";
  } finally {
    bytes.destroy();
  }
}

function tooLarge(file: Found, { context }: Reading, most: number): End {
  stays(file, context, `it is larger than ${most} bytes (\`max-size\`)`);
  return "stuck";
}

export function blobIncoming({ path, version }: Found, content: KeptContent): Incoming {
  const name = fileName(path) ?? content.sha256;
  const value = blobValue(name, typeByName(name), content);
  return {
    body: jsonBytes(value),
    value,
    content,
    id: `${path}:${version}`,
    headers: {},
    meta: { file: { name: posix.basename(path), path, line: 1 } },
  };
}
