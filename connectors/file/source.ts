// Looks for files that match a pattern, again and again, and takes each once it has stopped changing.

import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { RunningSource, SourceContext } from "../../schema/connector.ts";
import { choiceSetting, numberSetting, requiredText, textSetting } from "../setting.ts";
import { fixedFolder, matchingFiles } from "./glob.ts";
import { type Reading, takeFile } from "./take.ts";

const second = 1_000;

/** While a file settles, it is looked at more often. */
const soon = 100;

interface Seen {
  readonly version: string;
  readonly since: number;
}

export async function startFileSource(context: SourceContext, root: string): Promise<RunningSource> {
  const { settings, clock, log } = context;
  if (settings.connection !== undefined) throw new Error("files on a connection are not read by this version yet");
  if (settings.cron !== undefined) throw new Error("`cron` is not run by this version yet: use `every`");
  const pattern = requiredText(settings, "path");
  const every = numberSetting(settings, "every", second);
  const stableFor = numberSetting(settings, "stable-for", second);
  await mkdir(join(root, fixedFolder(pattern)), { recursive: true });
  let stopped = false;
  let cancel = (): void => {};
  const reading: Reading = {
    context,
    root,
    format: choiceSetting(settings, "format", ["csv", "json", "jsonl", "lines", "xml"]) ?? "jsonl",
    options: {
      delimiter: textSetting(settings, "delimiter") ?? ",",
      schema: context.contract,
      longest: numberSetting(settings, "max-record", 1024 * 1024),
    },
    stopped: () => stopped,
  };
  const settling = new Map<string, Seen>();
  const done = new Map<string, string>();

  const look = async (): Promise<void> => {
    const paths = await matchingFiles(root, pattern);
    for (const known of [...settling.keys(), ...done.keys()]) {
      if (paths.includes(known)) continue;
      settling.delete(known);
      done.delete(known);
    }
    for (const path of paths) {
      if (stopped) return;
      await lookAt(path).catch((error: unknown) =>
        log.warn({ file: path, error: reason(error) }, "cannot take a file"),
      );
    }
  };
  const lookAt = async (path: string): Promise<void> => {
    const now = await stat(join(root, path));
    const version = `${now.mtimeMs}:${now.size}`;
    if (!now.isFile() || done.get(path) === version) return;
    const before = settling.get(path);
    if (before?.version !== version) {
      settling.set(path, { version, since: clock.now() });
      return;
    }
    // Nobody is writing it any more.
    if (clock.now() - before.since < stableFor) return;
    await takeFile(path, version, reading);
    if (stopped) return;
    settling.delete(path);
    done.set(path, version);
  };

  let current: Promise<void> = Promise.resolve();
  const tick = (): void => {
    current = look()
      .catch((error: unknown) => log.warn({ error: reason(error) }, "cannot look through the folder"))
      .then(() => {
        if (!stopped) cancel = clock.after(settling.size > 0 ? Math.min(soon, every) : every, tick);
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

const reason = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : error instanceof Error ? error.message : "unknown";
