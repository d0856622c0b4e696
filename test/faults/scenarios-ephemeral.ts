// `transport: ephemeral` under kills of workers: what is missing afterwards was under way when a worker died, and nothing
// comes twice. There are no streams to read, so the books are closed from what senders and targets wrote down.

import { setTimeout as pause } from "node:timers/promises";
import type { Verdict } from "../rig/oracle.ts";
import { type Field, openField } from "./field.ts";
import { fleeting } from "./integrations.ts";
import { anyWorker, flowing, pauseAtWork, type Scenario, someTime } from "./scenario.ts";

/** By target: ids that were sent and had not arrived when a worker died. */
type UnderWay = ReadonlyMap<string, Set<string>>;

export const ephemeralKill: Scenario = {
  name: "ephemeral",
  title: "SIGKILL of a worker of an ephemeral integration that has requests at its targets, another beside it",
  faults: 5,
  longFaults: 60,
  run: async (lab, { seed, faults }) => {
    // Whoever does not know what became of a message gives it up: sent again, it would be another one.
    await using field = await openField(lab, { integration: fleeting, seed, workers: 2, senders: 16, givesUp: 100 });
    const underWay: UnderWay = new Map(fleeting.targets.map((target) => [target, new Set<string>()]));
    await flowing(field);
    for (let made = 0; made < faults; made++) {
      lab.say(`kill ${made + 1} of ${faults}`);
      await someTime(field, 20, 250);
      const victim = anyWorker(field);
      const open = await pauseAtWork(field, victim);
      field.dismiss(victim);
      await victim.kill();
      for (const [target, ids] of underWay) for (const id of notArrived(field, target)) ids.add(id);
      field.hit("SIGKILL", open > 0 ? `${open} requests at the targets` : undefined);
      await field.hire();
      await flowing(field);
    }
    await field.producer.stop();
    await calm(field);
    return {
      kind: "ran",
      hits: field.hits,
      verdicts: fleeting.targets.map((name) => judged(field, name, underWay)),
      notes: [],
    };
  },
};

const arrivedAt = ({ receiver }: Field, target: string) => receiver.taken.filter(({ path }) => path === `/${target}`);

function notArrived(field: Field, target: string): readonly string[] {
  const arrived = new Set(arrivedAt(field, target).map(({ id }) => id));
  return [...field.producer.sent.keys()].filter((id) => !arrived.has(id));
}

/** No request is open, and none has come for a while: those who live have delivered what they had. */
async function calm({ receiver }: Field): Promise<void> {
  for (let before = -1, still = 0; still < 20; still += 1) {
    const now = receiver.taken.length;
    if (now !== before || receiver.open() > 0) still = 0;
    before = now;
    await pause(50);
  }
}

function judged(field: Field, target: string, underWay: UnderWay): Verdict {
  const { accepted, sent } = field.producer;
  const taken = arrivedAt(field, target);
  const arrived = new Set(taken.map(({ id }) => id));
  const missing = [...accepted].filter((id) => !arrived.has(id));
  const may = underWay.get(target) ?? new Set();
  const repeats = taken.length - arrived.size;
  const findings: string[] = [];
  const find = (what: string, ids: readonly string[]): void => {
    if (ids.length > 0) findings.push(`${target}: ${ids.length} ${what}: ${ids.slice(0, 5).join(" ")}`);
  };
  find(
    "missing that were not under way when a worker died",
    missing.filter((id) => !may.has(id)),
  );
  find(
    "never sent",
    [...arrived].filter((id) => !sent.has(id)),
  );
  if (repeats > 0) findings.push(`${target}: ${repeats} came twice`);
  return {
    target,
    accepted: accepted.size,
    delivered: accepted.size - missing.length,
    dropped: 0,
    dead: 0,
    inFlight: 0,
    lost: missing.length,
    repeats,
    allowed: may.size,
    duplicates: repeats,
    findings,
  };
}
