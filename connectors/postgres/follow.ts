// A source at work: changes in the order of their commits, rows of the snapshot between them, and the server told how far
// all of it has been stored.

import type { Client } from "pg";
import { type SourceContext, sourceFailureOf } from "../../schema/connector.ts";
import { currentSnapshot, type Server, sees, type Table } from "./catalog.ts";
import { openClient, type PostgresAddress } from "./connection.ts";
import { disconnected, failureOf } from "./halt.ts";
import { createStore, stopped } from "./hand-over.ts";
import type { Lsn } from "./lsn.ts";
import { idBase, type Place, placeJson, placeKey, type TableSnapshot } from "./place.ts";
import { requested } from "./prepare.ts";
import { preparePublication, type Site } from "./slot.ts";
import { watchSlot } from "./slot-lag.ts";
import { createSnapshots } from "./snapshots.ts";
import { type ChangeStream, end } from "./stream.ts";
import { createTransactions } from "./transactions.ts";

export interface Following {
  /** Resolves when all that was in hand is stored and told to the server, or cannot be. */
  stop(): Promise<void>;
}

export interface FollowOptions {
  readonly context: SourceContext;
  readonly address: PostgresAddress;
  /** Its answers are texts. */
  readonly client: Client;
  readonly stream: ChangeStream;
  readonly server: Server;
  readonly site: Site;
  readonly place: Place;
  readonly tables: readonly Table[];
  readonly truncate: "halt" | "ignore";
}

/** How often position and snapshot are written down, and the server is told. */
const saveMs = 1_000;
/** How often it is asked how much of the log the slot holds back, and whether somebody wants a new snapshot. */
const lookMs = 10_000;

/** What is true once all messages before it are stored. */
interface Mark {
  readonly position: Lsn;
  readonly tables: ReadonlyMap<string, TableSnapshot>;
}

export function follow(options: FollowOptions): Following {
  const { context, client, stream, place, tables, truncate } = options;
  const { clock, state } = context;
  const base = idBase(place, context.name);
  let current: Mark = { position: place.position, tables: place.tables };
  let saved = current;
  let stopping = false;
  let told = false;
  const store = createStore<Mark>(context, current, stream.wake);
  const snapshots = createSnapshots({
    context,
    open: () => openClient(options.address, { asText: true }),
    tables,
    slot: place.slot,
    version: options.server.version,
    base,
    unseen: place.unseen,
    check: () => published(options.site),
    wake: stream.wake,
  });
  const reached = (mark: Mark): void => {
    current = mark;
    store.reached(mark);
  };
  const transactions = createTransactions({
    context,
    client,
    tables,
    truncate,
    base,
    snapshots,
    put: store.put,
    reached: (position, chunk) =>
      reached({
        position,
        tables: chunk === undefined ? current.tables : new Map([...current.tables, [chunk.table, chunk.next]]),
      }),
    stopping: () => stopping,
  });

  const save = async (): Promise<void> => {
    const mark = store.stored();
    if (mark === saved) return;
    if (snapshots.active()) {
      const snapshot = await currentSnapshot(client);
      snapshots.forget((xid) => sees(snapshot, xid));
    }
    await state.put(placeKey, placeJson({ ...place, ...mark, unseen: snapshots.unseen() }));
    saved = mark;
    stream.confirm(mark.position);
  };

  const fail = (error: unknown): void => {
    if (told || stopping || error === stopped) return;
    told = true;
    context.fail(sourceFailureOf(error) ?? failureOf(error, context));
  };

  const work = async (): Promise<void> => {
    while (!stopping) {
      const failure = store.failure();
      if (failure !== undefined) throw failure;
      snapshots.check();
      if (!transactions.open()) snapshots.start(current.tables);
      const frame = stream.take();
      if (frame === undefined) {
        store.nudge();
        await stream.arrived();
      } else if (frame.kind !== "alive") await transactions.take(frame);
      else if (!transactions.open() && frame.end > current.position) reached({ ...current, position: frame.end });
    }
  };

  /** Until the source stops. What it gives back resolves when the one under way has ended. */
  const every = (ms: number, run: () => Promise<void>): (() => Promise<void>) => {
    let running: Promise<void> = Promise.resolve();
    let cancel: () => void = () => undefined;
    const later = (): void => {
      cancel = clock.after(ms, () => {
        running = run()
          .catch(fail)
          .then(() => {
            if (!stopping) later();
          });
      });
    };
    later();
    return () => {
      cancel();
      return running;
    };
  };
  const lag = watchSlot(context, client, place.slot);
  const working = work().catch(fail);
  const endSaving = every(saveMs, save);
  const endLooking = every(lookMs, () => look(options).then(lag));

  return {
    stop: async () => {
      stopping = true;
      stream.wake();
      const saving = endSaving();
      // What it asks is not waited for: it ends with its connection.
      void endLooking();
      await working;
      await saving;
      await store.drained().catch(() => undefined);
      await save().catch(() => undefined);
      await snapshots.close();
      await Promise.all([stream.close(), end(client, clock)]);
    },
  };
}

/** Whether somebody wants a new snapshot, and whether all tables are still sent. */
async function look({ context, place, site }: FollowOptions): Promise<void> {
  const request = await requested(context);
  if (request !== undefined && request !== place.request) throw disconnected("a new snapshot was asked for");
  await published(site);
}

/** Of a table that is called otherwise by now, or was taken out, no more changes would come. */
const published = (site: Site): Promise<unknown> =>
  preparePublication(site, new Set(site.tables.map(({ text }) => text)));
