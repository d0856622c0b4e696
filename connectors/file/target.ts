// Writes messages to files: one line each with `append`, one file each with `create`; fsynced before it says so.

import { mkdir, open, rename } from "node:fs/promises";
import { basename } from "node:path";
import type { Delivery, OpenTarget, TargetContext } from "../../schema/connector.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { choiceSetting, requiredText } from "../setting.ts";
import { beside, inside } from "./root.ts";

interface Waiting {
  readonly bytes: string;
  readonly done: (result: DeliveryResult) => void;
}

export async function openFileTarget(context: TargetContext, root: string): Promise<OpenTarget> {
  await mkdir(root, { recursive: true });
  const format = choiceSetting(context.settings, "format", ["json", "jsonl", "lines"]) ?? "jsonl";
  const mode = choiceSetting(context.settings, "mode", ["append", "create"]) ?? "append";
  const queues = new Map<string, Waiting[]>();

  /** Messages that wait for one file share one write and one fsync. */
  const drain = async (path: string, queue: Waiting[]): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.splice(0, queue.length);
      const result = await append(path, batch.map((waiting) => waiting.bytes).join(""));
      for (const waiting of batch) waiting.done(result);
    }
    queues.delete(path);
  };

  const enqueue = (path: string, bytes: string): Promise<DeliveryResult> =>
    new Promise((done) => {
      const queue = queues.get(path);
      if (queue !== undefined) {
        queue.push({ bytes, done });
        return;
      }
      const fresh = [{ bytes, done }];
      queues.set(path, fresh);
      void drain(path, fresh);
    });

  const deliver = async (delivery: Delivery): Promise<DeliveryResult> => {
    try {
      const given = requiredText(delivery.settings, "path");
      const found = await inside(root, given, true);
      if (!found.ok) return permanent(found.message);
      const text =
        format === "lines" && typeof delivery.body === "string" ? delivery.body : JSON.stringify(delivery.body);
      return mode === "append" ? await enqueue(found.path, `${text}\n`) : await create(found.path, `${text}\n`);
    } catch (error) {
      return failed(error);
    }
  };
  return { deliver, close: () => Promise.resolve() };
}

async function append(path: string, text: string): Promise<DeliveryResult> {
  try {
    const file = await open(path, "a+");
    try {
      const torn = await endsTorn(file);
      await file.appendFile(torn ? `\n${text}` : text);
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
async function endsTorn(file: Awaited<ReturnType<typeof open>>): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== 0x0a;
}

async function create(path: string, text: string): Promise<DeliveryResult> {
  const temporary = beside(path, `.${basename(path)}.${process.pid}.tmp`);
  const file = await open(temporary, "w");
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  return { kind: "delivered" };
}

const forGood = new Set(["EISDIR", "ENOTDIR", "ENAMETOOLONG", "EINVAL"]);

function failed(error: unknown): DeliveryResult {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = `the file cannot be written (${code === "" ? "unexpected error" : code})`;
  if (forGood.has(code)) return permanent(message);
  return { kind: "transient", failure: { class: "unavailable", message } };
}

const permanent = (message: string): DeliveryResult => ({ kind: "permanent", failure: { class: "rejected", message } });
