// What fault runs and synthetic workspaces draw from numbers that are the same for the same seed; see cli/cases/seeded.ts.

/** Numbers in [0, 1). */
export type Random = () => number;

/** A whole number, both ends included. */
export const between = (next: Random, least: number, most: number): number =>
  least + Math.floor(next() * (most - least + 1));

export function pick<T>(next: Random, items: readonly [T, ...T[]]): T {
  return items[Math.floor(next() * items.length)] ?? items[0];
}
