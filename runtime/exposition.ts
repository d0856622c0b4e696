// Prometheus's text format, and the histograms that go into it. Written out here because they are fed by every message:
// a client library looks up its labels anew each time, which costs more than a short step.

export interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** In the order in which they are written. */
  readonly labels: readonly string[];
  readonly help: string;
}

export interface Sample {
  /** One for each label of the family. */
  readonly labels: readonly string[];
  readonly value: number;
}

export interface Distribution {
  /** Of each bound, and of what is above all of them. */
  readonly counts: Float64Array;
  sum: number;
}

export const createDistribution = (bounds: readonly number[]): Distribution => ({
  counts: new Float64Array(bounds.length + 1),
  sum: 0,
});

export function observe(distribution: Distribution, bounds: readonly number[], value: number): void {
  let index = 0;
  while (index < bounds.length && value > (bounds[index] ?? 0)) index += 1;
  distribution.counts[index] = (distribution.counts[index] ?? 0) + 1;
  distribution.sum += value;
}

export function familyText(family: Family, samples: readonly Sample[]): string {
  return `${headOf(family)}${samples.map(({ labels, value }) => `${family.name}${labelText(family.labels, labels)} ${value}\n`).join("")}`;
}

/** Buckets are cumulative there. */
export function histogramText(
  family: Family,
  bounds: readonly number[],
  samples: readonly { readonly labels: readonly string[]; readonly distribution: Distribution }[],
): string {
  const { name } = family;
  const lines = samples.flatMap(({ labels, distribution: { counts, sum } }) => {
    let count = 0;
    const buckets = [...counts].map((more, index) => {
      count += more;
      const le = String(bounds[index] ?? "+Inf");
      return `${name}_bucket${labelText([...family.labels, "le"], [...labels, le])} ${count}\n`;
    });
    const own = labelText(family.labels, labels);
    return [...buckets, `${name}_sum${own} ${sum}\n`, `${name}_count${own} ${count}\n`];
  });
  return `${headOf(family)}${lines.join("")}`;
}

const headOf = ({ name, help, type }: Family): string => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;

function labelText(names: readonly string[], values: readonly string[]): string {
  const pairs = names.map((name, index) => `${name}="${escaped(values[index] ?? "")}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
