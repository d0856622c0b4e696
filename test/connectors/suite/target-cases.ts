// The cases of a target: what the ledger sends shows as an effect in the outside system, once where nothing was in doubt.

import { expect } from "vitest";
import { manifests } from "../../../connectors/all.ts";
import type { Manifest } from "../../../schema/connector.ts";
import type { DeadLetter, DeliveryResult, Outcome } from "../../../schema/outcome.ts";
import { until } from "../../rig/wait.ts";
import { arrive, items, whileBroken } from "./items.ts";
import type { CaseName, ConnectorRig, Item, TargetSide } from "./rig.ts";
import type { Case } from "./source-cases.ts";
import type { Acting, Stage } from "./stage.ts";

const sideOf = ({ outside }: Stage): TargetSide => {
  if (outside.target === undefined) throw new Error("the rig has no target");
  return outside.target;
};

const manifestOf = ({ connector }: ConnectorRig): NonNullable<Manifest["target"]> => {
  const target = manifests.find(({ name }) => name === connector)?.target;
  if (target === undefined) throw new Error(`${connector} has no target`);
  return target;
};

async function send({ ledger }: Stage, place: string, all: readonly Item[]): Promise<void> {
  const answers = await Promise.all(all.map((item) => ledger.send(place, item)));
  expect(answers.filter(({ kind }) => kind !== "stored")).toEqual([]);
}

async function startedWith(stage: Stage, places: readonly string[]): Promise<Acting> {
  const acting = await stage.act(places);
  for (const place of places) await sideOf(stage).prepare?.(place, acting);
  return acting;
}

const outcomes = ({ events }: Acting): readonly Outcome[] =>
  events.flatMap((event) => (event.kind === "outcome" ? [event.outcome] : []));

const letters = (acting: Acting): readonly DeadLetter[] =>
  outcomes(acting).flatMap((outcome) => (outcome.kind === "dead" ? [outcome.letter] : []));

/** So many a target is given at once, unless its manifest says otherwise. */
const usual = 64;

const stopped: DeliveryResult = { kind: "transient", failure: { class: "unavailable", message: "the suite stops it" } };

