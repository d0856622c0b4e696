// The cases of a source: what is put into the outside system comes to the ledger, once, whatever happens in between.

import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import type { Accepted, Incoming } from "../../../schema/connector.ts";
import { until } from "../../rig/wait.ts";
import { arrive, items, whileBroken } from "./items.ts";
import type { CaseName, ConnectorRig, Item, Scene, SourceSide } from "./rig.ts";
import type { Acting, Stage } from "./stage.ts";

export type Case = (stage: Stage, place: string, rig: ConnectorRig) => Promise<void>;

const sideOf = ({ outside }: Stage): SourceSide => {
  if (outside.source === undefined) throw new Error("the rig has no source");
  return outside.source;
};

const notNow: Accepted = { kind: "unavailable", reason: "the suite says so", retryAfterSeconds: 0.05 };

/** Under way beside the test: it is awaited in the end, and may have failed by then. */
function putting(stage: Stage, place: string, all: readonly Item[], scene: Scene): () => Promise<void> {
  const put = sideOf(stage).put(place, all, scene);
  put.catch(() => undefined);
  return () => put;
}

/** The outside world stays where it is when one worker ends and another begins. */
function worldOf(acting: Acting): { readonly scene: Scene; now: Acting } {
  const world = { now: acting, scene: { ...acting, httpPort: () => world.now.httpPort() } };
  return world;
}

/** Whatever the connector puts around it. */
const holds = ({ body }: Incoming, item: Item | undefined): boolean =>
  Buffer.from(body).includes(JSON.stringify(item?.id ?? ""));

const stored = (acting: Acting): number => acting.events.filter(({ kind }) => kind === "accepted").length;

export const sourceCases: Readonly<Record<CaseName, Case>> = {
  "open-close": async (stage, place) => {
    for (let round = 0; round < 3; round += 1) {
      await using acting = await stage.act([place]);
      await until("it runs", () => acting.worker.health().ready);
      await acting.worker.drain();
    }
    expect(stage.ledger.entries(place)).toEqual([]);
  },

  isolated: async (stage, place) => {
    const [one, other] = [place, `${place}-too`];
    await using acting = await stage.act([one, other]);
    const side = sideOf(stage);
    await Promise.all([side.put(one, items(one, 10), acting), side.put(other, items(other, 10), acting)]);
    await arrive(items(one, 10), () => stage.ledger.entries(one));
    await arrive(items(other, 10), () => stage.ledger.entries(other));
  },

  batches: async (stage, place) => {
    await using acting = await stage.act([place]);
    await sideOf(stage).put(place, items(place, 100), acting);
    await arrive(items(place, 100), () => stage.ledger.entries(place));
  },

  parallel: async (stage, place) => {
    await using acting = await stage.act([place]);
    const all = items(place, 40);
    await Promise.all([0, 10, 20, 30].map((from) => sideOf(stage).put(place, all.slice(from, from + 10), acting)));
    await arrive(all, () => stage.ledger.entries(place));
  },

  "back-pressure": async (stage, place, rig) => {
    const { inHand } = sideOf(stage);
    if (inHand === undefined) throw new Error(`say how many ${rig.name} has in hand`);
    await using acting = await stage.act([place]);
    const all = items(place, inHand + 20);
    let release = (): void => undefined;
    const released = new Promise<undefined>((resolve) => {
      release = () => resolve(undefined);
    });
    stage.gate.accept = () => released;
    const done = putting(stage, place, all, acting);
    // As many as it takes: then it takes no more.
    for (let before = 0; before === 0 || before < stage.gate.held.now; ) {
      before = stage.gate.held.now;
      await pause(100);
    }
    release();
    await done();
    await arrive(all, () => stage.ledger.entries(place));
    expect(stage.gate.held.most).toBeLessThanOrEqual(inHand);
  },

  "out-of-order": async (stage, place) => {
    const { inOrder } = sideOf(stage);
    const all = items(place, 10);
    // The third is not stored; what follows it is, unless the source hands over one after the other.
    const rest = all.filter(({ n }) => (inOrder === true ? n < 2 : n !== 2));
    const first = await stage.act([place]);
    const world = worldOf(first);
    let refused = 0;
    stage.gate.accept = async (message) => {
      if (!holds(message, all[2])) return undefined;
      refused += 1;
      return notNow;
    };
    const done = putting(stage, place, all, world.scene);
    await until("the others are stored", () => refused > 0 && stored(first) >= rest.length);
    await arrive(rest, () => stage.ledger.entries(place));
    await first[Symbol.asyncDispose]();
    await using again = await stage.act([place]);
    world.now = again;
    await done();
    await arrive(all, () => stage.ledger.entries(place));
  },

  reconnect: async (stage, place) => {
    const { outside } = stage;
    const side = sideOf(stage);
    const all = items(place, 20);
    await using acting = await stage.act([place]);
    await side.put(place, all.slice(0, 5), acting);
    await arrive(all.slice(0, 5), () => stage.ledger.entries(place));
    await whileBroken(outside, acting, "source", () => pause(100));
    await side.put(place, all.slice(5, 10), acting);
    await arrive(all.slice(0, 10), () => stage.ledger.entries(place));
    const done = putting(stage, place, all.slice(10), acting);
    await whileBroken(outside, acting, "source", async () => undefined);
    await done();
    await arrive(all, () => stage.ledger.entries(place));
  },

  "away-at-start": async (stage, place) => {
    await using nothing = await stage.act([]);
    let acting = nothing;
    await whileBroken(stage.outside, nothing, "source", async () => {
      acting = await stage.act([place]);
    });
    await using again = acting;
    await sideOf(stage).put(place, items(place, 5), again);
    await arrive(items(place, 5), () => stage.ledger.entries(place));
  },

  poison: async (stage, place, rig) => {
    const side = sideOf(stage);
    if (side.putPoison === undefined) throw new Error(`say what ${rig.name} cannot read`);
    await using acting = await stage.act([place]);
    const all = items(place, 6);
    await side.put(place, all.slice(0, 3), acting);
    await side.putPoison(place, acting);
    await side.put(place, all.slice(3), acting);
    await arrive(all, () => stage.ledger.entries(place));
    await until("it is told", () =>
      acting.events.some((event) => event.kind === "refused" && event.class === "invalid"),
    );
  },

  large: async (stage, place) => {
    await using acting = await stage.act([place]);
    const all = items(place, 3).map((item) => (item.n === 0 ? { ...item, text: "ö".repeat(300_000) } : item));
    await sideOf(stage).put(place, all, acting);
    await arrive(all, () => stage.ledger.entries(place));
  },

  drain: async (stage, place) => {
    const all = items(place, 30);
    const first = await stage.act([place]);
    const world = worldOf(first);
    let release = (): void => undefined;
    const draining = new Promise<undefined>((resolve) => {
      release = () => resolve(undefined);
    });
    stage.gate.accept = () => draining;
    const done = putting(stage, place, all, world.scene);
    await until("some are in hand", () => stage.gate.held.now > 0);
    const drained = first.worker.drain();
    release();
    await drained;
    expect(stage.gate.held.now).toBe(0);
    await first[Symbol.asyncDispose]();
    await using again = await stage.act([place]);
    world.now = again;
    await done();
    await arrive(all, () => stage.ledger.entries(place));
  },
};
