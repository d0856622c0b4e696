// Writes messages to files: one line each with `append`, one file each with `create`; fsynced before it says so. A batch
// whose id is part of the path is a file of its own.

import { link, mkdir, open, readFile, unlink } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Delivery, OpenTarget, TargetContext } from "../../schema/connector.ts";
import type { Json } from "../../schema/json.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { csvHeader, csvRow, type Written } from "../csv-text.ts";
import { choiceSetting, requiredText, textSetting, textsSetting } from "../setting.ts";
import { beside, inside } from "./root.ts";

interface Waiting {
  readonly text: string;
  readonly done: (result: DeliveryResult) => void;
}

export async function openFileTarget(context: TargetContext, root: string): Promise<OpenTarget> {
  if (context.settings.connection !== undefined)
    throw new Error("files on a connection are not written by this version yet");
  await mkdir(root, { recursive: true });
  const format = choiceSetting(context.settings, "format", ["json", "jsonl", "csv", "lines"]) ?? "jsonl";
  const columns = format === "csv" ? textsSetting(context.settings, "columns") : [];
  const delimiter = textSetting(context.settings, "delimiter") ?? ",";
  const header = format === "csv" ? csvHeader(columns, delimiter) : "";
  const mode = choiceSetting(context.settings, "mode", ["append", "create"]);
  const compress = choiceSetting(context.settings, "compress", ["gzip"]);
  const queues = new Map<string, Waiting[]>();
  const draining = new Set<Promise<void>>();
  let temporaries = 0;

  /** Messages that wait for one file share one write and one fsync. */
  const drain = async (path: string, queue: Waiting[]): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.splice(0, queue.length);
      const result = await append(path, batch.map(({ text }) => text).join(""), header);
      for (const { done } of batch) done(result);
    }
    queues.delete(path);
  };
  const enqueue = (path: string, text: string): Promise<DeliveryResult> =>
    new Promise((done) => {
      const queue = queues.get(path);
      if (queue !== undefined) {
        queue.push({ text, done });
        return;
      }
      const fresh = [{ text, done }];
      queues.set(path, fresh);
      const work = drain(path, fresh).finally(() => draining.delete(work));
      draining.add(work);
    });

  const deliver = async (delivery: Delivery): Promise<DeliveryResult> => {
    const given = requiredText(delivery.settings, "path");
    const found = await inside(root, given, true);
    if (!found.ok) return permanent("rejected", found.message);
    const one = (body: Json): Written => (format === "csv" ? csvRow(body, columns, delimiter) : written(body, format));
    const { batch, body } = delivery;
    const rows = batch === undefined || format === "json" ? one(body) : allOf(body, one);
    if (rows.kind === "invalid") return permanent("invalid", rows.message);
    const whole = batch !== undefined && given.includes(batch.id);
    if ((mode ?? (whole || format === "json" ? "create" : "append")) === "append") {
      if (compress === undefined) return await enqueue(found.path, rows.text);
      return permanent("rejected", "a file that grows is not compressed: the path needs `${ batch.id }`");
    }
    temporaries += 1;
    const text = Buffer.from(header + rows.text);
    const bytes = compress === undefined ? text : await promisify(gzip)(text);
    return await create(found.path, bytes, temporaries, whole);
  };
  return {
    deliver: (delivery) => deliver(delivery).catch(failed),
    close: async () => void (await Promise.all(draining)),
  };
}

/** Of a batch, one after the other. */
function allOf(list: Json, one: (body: Json) => Written): Written {
  let text = "";
  for (const body of Array.isArray(list) ? list : []) {
    const row = one(body);
    if (row.kind === "invalid") return row;
    text += row.text;
  }
  return { kind: "written", text };
}

function written(body: Json, format: "json" | "jsonl" | "lines"): Written {
  switch (format) {
    case "json":
      return { kind: "written", text: `${JSON.stringify(body, null, 2)}\n` };
    case "jsonl":
      return { kind: "written", text: `${JSON.stringify(body)}\n` };
    case "lines":
      return typeof body === "string" && !/[\n\r]/.test(body)
        ? { kind: "written", text: `${body}\n` }
        : { kind: "invalid", message: "`format: lines` writes the body, which must be a text of one line" };
  }
}

/** `header` comes first in a file that is new or empty. */
async function append(path: string, text: string, header: string): Promise<DeliveryResult> {
  try {
    const file = await open(path, "a+");
    try {
      const end = await endOf(file);
      await file.appendFile(`${end === "torn" ? "\n" : end === "empty" ? header : ""}${text}`);
      await file.datasync();
    } finally {
      await file.close();
    }
    return { kind: "delivered" };
  } catch (error) {
    return failed(error);
  }
}

/** A crash may have left half a line: what follows starts on a line of its own. */
async function endOf(file: Awaited<ReturnType<typeof open>>): Promise<"empty" | "torn" | "whole"> {
  const { size } = await file.stat();
  if (size === 0) return "empty";
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 0x0a ? "whole" : "torn";
}

/**
 * Whole or not at all, and never over another's: a link is made only where nothing is. `named`: whatever has this name
 * holds these very messages.
 */
async function create(path: string, bytes: Uint8Array, number: number, named: boolean): Promise<DeliveryResult> {
  const temporary = beside(path, `.${basename(path)}.${process.pid}-${number}.tmp`);
  const file = await open(temporary, "w");
  try {
    try {
      await file.writeFile(bytes);
      await file.datasync();
    } finally {
      await file.close();
    }
    await link(temporary, path);
    await syncFolder(dirname(path));
    return { kind: "delivered" };
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    // An earlier attempt of the same message wrote the same.
    if (named || (await readFile(path)).equals(bytes)) {
      await syncFolder(dirname(path));
      return { kind: "delivered", detail: "it was there already" };
    }
    return permanent("rejected", "another file has this name already");
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

/** A name is on disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path).catch(() => undefined);
  try {
    await folder?.sync();
  } catch (error) {
    // Not every file system can be asked to.
    if (!unasked.has(codeOf(error))) throw error;
  } finally {
    await folder?.close();
  }
}

const unasked = new Set(["EINVAL", "EISDIR", "EPERM", "ENOTSUP"]);

const forGood = new Set(["EISDIR", "ENOTDIR", "ENAMETOOLONG", "EINVAL"]);

function failed(error: unknown): DeliveryResult {
  const code = codeOf(error);
  const message = `the file cannot be written (${code === "" ? "unexpected error" : code})`;
  if (forGood.has(code)) return permanent("rejected", message);
  return { kind: "transient", failure: { class: "unavailable", message } };
}

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");

const permanent = (kind: "rejected" | "invalid", message: string): DeliveryResult => ({
  kind: "permanent",
  failure: { class: kind, message },
});
