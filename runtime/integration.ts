// One running integration: its sources in front of the intake, its targets behind it, and the bundles between them,
// which can be exchanged while messages pass.

import { batchHeld, batchLanes } from "../schema/batching.ts";
import type { Bundle, BundleTarget } from "../schema/bundle.ts";
import type { Connector } from "../schema/connector.ts";
import type { Envelope } from "../schema/envelope.ts";
import { type Canary, sameRollout } from "../schema/rollout.ts";
import { accept, createDoor } from "./accept.ts";
import { acceptAll } from "./accept-all.ts";
import type { BreakerState } from "./breaker.ts";
import { within } from "./clock.ts";
import type { Context } from "./context.ts";
import { openEditions } from "./editions.ts";
import { startEphemeralTarget } from "./ephemeral/target.ts";
import { type IntegrationFigures, readFigures } from "./figures.ts";
import { keepSweeping } from "./objects/sweep.ts";
import type { Program } from "./program.ts";
import { reply } from "./reply.ts";
import { type RollingOut, rollOut } from "./rollout/roll-out.ts";
import { takenBy } from "./rollout/share.ts";
import { planSources, type Source, type SourcePlan } from "./source.ts";
import { reasonOf } from "./start-failure.ts";
import type { SourceHealth } from "./supervise.ts";
import { startTarget, type TargetLine } from "./target.ts";
import { keepTrimming } from "./trim.ts";

export interface RunningIntegration {
  readonly tenant: string;
  readonly integration: string;
  program(): Program;
  /** Throws a StartFailure; the bundle before goes on then. */
  swap(program: Program): Promise<void>;
  /** What runs beside the stable bundle, in place of another; undefined: nothing. It may end by itself. */
  rollOut(rollout: Rollout | undefined): Promise<void>;
  /** This very canary has taken the stable bundle's place here. */
  hasPromoted(canary: Canary): boolean;
  stopSources(): Promise<void>;
  stopPulling(): Promise<void>;
  /** Resolves when no message is in hand. */
  idle(): Promise<void>;
  /** Breaks off attempts under way. */
  abort(): void;
  handBack(): void;
  close(): Promise<void>;
  /** Messages in hand by target. */
  inFlight(): Readonly<Record<string, number>>;
  /** Circuit breakers by target. */
  breakers(): Readonly<Record<string, BreakerState>>;
  /** Sources by name, whether or not they run. */
  sources(): Readonly<Record<string, SourceHealth>>;
  figures(): Promise<IntegrationFigures>;
  /** What is not running yet, or no more: `source orders`, `target crm`. */
  missing(): readonly string[];
}

export interface Rollout {
  readonly canary: Canary;
  /** Or why it cannot be started here. */
  readonly program: Program | string;
  /** Changes of the integration, one after the other. */
  inTurn(change: () => Promise<void>): Promise<void>;
}

/** Messages that a target has in hand at most. */
function inFlightOf(
  { limits }: Context,
  connectors: Readonly<Record<string, Connector>>,
  target: BundleTarget | undefined,
): number {
  if (target?.batch !== undefined) return batchHeld(target.batch.count, batchLanes(target));
  return connectors[target?.connector ?? ""]?.manifest.target?.inFlight ?? limits.inFlight;
}

/** Where many are under way at once they are quick: what lies ready does not wait long. */
const aheadOf = (inFlight: number): number => (inFlight >= 128 ? inFlight / 2 : 0);

