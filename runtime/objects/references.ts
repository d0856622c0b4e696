// Which contents messages refer to, wherever they may lie: in the intake, its archive, parked, dead. A message moves by
// being written to its new place before it goes from its old one, so whoever looks through one place after the other can
// miss it; looked through again from where they ended, until nothing new turns up, they show it all the same.

import * as address from "../../schema/address.ts";
import type { Bundle } from "../../schema/bundle.ts";
import { header } from "../../schema/envelope.ts";
import { readReference } from "../content/reference.ts";
import type { Context } from "../context.ts";
import { readPage } from "../direct-page.ts";
import { streamFacts } from "../stream-api.ts";

export interface References {
  /**
   * Those of `names` that no message refers to; undefined when that cannot be told now. What messages that stay until
   * they are trimmed refer to is remembered from one call to the next.
   */
  unreferenced(names: ReadonlySet<string>, signal: AbortSignal): Promise<ReadonlySet<string> | undefined>;
  /** Sequence of the last message in the intake that refers to it; undefined: none that is known. */
  inIntake(name: string): number | undefined;
}

interface Place {
  readonly stream: string;
  readonly filter: string;
}

/** Stays until it is trimmed from its beginning. */
interface Lasting extends Place {
  /** Everything up to here has been looked at. */
  upTo: number;
  created: string;
  /** By name, the sequence of the last message that refers to it. */
  readonly found: Map<string, number>;
}

export type Around = Pick<Context, "link" | "clock" | "integration">;

const pageBytes = 4 * 1024 * 1024;
const pageMessages = 256;

/** Rounds that bring nothing about what is asked for: a message would have to move more than once in each of them. */
const calm = 3;
const mostRounds = 50;

export function references(around: Around, bundle: () => Bundle): References {
  const { link, integration } = around;
  const intake = lasting(address.intakeStream(integration), address.intakeFilter(integration));
  const archive = lasting(address.archiveStream(integration), address.intakeFilter(integration));
  const passing: readonly Place[] = [
    { stream: address.retryStream(integration), filter: address.scheduleSubject(integration, "*", "*") },
    { stream: address.retryStream(integration), filter: address.dueSubject(integration, "*", "*") },
    { stream: address.deadStream, filter: address.deadFilter(integration) },
  ];

  /** What is new there, and what has gone. False when it cannot be told. */
  const follow = async (place: Lasting, signal: AbortSignal): Promise<boolean> => {
    const facts = await streamFacts(link.requests, place.stream);
    if (facts === undefined || facts.moving) return false;
    if (facts.created !== place.created) Object.assign(place, { upTo: 0, created: facts.created }).found.clear();
    for (const [name, sequence] of place.found) if (sequence < facts.firstSequence) place.found.delete(name);
    const from = Math.max(place.upTo + 1, facts.firstSequence);
    let seen = from - 1;
    const looked = await look(around, place, from, facts.lastSequence, signal, (at, name) => {
      seen = at;
      if (name === undefined) return;
      // Behind those that it was known by: the newest stays longest.
      place.found.delete(name);
      place.found.set(name, at);
    });
    // No further than what has come: whoever answers may be behind, and say that there is no more.
    if (looked) place.upTo = seen;
    return looked;
  };
  const follows = async (places: readonly Lasting[], signal: AbortSignal): Promise<boolean> => {
    for (const place of places) if (!(await follow(place, signal))) return false;
    return true;
  };

  return {
    inIntake: (name) => intake.found.get(name),
    unreferenced: async (names, signal) => {
      const stays = bundle().archive === undefined ? [intake] : [intake, archive];
      const left = new Set(names);
      const upTo = passing.map(() => 0);
      let quiet = 0;
      for (let round = 0; round < mostRounds; round += 1) {
        const before = left.size;
        if (!(await follows(stays, signal))) return undefined;
        for (const { found } of stays) for (const name of found.keys()) left.delete(name);
        let news = false;
        for (const [index, place] of passing.entries()) {
          if (left.size === 0) return left;
          const facts = await streamFacts(link.requests, place.stream);
          if (facts === undefined || facts.moving) return undefined;
          const from = Math.max((upTo[index] ?? 0) + 1, facts.firstSequence);
          if (from > facts.lastSequence) continue;
          news = true;
          const looked = await look(around, place, from, facts.lastSequence, signal, (_at, name) => {
            if (name !== undefined) left.delete(name);
          });
          if (!looked) return undefined;
          upTo[index] = facts.lastSequence;
        }
        quiet = left.size === before ? quiet + 1 : 0;
        if (round > 0 && (!news || quiet >= calm)) return left;
      }
      return undefined;
    },
  };
}

const lasting = (stream: string, filter: string): Lasting => ({
  stream,
  filter,
  upTo: 0,
  created: "",
  found: new Map(),
});

/** False when the stream cannot be read. */
async function look(
  { link, clock }: Around,
  { stream, filter }: Place,
  from: number,
  to: number,
  signal: AbortSignal,
  tell: (sequence: number, name: string | undefined) => void,
): Promise<boolean> {
  for (let next: number | undefined = from; next !== undefined && next <= to; ) {
    if (signal.aborted) return false;
    const query = { seq: next, next_by_subj: filter, batch: pageMessages, max_bytes: pageBytes };
    const page = await readPage(link, clock, stream, query, ({ headers, sequence }) => {
      const reference = readReference(headers.get(header.content));
      tell(sequence, reference?.at === "object" ? reference.name : undefined);
    });
    if (page === undefined) return false;
    next = page.next;
  }
  return true;
}
