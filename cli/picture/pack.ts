// Blocks on shelves: side by side as long as there is room, then a row below.

import type { Box, Frame, Point, Wire } from "./scene.ts";

/** Something that is laid out already; everything counts from its own corner. */
export interface Block {
  readonly width: number;
  readonly height: number;
  readonly frames: readonly Frame[];
  readonly boxes: readonly Box[];
  readonly wires: readonly Wire[];
}

export interface Packed<T> {
  readonly width: number;
  readonly height: number;
  readonly placed: readonly { readonly block: T; readonly at: Point }[];
}

export function shelves<T extends { readonly width: number; readonly height: number }>(
  blocks: readonly T[],
  widest: number,
  gap: number,
): Packed<T> {
  const placed: { block: T; at: Point }[] = [];
  let [x, y, shelf, width] = [0, 0, 0, 0];
  for (const block of blocks) {
    if (x > 0 && x + block.width > widest) {
      y += shelf + gap;
      x = 0;
      shelf = 0;
    }
    placed.push({ block, at: { x, y } });
    x += block.width + gap;
    shelf = Math.max(shelf, block.height);
    width = Math.max(width, x - gap);
  }
  return { width, height: y + shelf, placed };
}

/** In columns of equal width, rows as high as their highest. */
export function grid<T extends { readonly width: number; readonly height: number }>(
  blocks: readonly T[],
  columns: number,
  gap: number,
): Packed<T> {
  const pace = Math.max(0, ...blocks.map(({ width }) => width)) + gap;
  const placed: { block: T; at: Point }[] = [];
  let y = 0;
  for (let from = 0; from < blocks.length; from += columns) {
    const row = blocks.slice(from, from + columns);
    placed.push(...row.map((block, column) => ({ block, at: { x: column * pace, y } })));
    y += Math.max(...row.map(({ height }) => height)) + gap;
  }
  return { width: Math.min(columns, blocks.length) * pace - gap, height: Math.max(0, y - gap), placed };
}
