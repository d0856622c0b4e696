// Where an integration's large contents lie: a bucket of NATS, or what a connection of the tenant leads to. New ones go
// where the newest bundle says; those that lie elsewhere are read for as long as this worker knows the way.

import { canonical } from "../../schema/canonical.ts";
import type { Connector, OpenObjects } from "../../schema/connector.ts";
import { contentFaultOf, type ObjectStore } from "../../schema/content.ts";
import type { Objects } from "../content/spool.ts";
import type { Context } from "../context.ts";
import type { Program } from "../program.ts";
import { reasonOf, startFailure } from "../start-failure.ts";
import { natsObjects } from "./nats-store.ts";

export interface ObjectPlaces {
  /** Where contents go that chunks do not carry; undefined: none are taken in. */
  current(): Objects | undefined;
  /** By the name that a message gives it. */
  named(store: string): ObjectStore | undefined;
  /** As the bundle says, from now on. Throws a StartFailure and changes nothing. */
  use(program: Program): Promise<void>;
  /** To be told when there was no room for an object. */
  onFull(run: () => void): void;
  close(): Promise<void>;
}

type Around = Pick<Context, "tenant" | "integration" | "link" | "clock" | "log" | "mask">;

interface Place extends Objects {
  readonly key: string;
  close(): Promise<void>;
}

/** Places of before that stay open: what is being read there is read to its end. */
const kept = 3;

export function objectPlaces(around: Around, connectors: Readonly<Record<string, Connector>>): ObjectPlaces {
  let newestFirst: readonly Place[] = [];
  let taking = false;
  let full: () => void = () => undefined;
  const nats: Place = {
    name: "nats",
    key: "nats",
    store: telling(natsObjects(around), () => full()),
    close: () => Promise.resolve(),
  };
  return {
    current: () => (taking ? newestFirst[0] : undefined),
    named: (store) =>
      newestFirst.find(({ name }) => name === store)?.store ?? (store === nats.name ? nats.store : undefined),
    use: async (program) => {
      const wanted = program.bundle.objects;
      if (wanted !== undefined) {
        const same = newestFirst.find(({ key }) => key === keyOf(program));
        const place = "connector" in wanted ? (same ?? (await open(around, connectors, program, () => full()))) : nats;
        const all = [place, ...newestFirst.filter((other) => other !== place)];
        newestFirst = all.slice(0, kept);
        for (const old of all.slice(kept)) await old.close();
      }
      taking = wanted !== undefined;
    },
    onFull: (run) => {
      full = run;
    },
    close: async () => {
      for (const place of newestFirst) await place.close().catch(() => undefined);
    },
  };
}

const settingsOf = ({ code, env }: Program) => code.objects?.settings(env) ?? {};

const keyOf = (program: Program): string => `${program.bundle.objects?.store} ${canonical(settingsOf(program))}`;

async function open(
  { tenant, integration, clock, log, mask }: Around,
  connectors: Readonly<Record<string, Connector>>,
  program: Program,
  full: () => void,
): Promise<Place> {
  const { objects } = program.bundle;
  const kind = objects !== undefined && "connector" in objects ? objects.connector : "";
  const where = `${tenant}/${integration}: objects`;
  const connector = Object.hasOwn(connectors, kind) ? connectors[kind] : undefined;
  if (connector?.openObjects === undefined)
    throw startFailure("incomplete", `${where}: no connector ${kind} is built in`);
  try {
    const settings = settingsOf(program);
    const opened: OpenObjects = await connector.openObjects({ tenant, integration, settings, clock, log });
    return {
      name: objects?.store ?? "",
      key: keyOf(program),
      store: telling(opened, full),
      close: () => opened.close(),
    };
  } catch (error) {
    throw startFailure("refused", mask(`${where} cannot be opened: ${reasonOf(error)}`));
  }
}

function telling(store: ObjectStore, full: () => void): ObjectStore {
  return {
    ...store,
    put: async (name, bytes, signal) => {
      try {
        await store.put(name, bytes, signal);
      } catch (error) {
        if (contentFaultOf(error) === "full") full();
        throw error;
      }
    },
  };
}
