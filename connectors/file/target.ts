// Writes messages to files: one line each with `append`, one file each with `create`; on disk before it says so. A batch
// whose id is part of the path is a file of its own.

import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Delivery, OpenTarget, TargetContext } from "../../schema/connector.ts";
import type { Content } from "../../schema/content.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { requiredText } from "../setting.ts";
import { appender } from "./append.ts";
import { type Place, placeFailureOf } from "./place.ts";
import { placeFor, publicReach, type Reach } from "./place-for.ts";
import { rotationOf } from "./rotate.ts";
import { fileWriter } from "./written.ts";

export async function openFileTarget(
  context: TargetContext,
  root: string,
  reach: Reach = publicReach(),
): Promise<OpenTarget> {
  const place = await placeFor(context, root, reach);
  const { deliver, idle } = context.settings.format === "blob" ? blobs(place) : texts(context, place);
  return {
    deliver: (delivery) => deliver(delivery).catch(failed),
    close: async () => {
      await idle?.();
      await place.close();
    },
  };
}

interface Writing {
  readonly deliver: (delivery: Delivery) => Promise<DeliveryResult>;
  readonly idle?: (() => Promise<void>) | undefined;
}

/** The bytes beside each message, from where they lie into a file of their own. */
function blobs(place: Place): Writing {
  const deliver = async ({ settings, content, signal }: Delivery): Promise<DeliveryResult> => {
    const path = requiredText(settings, "path");
    if (content === undefined) {
      return permanent("invalid", "the message has no bytes beside it: its source needs `format: blob`");
    }
    const bytes = Readable.from(content.read(signal), { objectMode: false });
    if (await place.create(path, bytes, { replace: false, signal })) return { kind: "delivered" };
    return (await hasHash(place, path, content))
      ? { kind: "delivered", detail: "it was there already" }
      : permanent("rejected", "another file has this name already");
  };
  return { deliver };
}

async function hasHash(place: Place, path: string, { size, sha256 }: Content): Promise<boolean> {
  if ((await place.find(path))?.size !== size) return false;
  const hash = createHash("sha256");
  for await (const part of await place.read(path)) hash.update(part);
  return hash.digest("hex") === sha256;
}

function texts(context: TargetContext, place: Place): Writing {
  const writer = fileWriter(context.settings);
  const { compress, mode, format, header } = writer;
  const appending = appender(place, header, rotationOf(context, place, header));

  const deliver = async (delivery: Delivery): Promise<DeliveryResult> => {
    const path = requiredText(delivery.settings, "path");
    const { batch, body, signal } = delivery;
    const rows = batch === undefined || format === "json" ? writer.one(body) : writer.all(body);
    if (rows.kind === "invalid") return permanent("invalid", rows.message);
    const whole = batch !== undefined && path.includes(batch.id);
    if ((mode ?? (whole || format === "json" ? "create" : "append")) === "append") {
      if (compress !== undefined)
        return permanent("rejected", "a file that grows is not compressed: the path needs `${ batch.id }`");
      if (appending === undefined)
        return permanent("rejected", "files of this connection cannot grow: the path needs `${ batch.id }`");
      await appending.append(path, rows.text);
      return { kind: "delivered" };
    }
    const text = Buffer.from(header + rows.text);
    const bytes = compress === undefined ? text : await promisify(gzip)(text);
    if (await place.create(path, bytes, { replace: false, signal })) return { kind: "delivered" };
    // Whatever has the batch's name holds its messages; an earlier attempt of the same message wrote the same.
    return whole || (await holds(place, path, bytes))
      ? { kind: "delivered", detail: "it was there already" }
      : permanent("rejected", "another file has this name already");
  };
  return { deliver, idle: appending?.idle };
}

async function holds(place: Place, path: string, bytes: Uint8Array): Promise<boolean> {
  const found = await place.find(path);
  if (found?.size !== bytes.length) return false;
  const parts: Uint8Array[] = [];
  for await (const part of await place.read(path)) parts.push(part);
  return Buffer.concat(parts).equals(bytes);
}

function failed(error: unknown): DeliveryResult {
  const failure = placeFailureOf(error);
  const message = `the file cannot be written (${failure?.message ?? "unexpected error"})`;
  if (failure?.kind === "rejected") return permanent("rejected", message);
  return { kind: "transient", failure: { class: "unavailable", message } };
}

const permanent = (kind: "rejected" | "invalid", message: string): DeliveryResult => ({
  kind: "permanent",
  failure: { class: kind, message },
});
