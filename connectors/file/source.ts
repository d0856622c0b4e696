// Looks for files that match a pattern, again and again or by the clock, and takes each once it has stopped changing.

import { type RunningSource, type SourceContext, steadyNow } from "../../schema/connector.ts";
import { choiceSetting, numberSetting, requiredText, textSetting } from "../setting.ts";
import { fixedFolder } from "./glob.ts";
import { type Found, type Place, placeFailureOf } from "./place.ts";
import { placeFor, publicReach, type Reach } from "./place-for.ts";
import { rhythmOf } from "./rhythm.ts";
import { inside } from "./root.ts";
import { type Reading, takeFile } from "./take.ts";
import { mostBytes } from "./take-blob.ts";

const second = 1_000;

/** What cannot be taken is tried again after 1 s, 2 s, 4 s …, and at last every 30 s. */
const longestWait = 30 * second;

interface Seen {
  readonly version: string;
  /** When it may be taken. */
  readonly due: number;
  readonly failures: number;
}

export async function startFileSource(
  context: SourceContext,
  root: string,
  reach: Reach = publicReach(),
): Promise<RunningSource> {
  const { settings } = context;
  const place = await placeFor(context, root, reach);
  // So that people see where files belong.
  if (settings.connection === undefined) {
    await inside(root, `${fixedFolder(requiredText(settings, "path"))}/file`, true).catch(() => undefined);
  }
  return startReading(context, place);
}

/** Throws when the settings are wrong. */
export function startReading(context: SourceContext, place: Place): RunningSource {
  const { settings, clock, log, signal } = context;
  const pattern = requiredText(settings, "path");
  const stableFor = numberSetting(settings, "stable-for", second);
  const rhythm = rhythmOf(settings);
  const options = recordOptions(context);
  let ended = false;
  const stopped = (): boolean => ended || signal.aborted;
  const compress = choiceSetting(settings, "compress", ["gzip", "none"]);
  const reading: Reading = { context, place, options, compress, stopped };
  const waiting = new Map<string, Seen>();
  const done = new Map<string, string>();

  const lookThrough = async (): Promise<void> => {
    const files = await place.list(pattern);
    const there = new Set(files.map(({ path }) => path));
    for (const known of [...waiting.keys(), ...done.keys()]) {
      if (there.has(known)) continue;
      waiting.delete(known);
      done.delete(known);
    }
    for (const file of files) {
      if (stopped()) return;
      await lookAt(file);
    }
  };
  const lookAt = async (file: Found): Promise<void> => {
    const { path, version } = file;
    if (done.get(path) === version) return;
    const before = waiting.get(path);
    if (before?.version !== version) {
      waiting.set(path, { version, due: steadyNow(clock) + stableFor, failures: 0 });
      return;
    }
    // Nobody is writing it any more.
    if (steadyNow(clock) < before.due) return;
    try {
      if ((await takeFile(file, reading)) === "later") return;
      waiting.delete(path);
      done.set(path, version);
    } catch (error) {
      if (placeFailureOf(error)?.kind === "disconnected") throw error;
      log.warn({ file: path, error: reason(error) }, "cannot take a file");
      const wait = Math.min(longestWait, second * 2 ** before.failures);
      waiting.set(path, { version, due: steadyNow(clock) + wait, failures: before.failures + 1 });
    }
  };

  let cancel = (): void => {};
  let current: Promise<void> | undefined;
  const tick = (): void => {
    cancel();
    current = lookThrough()
      .catch((error: unknown) => {
        const failure = placeFailureOf(error);
        if (failure?.kind === "disconnected") context.fail({ kind: "disconnected", reason: failure.message });
        else log.warn({ error: reason(error) }, "cannot look through the folder");
      })
      .then(() => {
        current = undefined;
        if (!stopped()) arm();
      });
  };
  const arm = (): void => {
    const steady = steadyNow(clock);
    const left = [...waiting.values()].map(({ due }) => due - steady);
    const { ms, look } = rhythm.next(clock.now(), left);
    cancel = clock.after(ms, look ? tick : arm);
  };
  const unwatch = rhythm.byClock
    ? undefined
    : place.watch?.(pattern, () => {
        if (current === undefined && !stopped()) tick();
      });
  if (rhythm.byClock) arm();
  else tick();
  return {
    stop: async () => {
      ended = true;
      unwatch?.();
      cancel();
      await current;
      await place.close();
    },
  };
}

/** Throws when the settings are wrong. */
function recordOptions({ settings, contract }: SourceContext): Reading["options"] {
  const format = choiceSetting(settings, "format", ["csv", "json", "jsonl", "lines", "xml", "blob"]) ?? "jsonl";
  if (format === "blob") {
    mostBytes(settings);
    return undefined;
  }
  return {
    format,
    items: textSetting(settings, "items"),
    delimiter: textSetting(settings, "delimiter") ?? ",",
    schema: contract,
    longest: numberSetting(settings, "max-record", 1024 * 1024),
  };
}

const reason = (error: unknown): string =>
  placeFailureOf(error)?.message ??
  (error instanceof Error && "code" in error ? String(error.code) : error instanceof Error ? error.message : "unknown");