export const targetCases: Readonly<Record<CaseName, Case>> = {
  "open-close": async (stage, place) => {
    for (let round = 0; round < 3; round += 1) {
      await using acting = await startedWith(stage, [place]);
      await until("it runs", () => acting.worker.health().ready);
      await acting.worker.drain();
    }
    await using acting = await stage.act([place]);
    expect(await sideOf(stage).effects(place, acting)).toEqual([]);
  },

  isolated: async (stage, place) => {
    const [one, other] = [place, `${place}-too`];
    await using acting = await startedWith(stage, [one, other]);
    await Promise.all([send(stage, one, items(one, 10)), send(stage, other, items(other, 10))]);
    await arrive(items(one, 10), () => sideOf(stage).effects(one, acting));
    await arrive(items(other, 10), () => sideOf(stage).effects(other, acting));
  },

  batches: async (stage, place) => {
    await using acting = await startedWith(stage, [place]);
    await send(stage, place, items(place, 23));
    await arrive(items(place, 23), () => sideOf(stage).effects(place, acting));
    // What a list became is told when its answer is here, a moment after its effect.
    const told = (): number =>
      acting.events.reduce((sum, event) => (event.kind === "batch" ? sum + event.count : sum), 0);
    await until("every list is told of", () => told() >= 23);
    expect(told()).toBe(23);
  },

  parallel: async (stage, place) => {
    await using acting = await startedWith(stage, [place]);
    await send(stage, place, items(place, 100));
    await arrive(items(place, 100), () => sideOf(stage).effects(place, acting));
  },

  "back-pressure": async (stage, place, rig) => {
    const { inFlight = usual } = manifestOf(rig);
    await using acting = await startedWith(stage, [place]);
    let release = (): void => undefined;
    const released = new Promise<undefined>((resolve) => {
      release = () => resolve(undefined);
    });
    stage.gate.deliver = () => released;
    const all = items(place, inFlight + 20);
    await send(stage, place, all);
    await until("as many are in hand as may be", () => stage.gate.held.now >= inFlight);
    release();
    await arrive(all, () => sideOf(stage).effects(place, acting));
    expect(stage.gate.held.most).toBe(inFlight);
  },

  "out-of-order": async (stage, place) => {
    const all = items(place, 10);
    const [first, ...rest] = all;
    {
      await using acting = await startedWith(stage, [place]);
      stage.gate.deliver = ({ id, signal }) =>
        id === first?.id
          ? new Promise((resolve) => signal.addEventListener("abort", () => resolve(stopped), { once: true }))
          : Promise.resolve(undefined);
      await send(stage, place, all);
      await until("the others have their end", () => outcomes(acting).length >= rest.length);
      await arrive(rest, () => sideOf(stage).effects(place, acting));
    }
    await using again = await stage.act([place]);
    await arrive(all, () => sideOf(stage).effects(place, again));
  },

  reconnect: async (stage, place) => {
    const { outside } = stage;
    const all = items(place, 20);
    await using acting = await startedWith(stage, [place]);
    await send(stage, place, all.slice(0, 5));
    await arrive(all.slice(0, 5), () => sideOf(stage).effects(place, acting));
    await whileBroken(outside, acting, "target", async () => {
      await send(stage, place, all.slice(5));
      await until("it failed", () => outcomes(acting).some(({ kind }) => kind !== "delivered"));
    });
    // What was under way when the wire broke may have been done.
    await arrive(all, () => sideOf(stage).effects(place, acting), { repeats: true });
    expect(letters(acting)).toEqual([]);
  },

  "away-at-start": async (stage, place) => {
    const first = await startedWith(stage, [place]);
    let acting = first;
    await whileBroken(stage.outside, first, "target", async () => {
      await first[Symbol.asyncDispose]();
      acting = await stage.act([place]);
      await send(stage, place, items(place, 3));
      await until("it failed", () => outcomes(acting).some(({ kind }) => kind !== "delivered"));
    });
    await using again = acting;
    await arrive(items(place, 3), () => sideOf(stage).effects(place, again), { repeats: true });
    expect(letters(again)).toEqual([]);
  },

  poison: async (stage, place, rig) => {
    const { poison } = sideOf(stage);
    if (poison === undefined) throw new Error(`say what ${rig.name} refuses for good`);
    await using acting = await startedWith(stage, [place]);
    const all = items(place, 6);
    await send(stage, place, [...all.slice(0, 3), poison, ...all.slice(3)]);
    await until("it is dead", () => letters(acting).length > 0);
    await arrive(all, async () => (await sideOf(stage).effects(place, acting)).filter(({ id }) => id !== poison.id));
    const [letter, ...others] = letters(acting);
    expect(others).toEqual([]);
    expect(letter?.id).toBe(poison.id);
    // As its manifest says.
    const told = manifestOf(rig).errors.filter(({ result }) => result === "permanent");
    expect(told.map((error) => error.class)).toContain(letter?.failure.class);
  },

  large: async (stage, place) => {
    await using acting = await startedWith(stage, [place]);
    const all = items(place, 3).map((item) => (item.n === 0 ? { ...item, text: "ö".repeat(300_000) } : item));
    await send(stage, place, all);
    await arrive(all, () => sideOf(stage).effects(place, acting));
  },

  drain: async (stage, place) => {
    const all = items(place, 30);
    {
      await using acting = await startedWith(stage, [place]);
      let release = (): void => undefined;
      const draining = new Promise<undefined>((resolve) => {
        release = () => resolve(undefined);
      });
      stage.gate.deliver = () => draining;
      await send(stage, place, all);
      await until("some are in hand", () => stage.gate.held.now > 0);
      const drained = acting.worker.drain();
      release();
      await drained;
      expect(stage.gate.held.now).toBe(0);
    }
    await using again = await stage.act([place]);
    await arrive(all, () => sideOf(stage).effects(place, again));
  },
};
