// The messages of the suite, and how what arrived is compared with what was sent.

import { expect } from "vitest";
import { until } from "../../rig/wait.ts";
import type { Item, Outside, Scene, Side } from "./rig.ts";

export const items = (place: string, count: number, from = 0): readonly Item[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `${place}-${from + index}`,
    n: from + index,
    text: `text ${from + index}, "quoted" and ö`,
  }));

/** All of them and no others, each once or, with `repeats`, at least once. */
export async function arrive(
  sent: readonly Item[],
  read: () => readonly Item[] | Promise<readonly Item[]>,
  { repeats = false }: { readonly repeats?: boolean } = {},
): Promise<void> {
  let seen: readonly Item[] = [];
  await until(`${sent.length} have arrived`, async () => {
    seen = await read();
    return new Set(seen.map(({ id }) => id)).size >= sent.length;
  }).catch((error: unknown) => {
    const missing = sent.filter(({ id }) => !seen.some((each) => each.id === id));
    throw new Error(`${String(error)}; missing: ${missing.map(({ id }) => id).join(", ")}`);
  });
  const inOrder = [...(repeats ? distinct(seen) : seen)].sort((a, b) => a.n - b.n || (a.id < b.id ? -1 : 1));
  expect(inOrder).toEqual([...sent].sort((a, b) => a.n - b.n || (a.id < b.id ? -1 : 1)));
}

const distinct = (all: readonly Item[]): readonly Item[] => [...new Map(all.map((item) => [item.id, item])).values()];

/** Heals whatever happens, so that the next case finds it whole. */
export async function whileBroken(
  outside: Outside,
  scene: Scene,
  side: Side,
  work: () => Promise<void>,
): Promise<void> {
  await outside.break(scene, side);
  try {
    await work();
  } finally {
    await outside.heal(scene, side);
  }
}
