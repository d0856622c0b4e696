// Moves of messages that were cut short, and that what is wanted now would not bring to an end: another name, another
// setting or a removal that came in between. Gone on with, messages would be left in a stream that nobody reads.

import * as address from "../schema/address.ts";
import { owned } from "../schema/topology.ts";
import { metadataOf } from "./jetstream-api.ts";
import { isTrial } from "./migrate/trial.ts";
import type { ObservedTenant } from "./observe.ts";
import { renamesOf } from "./renames.ts";
import { type WantedTenant, wantedStreams } from "./wanted.ts";

/** One line for each stream. Of a tenant of which nothing is wanted any more everything goes, halves as well. */
export function unfinished(wanted: WantedTenant, live: ObservedTenant): readonly string[] {
  if (wanted.deployments.length === 0) return [];
  const renames = renamesOf(wanted, live).streams;
  const stays = new Set([...wantedStreams(wanted).map(({ config }) => config.name), ...renames.values()]);
  const there = new Set([...live.streams, ...live.moving.values()].map(({ name }) => name));
  const known = new Set(live.deployments.map(({ integration }) => address.intakeStream(integration)));
  return live.streams.flatMap(({ name, config, unread }) => {
    const from = metadataOf(config)[owned.copyOf];
    // Whole, and yet nobody was ever told to read it: its record would have been the next thing that the apply writes.
    if (name.startsWith(address.intakeStream("")) && from === undefined && !known.has(name) && !stays.has(name)) {
      return unread === 0 ? [] : [half(`stream ${name} of tenant ${wanted.tenant} has ${unread} unread messages, and`)];
    }
    if (typeof from !== "string" || isTrial(config)) return [];
    const goesOn = renames.get(name) === from || (from === address.movingStream(name) && live.moving.has(name));
    const isWhole = !there.has(from) && stays.has(name);
    if (goesOn || isWhole) return [];
    return [half(`stream ${name} of tenant ${wanted.tenant} takes the messages of ${from}, and`)];
  });
}

const half = (what: string): string =>
  `${what} the apply that moves them there was cut short: apply the workspace as it was then, and what is wanted now after that`;
