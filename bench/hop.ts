// The hop: pull → parse → map → publish → PubAck → ack, by the worker that `vrsky run` starts, against a loop written
// by hand for this one message.

import { hopCases, large, small } from "./hop/cases.ts";
import { type Lab, type LabOptions, openLab } from "./hop/lab.ts";
import { type Latency, latency, throughput } from "./hop/measure.ts";
import { byHand, worker } from "./hop/sides.ts";
import { paired, type Ratio } from "./paired.ts";

export interface HopFigure {
  readonly what: string;
  readonly ratio: Ratio;
  /** Messages per second; they say something about this machine only. */
  readonly ours: number;
  readonly theirs: number;
  /** While half as many come in as ours takes. */
  readonly latency?: { readonly ours: Latency; readonly theirs: Latency };
}

/** With every write synced both sides wait for the disk and look alike: the lazy ones tell most. */
const labs: readonly LabOptions[] = [
  { syncAlways: false, replicas: 1 },
  { syncAlways: true, replicas: 1 },
  { syncAlways: false, replicas: 3 },
  { syncAlways: true, replicas: 3 },
];

const named = ({ syncAlways, replicas }: LabOptions): string => `R${replicas} ${syncAlways ? "always" : "lazy"}`;

/** `all`: also always synced, on three servers and to three targets; some minutes. */
export async function* hop(all: boolean, pairs = 5): AsyncGenerator<HopFigure> {
  for (const options of all ? labs : labs.slice(0, 1)) {
    await using lab = await openLab(options);
    for (const each of all ? hopCases : [small, large]) yield await figure(lab, named(options), each, pairs);
  }
}

async function figure(lab: Lab, where: string, each: (typeof hopCases)[number], pairs: number): Promise<HopFigure> {
  let round = 0;
  // The streams that take the deliveries know ids of some minutes.
  const prefix = (): string => `${each.integration}-${round++}`;
  const ours = () => throughput(lab, each, prefix(), worker());
  const theirs = () => throughput(lab, each, prefix(), byHand);
  await ours();
  await theirs();
  const rates = await paired(pairs, ours, theirs);
  const half = rates.ours / each.targets.length / 2;
  return {
    what: `hop of ${each.what}, ${where} : loop by hand`,
    ...rates,
    latency: {
      ours: await latency(lab, each, prefix(), worker(), half),
      theirs: await latency(lab, each, prefix(), byHand, half),
    },
  };
}
