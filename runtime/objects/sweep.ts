// Removes large contents that no message refers to any more. An object is there before its message is, so one that is
// young is left alone: its message may be on its way. Whatever dies in between leaves objects that nobody refers to, and
// nothing else; there is no end of theirs that an ack or a time to live could be trusted with.

import * as address from "../../schema/address.ts";
import type { Bundle } from "../../schema/bundle.ts";
import { isObjectName } from "../../schema/content.ts";
import type { Objects } from "../content/spool.ts";
import type { Context } from "../context.ts";
import { reasonOf } from "../start-failure.ts";
import { streamFacts } from "../stream-api.ts";
import { references } from "./references.ts";

export interface Sweeping {
  /**
   * In the intake, up to here history must go so that the store has room again; 0: nothing must. What a target has not
   * acknowledged stays all the same.
   */
  pressing(): number;
  stop(): void;
}

/** Share of a bucket of NATS that objects of the intake's history may fill. */
const share = 0.7;

/** So much sooner the next round comes when room is wanted. */
const hurry = 60;

/** A look that comes sooner than this part of the usual time after the one before is none of its own. */
const settle = 10;

interface Found {
  readonly name: string;
  readonly size: number;
}

export function keepSweeping(context: Context, bundle: () => Bundle): Sweeping {
  const { clock, limits, log, link, random } = context;
  const stopping = new AbortController();
  const { signal } = stopping;
  const known = references(context, bundle);
  /** To these a message once referred: their uploads are over, however young they are. */
  let referred: ReadonlySet<string> = new Set();
  /** To these none did when it was last looked, nor before, since that time. */
  let doubtful: ReadonlyMap<string, number> = new Map();
  let pressure = ease;
  let pressed = false;
  let sweeping = false;
  let cancel: () => void = () => undefined;
  let said: string | undefined;

  const round = async ({ store, name }: Objects): Promise<void> => {
    const all: Found[] = [];
    const old = new Set<string>();
    const now = clock.now();
    for await (const each of store.list(signal)) {
      // Others may keep files at that place.
      if (!isObjectName(each.name)) continue;
      all.push(each);
      if (clock.now() - each.storedAt > limits.objectGraceMs || referred.has(each.name)) old.add(each.name);
    }
    const names = new Set(all.map((each) => each.name));
    // Of the young ones it is only asked whether anybody refers to them by now.
    const none = names.size === 0 ? names : await known.unreferenced(names, signal);
    if (none === undefined) throw new Error("what messages refer to cannot be told now");
    // What is gone cannot be brought back: two looks must say the same, some time apart, since an upload that took long
    // may be old from its first moment on, and its message about to be stored.
    const doubtfulFor = (name: string): number => now - (doubtful.get(name) ?? Number.POSITIVE_INFINITY);
    const apart = (name: string): number => (referred.has(name) ? 0 : limits.sweepMs / settle);
    const goes = [...none].filter((each) => old.has(each) && doubtfulFor(each) >= apart(each));
    doubtful = new Map([...none].map((each) => [each, Math.min(doubtful.get(each) ?? now, now)]));
    let removed = 0;
    for (const each of goes) {
      if (signal.aborted) break;
      await store.remove(each);
      removed += 1;
    }
    if (removed > 0) log.info({ store: name, objects: removed }, "contents that no message refers to were removed");
    const was = referred;
    referred = new Set(all.flatMap((each) => (none.has(each.name) && !was.has(each.name) ? [] : [each.name])));
    pressure = await pressureOf(
      context,
      name,
      all.filter((each) => !none.has(each.name)),
      known.inIntake,
    );
  };
  const safely = async (): Promise<void> => {
    const now = context.objects.current();
    if (now === undefined || !link.connected()) return;
    pressed = false;
    try {
      await round(now);
      said = undefined;
    } catch (error) {
      const reason = reasonOf(error);
      if (!signal.aborted && reason !== said)
        log.warn({ store: now.name, reason }, "large contents are not looked through");
      said = reason;
    }
  };
  const later = (): void => {
    const hurried = pressure.tight ? limits.sweepMs / hurry : limits.sweepMs;
    // Several workers do the same: not at the same time. Where there is nothing to sweep, nothing is drawn either: who
    // plays a case with a seed finds what it found before.
    const share = context.objects.current() === undefined ? 1 : 0.5 + random();
    cancel = clock.after(hurried * share, () => void work(), "tick");
  };
  const work = async (): Promise<void> => {
    sweeping = true;
    await safely();
    sweeping = false;
    if (signal.aborted) return;
    if (pressed) void work();
    else later();
  };
  later();
  // There was no room for an object: what can go shall go soon.
  context.objects.onFull(() => {
    pressed = true;
    if (sweeping || signal.aborted) return;
    cancel();
    void work();
  });
  return {
    pressing: () => pressure.upTo,
    stop: () => {
      stopping.abort();
      cancel();
    },
  };
}

interface Pressure {
  /** More than its share of the bucket is taken. */
  readonly tight: boolean;
  /** Sequence up to which the history must go: the oldest first, and as much as is too much. */
  readonly upTo: number;
}

const ease: Pressure = { tight: false, upTo: 0 };

async function pressureOf(
  { link, integration }: Pick<Context, "link" | "integration">,
  store: string,
  referred: readonly Found[],
  inIntake: (name: string) => number | undefined,
): Promise<Pressure> {
  if (store !== "nats") return ease;
  const facts = await streamFacts(link.requests, address.objectStream(integration));
  if (facts === undefined || facts.maxBytes <= 0) return ease;
  let over = facts.bytes - share * facts.maxBytes;
  if (over <= 0) return ease;
  const oldest = referred
    .flatMap(({ name, size }) => {
      const sequence = inIntake(name);
      return sequence === undefined ? [] : [{ sequence, size }];
    })
    .sort((a, b) => a.sequence - b.sequence);
  for (const { sequence, size } of oldest) {
    over -= size;
    if (over <= 0) return { tight: true, upTo: sequence };
  }
  return { tight: true, upTo: oldest.at(-1)?.sequence ?? 0 };
}
