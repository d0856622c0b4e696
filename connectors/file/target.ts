// Writes messages to files: one line each with `append`, one file each with `create`; fsynced before it says so.

import { link, mkdir, open, readFile, unlink } from "node:fs/promises";
import { basename } from "node:path";
import type { Delivery, OpenTarget, TargetContext } from "../../schema/connector.ts";
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
  if (context.settings.compress !== undefined) throw new Error("`compress` is not run by this version yet");
  await mkdir(root, { recursive: true });
  const format = choiceSetting(context.settings, "format", ["json", "jsonl", "csv", "lines"]) ?? "jsonl";
  const columns = format === "csv" ? textsSetting(context.settings, "columns") : [];
  const delimiter = textSetting(context.settings, "delimiter") ?? ",";
  const header = format === "csv" ? csvHeader(columns, delimiter) : "";
  const mode =
    choiceSetting(context.settings, "mode", ["append", "create"]) ?? (format === "json" ? "create" : "append");
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
    const row = format === "csv" ? csvRow(delivery.body, columns, delimiter) : written(delivery, format);
    if (row.kind === "invalid") return permanent("invalid", row.message);
    temporaries += 1;
    if (mode === "append") return await enqueue(found.path, row.text);
    return await create(found.path, header + row.text, temporaries);
  };
  return {
    deliver: (delivery) => deliver(delivery).catch(failed),
    close: async () => void (await Promise.all(draining)),
  };
}

function written({ body }: Delivery, format: "json" | "jsonl" | "lines"): Written {
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

/** Whole or not at all, and never over another's: a link is made only where nothing is. */
async function create(path: string, text: string, number: number): Promise<DeliveryResult> {
  const temporary = beside(path, `.${basename(path)}.${process.pid}-${number}.tmp`);
  const file = await open(temporary, "w");
  try {
    try {
      await file.writeFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
    await link(temporary, path);
    return { kind: "delivered" };
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    // An earlier attempt of the same message wrote the same.
    if ((await readFile(path, "utf8")) === text) return { kind: "delivered", detail: "it was there already" };
    return permanent("rejected", "another file has this name already");
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

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