/** Throws a StartFailure and leaves nothing behind. */
export async function startIntegration(
  context: Context,
  connectors: Readonly<Record<string, Connector>>,
  first: Program,
): Promise<RunningIntegration> {
  const { objects } = context;
  await objects.use(first);
  const editions = await openEditions(context, connectors, first);
  const bundle = (): Bundle => editions.current().bundle;
  const sweeping = keepSweeping(context, bundle);
  const trimming = keepTrimming(context, bundle, sweeping.pressing);
  const door = createDoor(context, trimming.stored);
  const sources = new Map<string, Source>();
  const targets = new Map<string, TargetLine>();
  /** Pull no more, and have something in hand. */
  const leaving = new Set<TargetLine>();
  let stopped = false;

  const waiting = { callers: 0 };
  const plan = (program: Program): readonly SourcePlan[] =>
    planSources(context, connectors, program, {
      accept: (source, message) => accept(context, editions.current(), source, door, message),
      acceptAll: (sender, messages) => acceptAll(context, editions.current, sender, door, messages),
      answer: (source, message, signal) => reply(context, editions, source, door, waiting, message, signal),
    });
  const startTargets = (program: Program): void => {
    if (program.bundle.paused) return;
    for (const name of Object.keys(program.bundle.targets)) {
      const described = program.bundle.targets[name];
      // What is sent in lists is limited list by list.
      const limit = described?.batch === undefined ? described?.limit : undefined;
      const running = targets.get(name);
      if (running !== undefined) {
        running.limit(limit);
        continue;
      }
      const inFlight = inFlightOf(context, connectors, described);
      const lease = (envelope: Envelope) => editions.lease(name, envelope);
      const { partitions = 0 } = program.bundle.order ?? {};
      const ahead = limit === undefined && described?.batch === undefined ? aheadOf(inFlight) : 0;
      const ephemeral = program.bundle.transport === "ephemeral";
      const options = { name, inFlight, limit, lease };
      targets.set(
        name,
        ephemeral ? startEphemeralTarget(context, options) : startTarget(context, { ...options, ahead, partitions }),
      );
    }
  };
  const stopTarget = async (target: TargetLine): Promise<void> => {
    await target.stop();
    // What takes longer is finished all the same: given back, it would be run a second time beside itself.
    leaving.add(target);
    const idle = target.idle().then(() => leaving.delete(target));
    await within(context.clock, context.limits.drainMs, idle, undefined);
  };
  const stopTargets = async (wanted: (name: string) => boolean): Promise<void> => {
    for (const [name, target] of [...targets]) {
      if (wanted(name)) continue;
      await stopTarget(target);
      targets.delete(name);
    }
  };
  /** Nothing keeps what comes while nobody listens, and the other targets are listened for: the next one listens first. */
  const replaceListeners = async (program: Program, fits: (name: string) => boolean): Promise<void> => {
    if (program.bundle.transport !== "ephemeral" || program.bundle.paused) return;
    const unfit = [...targets].filter(
      ([name, { transport }]) =>
        transport === "ephemeral" && Object.hasOwn(program.bundle.targets, name) && !fits(name),
    );
    for (const [name, target] of unfit) {
      targets.delete(name);
      // From here on the end of the worker waits for it here.
      leaving.add(target);
    }
    startTargets(program);
    await Promise.all(unfit.map(([, target]) => stopTarget(target)));
  };
  const changeSources = async (plans: readonly SourcePlan[]): Promise<void> => {
    const before = [...sources.values()];
    const kept = (source: Source) => plans.some(({ name, key }) => name === source.name && key === source.key);
    for (const source of before.filter((running) => !kept(running))) {
      sources.delete(source.name);
      await source.running.stop();
    }
    for (const planned of plans.filter(({ name }) => !sources.has(name))) {
      sources.set(planned.name, await planned.start());
    }
  };
  const stopSources = async (): Promise<void> => {
    const running = [...sources.values()];
    sources.clear();
    await Promise.all(
      running.map((source) =>
        source.running.stop().catch((error: unknown) => {
          context.log.warn({ source: source.name, error: reasonOf(error) }, "a source did not stop in order");
        }),
      ),
    );
  };

  const swap = async (program: Program): Promise<void> => {
    const before = editions.current();
    const plans = plan(program);
    await objects.use(program);
    await editions.add(program);
    try {
      await changeSources(plans);
    } catch (error) {
      await objects.use(before);
      await editions.add(before);
      await changeSources(plan(before));
      await editions.retire();
      throw error;
    }
    const fits = (name: string): boolean => {
      const running = targets.get(name);
      // With or without order it pulls from other consumers, and a batch needs more messages in hand.
      return (
        running?.transport === program.bundle.transport &&
        running?.partitions === (program.bundle.order?.partitions ?? 0) &&
        running.inFlight === inFlightOf(context, connectors, program.bundle.targets[name])
      );
    };
    await replaceListeners(program, fits);
    await stopTargets(fits);
    startTargets(program);
    await stopTargets((name) => !program.bundle.paused && Object.hasOwn(program.bundle.targets, name));
    await editions.retire();
  };
  let rolling: RollingOut | undefined;
  const beginRollout = ({ canary, program, inTurn }: Rollout): RollingOut => {
    const loaded = typeof program === "string" ? undefined : program;
    const mine: RollingOut = rollOut(
      context,
      canary,
      {
        start: async () => {
          const takes = takenBy(canary, editions.current());
          if (loaded !== undefined) await editions.try({ program: loaded, takes });
        },
        stop: () => editions.try(undefined),
        promote: () =>
          inTurn(async () => {
            // What was decided while it ends is for those that go on.
            if (loaded === undefined || rolling !== mine || stopped) return;
            await swap(loaded);
            await editions.try(undefined);
          }),
      },
      typeof program === "string" ? program : undefined,
    );
    return mine;
  };

  try {
    const plans = plan(first);
    startTargets(first);
    await changeSources(plans);
  } catch (error) {
    await stopSources();
    await stopTargets(() => false);
    await editions.close();
    door.committer.close();
    trimming.stop();
    sweeping.stop();
    await objects.close();
    throw error;
  }

  return {
    tenant: context.tenant,
    integration: context.integration,
    program: editions.current,
    swap,
    rollOut: async (rollout) => {
      const before = rolling;
      rolling = undefined;
      await before?.end();
      await editions.try(undefined);
      if (rollout !== undefined) rolling = beginRollout(rollout);
    },
    hasPromoted: (canary) =>
      rolling !== undefined && sameRollout(rolling.canary, canary) && rolling.decision()?.kind === "promoted",
    stopSources,
    stopPulling: async () => {
      stopped = true;
      trimming.stop();
      sweeping.stop();
      await Promise.all([...targets.values()].map((target) => target.stop()));
    },
    idle: async () => {
      await Promise.all([...targets.values(), ...leaving].map((target) => target.idle()));
    },
    abort: () => context.attempts.abort("the worker stops"),
    handBack: () => {
      for (const target of [...targets.values(), ...leaving]) target.handBack();
    },
    close: async () => {
      await rolling?.end();
      door.committer.close();
      await editions.close();
      await objects.close();
    },
    inFlight: () => Object.fromEntries([...targets].map(([name, target]) => [name, target.held()])),
    breakers: () => Object.fromEntries([...targets].map(([name, target]) => [name, target.breaker()])),
    sources: () => Object.fromEntries([...sources].map(([name, { running }]) => [name, running.health()])),
    figures: () => readFigures(context, editions.current().bundle),
    missing: () => {
      const { bundle, draining } = editions.current();
      if (bundle.paused && !stopped) return [];
      const taking = draining ? [] : Object.keys(bundle.sources);
      const lostSources = taking.filter((name) => !sources.has(name));
      const lostTargets = Object.keys(bundle.targets).filter((name) => targets.get(name)?.pulling() !== true);
      return [...lostSources.map((name) => `source ${name}`), ...lostTargets.map((name) => `target ${name}`)];
    },
  };
}
