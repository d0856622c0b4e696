// A frame around what belongs together, with a title, and the rows of text that headings are made of.

import type { GraphGroup } from "./graph.ts";
import { widthOf, wrap } from "./measure.ts";
import type { Block } from "./pack.ts";
import { type Frame, moved, movedWire, type Point, type Run, type Style, styles } from "./scene.ts";

const frameInside = 20;

/** With a frame around it that says whose it is. */
export function framed(group: GraphGroup, inside: Omit<Block, "frames">): Block {
  const width = Math.max(inside.width, 260) + 2 * frameInside;
  const room = width - 2 * frameInside;
  const title = textRows(group.title, "frame", room, 1, { x: frameInside, y: 12 }, 20);
  const intro = textRows(group.description ?? "", "frame-intro", room, 2, { x: frameInside, y: title.bottom }, 16);
  const by = { x: frameInside, y: intro.bottom + 14 };
  const height = by.y + inside.height + frameInside;
  const frame: Frame = { x: 0, y: 0, width, height, runs: [...title.runs, ...intro.runs] };
  return {
    width,
    height,
    frames: [frame],
    boxes: inside.boxes.map((box) => moved(box, by)),
    wires: inside.wires.map((wire) => movedWire(wire, by)),
  };
}

export function textRows(text: string, style: Style, most: number, rows: number, at: Point, pace: number) {
  const { font, size } = styles[style];
  const runs = wrap(text, font, size, most, rows).map(
    (line, index): Run => ({
      x: at.x,
      y: at.y + (index + 1) * pace - 5,
      text: line,
      style,
      width: widthOf(line, font, size),
    }),
  );
  return { runs, bottom: at.y + runs.length * pace };
}
