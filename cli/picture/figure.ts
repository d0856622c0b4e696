// A graph as a drawing: a heading, a frame for each group, and in the frames what belongs there.

import { createOverview } from "./arrange.ts";
import { boxOf } from "./box.ts";
import { framed, textRows } from "./frame.ts";
import type { Graph } from "./graph.ts";
import { layered } from "./layered.ts";
import { type Block, shelves } from "./pack.ts";
import { moved, movedWire, type Point, type Scene } from "./scene.ts";

const margin = 24;
/** Pictures of several integrations are at most so wide where one alone is not wider. */
const widest = 1820;

export function figure(graph: Graph): Scene {
  const blocks = graph.kind === "workspace" ? createOverview(graph, widthFor(graph)) : detailBlocks(graph);
  const placed = blocks.placed;
  const inner = Math.max(420, blocks.width);
  const heading = textRows(graph.title, "heading", inner, 1, { x: margin, y: margin }, 26);
  const intro = textRows(graph.description, "intro", inner, 3, { x: margin, y: heading.bottom }, 18);
  const from: Point = { x: margin, y: intro.bottom + 14 };
  const all = placed.map(({ block, at }) => ({ block, at: { x: at.x + from.x, y: at.y + from.y } }));
  return {
    width: inner + 2 * margin,
    height: from.y + blocks.height + margin,
    title: graph.title,
    description: graph.description,
    runs: [...heading.runs, ...intro.runs],
    frames: all.flatMap(({ block, at }) => block.frames.map((frame) => moved(frame, at))),
    boxes: all.flatMap(({ block, at }) => block.boxes.map((box) => moved(box, at))),
    wires: [
      ...all.flatMap(({ block, at }) => block.wires.map((wire) => movedWire(wire, at))),
      ...blocks.between.map((wire) => movedWire(wire, from)),
    ],
  };
}

/** A page for some hundreds grows both ways. */
function widthFor({ nodes }: Graph): number {
  const count = nodes.filter(({ kind }) => kind === "integration").length;
  return Math.round(widest * Math.max(1, Math.sqrt(count / 150)));
}

function detailBlocks(graph: Graph) {
  const alone = graph.groups.length === 1;
  const blocks = graph.groups.map((group): Block => {
    const boxes = graph.nodes.filter((node) => node.group === group.id).map(boxOf);
    const ids = new Set(boxes.map(({ id }) => id));
    const inside = layered(
      boxes,
      graph.edges.filter(({ from }) => ids.has(from)),
      false,
    );
    return alone ? { ...inside, frames: [] } : framed(group, inside);
  });
  return { ...shelves(blocks, widest, 28), between: [] };
}
