// Keeps a tenant's integrations as its deployment records say: reads them, listens for changes, and brings each
// integration to what its records want.

import * as address from "../schema/address.ts";
import { noHistory, readOn } from "./deployment-history.ts";
import { readDeployed } from "./deployment-log.ts";
import { bring, type Place, type PlaceOptions, placeOf, type Refused } from "./deployment-place.ts";
import { reasonOf } from "./start-failure.ts";

export interface FollowOptions extends PlaceOptions {
  /** From 0 inclusive to 1 exclusive. */
  readonly random: () => number;
  /** A change whose announcement was lost is found after this time; 30 s unless told. */
  readonly rereadMs?: number;
}

export interface Followed {
  /** Undefined: the records have not been read yet. */
  readonly deployed: number | undefined;
  /** Once all that is deployed ran here. */
  readonly complete: boolean;
  /** Integrations of which something runs here. */
  readonly running: number;
  readonly refused: readonly (Refused & { readonly integration: string })[];
}

export interface Follower {
  /** Resolves when what was deployed at the start runs or is refused, or when that could not be read. */
  readonly started: Promise<void>;
  now(): Followed;
  /** What runs goes on. */
  close(): void;
}

type Extent = "new" | "all";

/** Every so many re-reads everything is read, not only what is new: a bucket may have been made anew. */
const wholeEvery = 20;
/** Announcements in a row are one read. */
const gatherMs = 20;
const retryMs = 1_000;
const mostMissed = 1_000;

export function follow(options: FollowOptions): Follower {
  const { link, clock, log, rereadMs = 30_000 } = options;
  const places = new Map<string, Place>();
  let last = 0;
  let found: "unread" | "absent" | "there" = "unread";
  let complaint = "";
  let rounds = 0;
  /** Reads that were begun, and which of them the last good one was. */
  let begun = 0;
  let good = 0;
  /** Bundles that messages were accepted by and that are not here: which read was begun when that was first noticed. */
  const missed = new Map<string, number>();
  let complete = false;
  let closed = false;
  let timer: { readonly cancel: () => void; readonly soon: boolean; readonly extent: Extent } | undefined;
  let reading: Promise<void> | undefined;
  let asked: Extent | undefined;

  const at = (name: string): Place => {
    const place = places.get(name) ?? placeOf(name);
    places.set(name, place);
    return place;
  };
  /** False when it has to be tried again soon. */
  const read = async (extent: Extent): Promise<boolean> => {
    const whole = extent === "all" || found !== "there";
    const mine = ++begun;
    const result = await readDeployed(link.connection, whole ? 1 : last + 1);
    if (result.kind === "unavailable") {
      if (complaint !== result.reason) log.warn({ reason: result.reason }, "what is deployed cannot be read");
      complaint = result.reason;
      return false;
    }
    complaint = "";
    good = mine;
    const written = result.kind === "read" ? result.written : [];
    found = result.kind === "absent" ? "absent" : "there";
    if (whole) for (const { integration } of written) at(integration).history = noHistory;
    for (const each of written) at(each.integration).history = readOn(at(each.integration).history, each, options);
    last = written.at(-1)?.sequence ?? (whole ? 0 : last);
    return true;
  };
  const work = async (): Promise<void> => {
    for (let extent = asked; extent !== undefined && !closed; extent = asked) {
      asked = undefined;
      if (!(await read(extent))) return wake(retryMs, extent);
      if (closed) return;
      setPace(options, [...places.values()]);
      for (const place of places.values()) touch(place);
      look();
    }
    rounds += 1;
    wake(rereadMs * (0.9 + 0.2 * options.random()), rounds % wholeEvery === 0 ? "all" : "new");
  };
  const ask = (extent: Extent): void => {
    if (closed) return;
    if (asked !== "all") asked = extent;
    reading ??= work()
      .catch((error: unknown) => {
        log.warn({ reason: reasonOf(error) }, "what is deployed cannot be followed");
        wake(retryMs, "all");
      })
      .finally(() => {
        reading = undefined;
        if (asked !== undefined) ask(asked);
      });
  };
  const wake = (ms: number, extent: Extent, soon = false): void => {
    timer?.cancel();
    timer = undefined;
    if (closed) return;
    const run = (): void => {
      timer = undefined;
      ask(extent);
    };
    timer = { cancel: clock.after(ms, run), soon, extent };
  };
  const touch = (place: Place): void => {
    place.again = true;
    place.working ??= settle(place).finally(() => {
      delete place.working;
      look();
    });
  };
  const look = (): void => {
    complete ||= [...places.values()].every(({ working, refused }) => working === undefined && refused === undefined);
  };
  const settle = async (place: Place): Promise<void> => {
    while (place.again && !closed) {
      place.again = false;
      await bring(options, place);
    }
  };
  /** It announces; what counts is what the bucket holds. */
  const hear = (integration: string, sequence: number): void => {
    if (places.get(integration)?.history.sequence === sequence) return;
    // A sequence from before is one of another bucket.
    soon(sequence > last ? "new" : "all");
  };
  const soon = (wanted: Extent): void => {
    const extent = timer?.extent === "all" ? "all" : wanted;
    if (timer?.soon !== true || extent !== timer.extent) wake(gatherMs, extent, true);
  };

  /** Another worker has heard of it before us: what is deployed is read again before anything is said to be unknown. */
  const awaits = (integration: string, bundle: string): boolean => {
    const since = missed.get(bundle);
    if (since === undefined) {
      if (missed.size >= mostMissed) missed.clear();
      missed.set(bundle, begun);
      soon("new");
      return true;
    }
    const { history, refused, working } = places.get(integration) ?? {};
    const { newest } = history ?? {};
    const isWanted = newest?.bundle === bundle || newest?.canary?.bundle === bundle;
    return good <= since || working !== undefined || (refused !== undefined && isWanted);
  };
  options.worker.awaiting(options.tenant, awaits);
  const prefix = address.deployedSubject("");
  const subscription = link.connection.subscribe(`${prefix}>`, {
    callback: (error, { subject, headers }) => {
      if (error !== null) return log.warn({ reason: reasonOf(error) }, "announcements cannot be heard");
      hear(subject.slice(prefix.length), Number(headers?.get("Nats-Sequence")));
    },
  });
  const forget = link.onReconnect(() => ask("all"));
  ask("all");
  const started = (async () => {
    await reading;
    await Promise.all([...places.values()].map(({ working }) => working));
  })();

  return {
    started,
    now: () => followed([...places.values()], found !== "unread", complete),
    close: () => {
      closed = true;
      timer?.cancel();
      forget();
      subscription.unsubscribe();
    },
  };
}

/** Each record bears the tenant's figure of its time: the newest one counts. */
function setPace({ worker, tenant }: FollowOptions, places: readonly Place[]): void {
  const [first, ...more] = places.flatMap(({ history: { newest } }) => (newest === undefined ? [] : [newest]));
  if (first === undefined) return;
  const latest = more.reduce((one, other) => (other.at > one.at ? other : one), first);
  worker.pace(tenant, latest.messagesPerSecond);
}

function followed(places: readonly Place[], read: boolean, complete: boolean): Followed {
  return {
    complete,
    deployed: read ? places.filter(({ history }) => !history.removed).length : undefined,
    running: places.filter(({ runs }) => runs !== undefined).length,
    refused: places.flatMap(({ name, refused }) =>
      refused === undefined ? [] : [{ integration: name, kind: refused.kind, reason: refused.reason }],
    ),
  };
}
