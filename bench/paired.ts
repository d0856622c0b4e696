// Ratios that hold on a noisy machine: both sides run in turns within one process, each pair gives one ratio, and the
// median of the pairs counts.

export interface Ratio {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** `run` gives a rate or a duration; the sides change who goes first from pair to pair. */
export async function paired(
  pairs: number,
  ours: () => Promise<number> | number,
  theirs: () => Promise<number> | number,
): Promise<{ readonly ratio: Ratio; readonly ours: number; readonly theirs: number }> {
  const all: { readonly ours: number; readonly theirs: number }[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    if (pair % 2 === 0) {
      const first = await ours();
      all.push({ ours: first, theirs: await theirs() });
    } else {
      const first = await theirs();
      all.push({ theirs: first, ours: await ours() });
    }
  }
  const ratios = all.map((pair) => pair.ours / pair.theirs).sort((a, b) => a - b);
  return {
    ratio: { median: middle(ratios), lowest: ratios[0] ?? 0, highest: ratios.at(-1) ?? 0 },
    ours: middle(all.map((pair) => pair.ours).sort((a, b) => a - b)),
    theirs: middle(all.map((pair) => pair.theirs).sort((a, b) => a - b)),
  };
}

const middle = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)] ?? 0;
