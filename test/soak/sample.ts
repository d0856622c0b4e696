// What processes hold, read from /proc: memory and open file descriptors, again and again.

import { readdir, readFile } from "node:fs/promises";

export interface Sample {
  /** Seconds since the start. */
  readonly at: number;
  /** As the series is called: `worker`, `server`. */
  readonly of: string;
  readonly rssMiB: number;
  readonly files: number;
}

/** Undefined when the process is gone. */
export async function look(pid: number): Promise<Pick<Sample, "rssMiB" | "files"> | undefined> {
  try {
    const [status, files] = await Promise.all([readFile(`/proc/${pid}/status`, "utf8"), readdir(`/proc/${pid}/fd`)]);
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
    return kilobytes === undefined ? undefined : { rssMiB: Number(kilobytes) / 1024, files: files.length };
  } catch {
    return undefined;
  }
}

export interface Trend {
  readonly of: string;
  readonly samples: number;
  /** Of the first and of the last third after the warm-up: medians. */
  readonly rssMiB: readonly [first: number, last: number];
  /** The lowest tenth. */
  readonly files: readonly [first: number, last: number];
  /** Highest of all. */
  readonly mostRssMiB: number;
  readonly findings: readonly string[];
}

/** Of the whole time: until caches are full and code is compiled. */
const warmUp = 0.2;
/** What garbage collection may leave lying about between two looks. */
const looseMiB = 16;
const looseFiles = 16;

/** Memory may be an eighth more in the last third than in the first, and what garbage collection leaves lying about. */
export function trendOf(of: string, samples: readonly Sample[], judgeMemory: boolean): Trend {
  const own = samples.filter((sample) => sample.of === of);
  const end = own.at(-1)?.at ?? 0;
  const warm = own.filter(({ at }) => at >= end * warmUp);
  const third = Math.max(1, Math.floor(warm.length / 3));
  const both = (value: (sample: Sample) => number, share: number): readonly [number, number] => [
    quantile(warm.slice(0, third).map(value), share),
    quantile(warm.slice(-third).map(value), share),
  ];
  const rssMiB = both((sample) => sample.rssMiB, 0.5);
  // While a target is away many connections are: what is open at the least is what is never closed.
  const files = both((sample) => sample.files, 0.1);
  const grown = judgeMemory && rssMiB[1] > rssMiB[0] * 1.125 + looseMiB;
  return {
    of,
    samples: own.length,
    rssMiB,
    files,
    mostRssMiB: Math.max(0, ...own.map((sample) => sample.rssMiB)),
    findings: [
      ...(grown ? [`${of}: memory grows: ${rssMiB.map((each) => each.toFixed(0)).join(" → ")} MiB`] : []),
      ...(files[1] > files[0] + looseFiles ? [`${of}: open files grow: ${files.join(" → ")}`] : []),
      ...(own.length < 6 ? [`${of}: too few samples to say anything`] : []),
    ],
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? 0;
}
