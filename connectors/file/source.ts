// Reads files that match a pattern: one message per record. A record's id is made of path, time, size and line, so
// that a file which is read again after a crash gives the same ids, and the intake knows them.

import { appendFile, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import type { Accepted, RunningSource, SourceContext } from "../../schema/connector.ts";
import { isJsonObject, type Json } from "../../schema/json.ts";
import { jsonBytes } from "../json-text.ts";
import { choiceSetting, numberSetting, requiredText, textSetting } from "../setting.ts";
import { type FileRecord, type Format, readRecords } from "./records.ts";
import { inside } from "./root.ts";

const inFlight = 64;

interface Reading {
  readonly context: SourceContext;
  readonly root: string;
  readonly format: Format;
  readonly stopped: () => boolean;
}

export async function startFileSource(context: SourceContext, root: string): Promise<RunningSource> {
  const pattern = requiredText(context.settings, "path").replace(/^\/+/, "");
  const format = choiceSetting(context.settings, "format", ["csv", "json", "jsonl", "lines"]) ?? "jsonl";
  const every = numberSetting(context.settings, "every", 1000);
  await mkdir(join(root, fixedFolder(pattern)), { recursive: true });
  let stopped = false;
  let cancel = (): void => {};
  const reading: Reading = { context, root, format, stopped: () => stopped };
  const sizes = new Map<string, string>();
  let current: Promise<void> = Promise.resolve();

  const look = async (): Promise<void> => {
    for (const path of await matching(root, pattern)) {
      if (stopped) return;
      const now = await stat(join(root, path)).catch(() => undefined);
      if (now === undefined || !now.isFile()) continue;
      const seen = `${now.mtimeMs}:${now.size}`;
      // A file is taken when it looks the same twice: nobody is writing it any more.
      if (sizes.get(path) === seen) {
        sizes.delete(path);
        await takeFile(path, seen, reading);
      } else sizes.set(path, seen);
    }
  };
  const tick = (): void => {
    if (stopped) return;
    current = look()
      .catch((error: unknown) =>
        context.log.warn({ error: error instanceof Error ? error.message : "unknown" }, "cannot read the folder"),
      )
      .then(() => {
        if (!stopped) cancel = context.clock.after(sizes.size > 0 ? Math.min(100, every) : every, tick);
      });
  };
  tick();
  return {
    stop: async () => {
      stopped = true;
      cancel();
      await current;
    },
  };
}

const fixedFolder = (pattern: string): string =>
  dirname(pattern.split("*")[0] === pattern ? pattern : `${pattern.split("*")[0] ?? ""}x`);

async function matching(root: string, pattern: string): Promise<readonly string[]> {
  const folder = dirname(pattern);
  const found = await inside(root, join(folder, "x"), false);
  if (!found.ok) return [];
  const name = new RegExp(
    `^${basename(pattern)
      .split("*")
      .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"))
      .join("[^/]*")}$`,
  );
  const entries = await readdir(resolve(root, folder)).catch(() => []);
  return entries
    .filter((entry) => !entry.startsWith(".") && name.test(entry))
    .sort()
    .map((entry) => (folder === "." ? entry : `${folder}/${entry}`));
}

async function takeFile(path: string, version: string, reading: Reading): Promise<void> {
  const { context, root } = reading;
  const found = await inside(root, path, false);
  if (!found.ok) {
    context.refuse(found.message, "invalid");
    return;
  }
  if ((await context.state.get(path)) === version) return;
  const whole = await storeAll(found.path, path, version, reading);
  if (!whole) return;
  await finish(found.path, path, version, reading);
}

/** True when every record of the file is stored or set aside. */
async function storeAll(file: string, path: string, version: string, reading: Reading): Promise<boolean> {
  const { context, format } = reading;
  const waiting = new Set<Promise<void>>();
  const options = { delimiter: textSetting(context.settings, "delimiter") ?? ",", schema: context.contract };
  const records = readRecords(file, format, options);
  for (;;) {
    const next = await records.next().catch((error: unknown) => ({ done: false as const, value: unreadable(error) }));
    if (next.done === true) break;
    if (reading.stopped()) return false;
    const task = storeOne(next.value, file, path, version, reading).finally(() => waiting.delete(task));
    waiting.add(task);
    if (waiting.size >= inFlight) await Promise.race(waiting);
  }
  await Promise.all(waiting);
  return !reading.stopped();
}

function unreadable(error: unknown): FileRecord {
  return { kind: "malformed", line: 0, message: error instanceof Error ? error.message : "unreadable", text: "" };
}

async function storeOne(
  record: FileRecord,
  file: string,
  path: string,
  version: string,
  reading: Reading,
): Promise<void> {
  const { context } = reading;
  if (record.kind === "malformed") {
    context.refuse(`${basename(file)} line ${record.line}: ${record.message}`, "invalid");
    return await setAside(file, record.line, record.message, record.text);
  }
  const incoming = {
    body: jsonBytes(record.value),
    value: record.value,
    id: `${path}:${version}:${record.line}`,
    headers: {},
    meta: { file: { name: basename(path), path, line: record.line } },
  };
  for (;;) {
    const accepted: Accepted = await context.accept(incoming);
    if (accepted.kind === "stored" || reading.stopped()) return;
    if (accepted.kind === "invalid") {
      const why = accepted.issues.map((issue) => `${issue.path || "the record"} ${issue.message}`).join("; ");
      return await setAside(file, record.line, why, record.value);
    }
    await new Promise<void>((resume) => context.clock.after(accepted.retryAfterSeconds * 1000, resume));
  }
}

/** A record that cannot be accepted is kept beside the file, with its line and the reason; the others go on. */
async function setAside(file: string, line: number, why: string, record: Json): Promise<void> {
  const folder = join(dirname(file), ".rejected");
  await mkdir(folder, { recursive: true });
  await appendFile(join(folder, `${basename(file)}.jsonl`), `${JSON.stringify({ line, why, record })}\n`);
}

async function finish(file: string, path: string, version: string, { context, root }: Reading): Promise<void> {
  const after = context.settings.after ?? "keep";
  if (after === "delete") await rm(file, { force: true });
  else if (isJsonObject(after) && typeof after.move === "string") await move(file, join(root, after.move), root);
  else await context.state.put(path, version);
}

async function move(file: string, folder: string, root: string): Promise<void> {
  const found = await inside(root, relative(root, join(folder, basename(file))), true);
  if (!found.ok) return;
  const extension = extname(file);
  const stem = basename(file, extension);
  for (let number = 0; ; number++) {
    const target = join(folder, number === 0 ? basename(file) : `${stem}.${number}${extension}`);
    if ((await stat(target).catch(() => undefined)) === undefined) return await rename(file, target);
  }
}
