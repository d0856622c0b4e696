// What the record of a split message remembers of its items, so that what comes again comes only for those without an end.

import type { Envelope } from "../schema/envelope.ts";
import type { ItemsState, RetryState } from "../schema/outcome.ts";
import { fromRanges, toRanges } from "./item-ranges.ts";

export const itemsOf = (state: RetryState | undefined): ItemsState | undefined => state?.items;

/** Carried on in what is written next; its letters were written before. */
export function itemsIn(state: RetryState | undefined): { readonly items?: ItemsState } {
  if (state?.items === undefined) return {};
  const { letters, ...items } = state.items;
  return { items };
}

/** Those that have an end of their own; what is lost ends with the message. */
export function endedItems(envelope: Envelope, items: ItemsState | undefined): readonly string[] {
  const { delivered = [], dropped = [], dead = [] } = items ?? {};
  const all = [envelope.ended ?? [], delivered, dropped, dead];
  return toRanges(all.flatMap((ranges) => [...fromRanges(ranges)]));
}

/** Those that shall not run; of a message that is delivered once more, what it delivered before runs again. */
export function settledItems(envelope: Envelope, items: ItemsState | undefined, again = false): ReadonlySet<string> {
  if (items === undefined && envelope.ended === undefined) return none;
  const known = again ? { ...items, delivered: [] } : items;
  return new Set([...fromRanges(endedItems(envelope, known)), ...fromRanges(items?.lost)]);
}

const none: ReadonlySet<string> = new Set();
