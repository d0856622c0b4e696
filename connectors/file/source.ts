// Looks for files that match a pattern, again and again, and takes each once it has stopped changing.

import type { RunningSource, SourceContext } from "../../schema/connector.ts";
import { choiceSetting, numberSetting, requiredText, textSetting } from "../setting.ts";
import { fixedFolder } from "./glob.ts";
import { type Found, placeFailureOf } from "./place.ts";
import { placeFor, publicReach, type Reach } from "./place-for.ts";
import { inside } from "./root.ts";
import { type Reading, takeFile } from "./take.ts";

const second = 1_000;

/** While a file settles, it is looked at more often. */
const soon = 100;

interface Seen {
  readonly version: string;
  readonly since: number;
}

export async function startFileSource(
  context: SourceContext,
  root: string,
  reach: Reach = publicReach(),
): Promise<RunningSource> {
  const { settings, clock, log } = context;
  if (settings.cron !== undefined) throw new Error("`cron` is not run by this version yet: use `every`");
  const pattern = requiredText(settings, "path");
  const every = numberSetting(settings, "every", second);
  const stableFor = numberSetting(settings, "stable-for", second);
  const place = await placeFor(context, root, reach);
  // So that people see where files belong.
  if (settings.connection === undefined)
    await inside(root, `${fixedFolder(pattern)}/file`, true).catch(() => undefined);
  let stopped = false;
  let cancel = (): void => {};
  const reading: Reading = {
    context,
    place,
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
    const files = await place.list(pattern);
    const there = new Set(files.map(({ path }) => path));
    for (const known of [...settling.keys(), ...done.keys()]) {
      if (there.has(known)) continue;
      settling.delete(known);
      done.delete(known);
    }
    for (const file of files) {
      if (stopped) return;
      await lookAt(file).catch((error: unknown) =>
        log.warn({ file: file.path, error: reason(error) }, "cannot take a file"),
      );
    }
  };
  const lookAt = async (file: Found): Promise<void> => {
    const { path, version } = file;
    if (done.get(path) === version) return;
    const before = settling.get(path);
    if (before?.version !== version) {
      settling.set(path, { version, since: clock.now() });
      return;
    }
    // Nobody is writing it any more.
    if (clock.now() - before.since < stableFor) return;
    await takeFile(file, reading);
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
      await place.close();
    },
  };
}

const reason = (error: unknown): string =>
  placeFailureOf(error)?.message ??
  (error instanceof Error && "code" in error ? String(error.code) : error instanceof Error ? error.message : "unknown");
