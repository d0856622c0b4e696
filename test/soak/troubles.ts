// What happens to a fleet that runs for long: what operators do on purpose, and what befalls them.

import { setTimeout as pause } from "node:timers/promises";
import { between, type Random } from "../rig/random.ts";
import { until } from "../rig/wait.ts";
import type { Build } from "../versions/build.ts";
import type { Fleet } from "../versions/fleet.ts";
import { replace } from "../versions/rolling.ts";
import type { FleetWorker } from "../versions/worker.ts";

export interface Ground {
  readonly fleet: Fleet;
  readonly random: Random;
  /** The versions that new workers may have. */
  readonly builds: readonly [Build, ...Build[]];
  readonly ackWaitMs: number;
}

export interface Trouble {
  readonly name: string;
  /** How often, compared with the others. */
  readonly weight: number;
  /** Says what it did, or undefined when it hit nothing. */
  run(ground: Ground): Promise<string | undefined>;
}

/** The first worker is never replaced: whose memory should be flat has to live that long. */
function replaceable({ fleet, random }: Ground): FleetWorker | undefined {
  const [, ...others] = fleet.workers;
  return others[between(random, 0, others.length - 1)];
}

const nextBuild = ({ builds, random }: Ground): Build => builds[between(random, 0, builds.length - 1)] ?? builds[0];

/** Messages of one target that a worker has in hand at most, with those that it tries again. */
const mostInHand = 320;

const kill: Trouble = {
  name: "worker killed",
  weight: 3,
  run: async (ground) => {
    const victim = replaceable(ground);
    if (victim === undefined) return undefined;
    const { fleet } = ground;
    victim.pause();
    await fleet.allow(0);
    fleet.dismiss(victim);
    await victim.kill();
    await fleet.hire(nextBuild(ground));
    return `SIGKILL of ${victim.name}`;
  },
};

const zombie: Trouble = {
  name: "worker stopped and woken",
  weight: 1,
  run: async ({ fleet, random, ackWaitMs }) => {
    const victim = fleet.workers[between(random, 0, fleet.workers.length - 1)];
    if (victim === undefined) return undefined;
    victim.pause();
    await fleet.allow(mostInHand);
    await pause(1.5 * ackWaitMs);
    victim.wake();
    return `SIGSTOP of ${victim.name} for ${(1.5 * ackWaitMs) / 1000} s`;
  },
};

const serverKill: Trouble = {
  name: "server killed",
  weight: 1,
  run: async ({ fleet, random }) => {
    await fleet.allow(fleet.workers.length * mostInHand);
    for (const flow of fleet.flows) {
      // What a killed server forgets of a partition is replayed in order, so that the newest is the last.
      if (flow.integration.name === "ordered") flow.allowed += flow.producer.accepted.size;
    }
    fleet.nats.kill("SIGKILL");
    await fleet.nats.exited;
    await pause(between(random, 0, 1_000));
    await fleet.nats.restart();
    return "SIGKILL of nats-server";
  },
};

const wire: Trouble = {
  name: "wire to NATS",
  weight: 2,
  run: async ({ fleet, random }) => {
    await fleet.allow(fleet.workers.length * mostInHand);
    const { toNats } = fleet;
    const dice = random();
    if (dice < 0.4) return `${toNats.cut()} connections cut`;
    if (dice < 0.6) return `${toNats.reset()} connections reset`;
    toNats.set(dice < 0.8 ? { kind: "stall" } : { kind: "blackhole" });
    await pause(between(random, 500, 3_000));
    toNats.set({ kind: "pass" });
    return dice < 0.8 ? "stalled" : "swallowing";
  },
};

const outage: Trouble = {
  name: "target away",
  weight: 2,
  run: async ({ fleet, random }) => {
    const flow = fleet.flows[between(random, 0, fleet.flows.length - 1)];
    if (flow === undefined) return undefined;
    await fleet.allow(0);
    await flow.receiver.goAway();
    await pause(between(random, 500, 4_000));
    await flow.receiver.comeBack();
    return `targets of ${flow.integration.name}`;
  },
};

const answers: Trouble = {
  name: "wrong answers",
  weight: 2,
  run: async ({ fleet, random }) => {
    const flow = fleet.flows[between(random, 0, fleet.flows.length - 1)];
    if (flow === undefined) return undefined;
    const { mood } = flow.receiver;
    let made = 0;
    flow.receiver.mood = (asked) => {
      // What a target refuses it never does, however it says so.
      if (random() < 0.5 || asked.messages.some(({ body }) => Object(body).kind === "refused")) return mood(asked);
      made += 1;
      const dice = random();
      if (dice < 0.3) return { kind: "answer", status: 500 };
      if (dice < 0.5) return { kind: "answer", status: 429, retryAfter: "1" };
      if (dice < 0.7) return { kind: "reset", done: random() < 0.5 };
      return dice < 0.85 ? { kind: "torn" } : { kind: "hang", done: random() < 0.5 };
    };
    await pause(between(random, 500, 3_000));
    flow.receiver.mood = mood;
    return made === 0 ? undefined : `${made} by ${flow.integration.name}'s targets`;
  },
};

const deploy: Trouble = {
  name: "deployment",
  weight: 5,
  run: async ({ fleet }) => {
    await fleet.deploy();
    return `number ${fleet.edition()}`;
  },
};

const rolling: Trouble = {
  name: "worker replaced",
  weight: 4,
  run: async (ground) => {
    const old = replaceable(ground);
    if (old === undefined) return undefined;
    const build = nextBuild(ground);
    const { code, ms } = await replace(ground.fleet, old, build);
    if (code !== 0) throw new Error(`${old.name} of ${old.build} ended with ${code} after SIGTERM`);
    return `${old.name} of ${old.build} by one of ${build.name}, drained in ${(ms / 1000).toFixed(1)} s`;
  },
};

const all: readonly Trouble[] = [deploy, rolling, kill, wire, outage, answers, zombie, serverKill];

/** Each once, then by weight. */
export function troubleOf(number: number, random: Random): Trouble {
  const first = all[number];
  if (first !== undefined) return first;
  let dice = random() * all.reduce((sum, { weight }) => sum + weight, 0);
  for (const trouble of all) {
    dice -= trouble.weight;
    if (dice < 0) return trouble;
  }
  return deploy;
}

/** Messages go in and come out again at each integration: a breaker asks a target that was away once a minute. */
export async function recovered({ flows }: Fleet): Promise<void> {
  const many = 5;
  for (const { integration, producer, receiver } of flows) {
    const before = { accepted: producer.accepted.size, taken: receiver.taken.length };
    await until(
      `${integration.name} goes on`,
      () => producer.accepted.size >= before.accepted + many && receiver.taken.length >= before.taken + many,
      240_000,
    );
  }
}
