// The whole workspace on one page. Each tenant has a frame; in it, what hangs together by streams and systems is drawn
// from left to right, and what stands alone is packed in a grid. Frames between which streams are shared are connected.

import { boxOf } from "./box.ts";
import { framed } from "./frame.ts";
import type { Graph, GraphEdge, GraphGroup, GraphNode } from "./graph.ts";
import { layered } from "./layered.ts";
import { type Block, grid, type Packed, shelves } from "./pack.ts";
import { type Box, moved, movedWire, type Wire } from "./scene.ts";

/** With more integrations in a tenant, or on the page, systems are named in the boxes only: lines would hide the rest. */
const withSystems = { tenant: 12, page: 40 } as const;
/** What more than so many integrations have to do with is named in their boxes only. */
const hub = 8;
const gap = 22;

export function createOverview(graph: Graph, widest: number): Packed<Block> & { readonly between: readonly Wire[] } {
  const blocks = new Map(graph.groups.map((group) => [group.id, tenantBlock(group, graph, widest - 40)]));
  const shared = sharedEdges(graph);
  const joined = graph.groups.filter(({ id }) => shared.some(({ from, to }) => from === id || to === id));
  const apart = graph.groups.filter((group) => !joined.includes(group));
  const of = ({ id }: GraphGroup): readonly Block[] => [blocks.get(id)].filter((block) => block !== undefined);
  const top = connected(joined, shared, blocks, widest);
  const below = shelves(apart.flatMap(of), widest, gap + 6);
  const offset = top.height === 0 ? 0 : top.height + gap + 6;
  return {
    width: Math.max(top.width, below.width),
    height: apart.length === 0 ? top.height : offset + below.height,
    placed: [...top.placed, ...below.placed.map(({ block, at }) => ({ block, at: { x: at.x, y: at.y + offset } }))],
    between: top.between,
  };
}

/** Between tenants, one for each stream. */
function sharedEdges({ nodes, edges }: Graph): readonly GraphEdge[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const found = new Map<string, GraphEdge>();
  for (const { from, to, kind } of edges) {
    const [stream, reader] = [byId.get(from), byId.get(to)];
    if (kind !== "shared" || stream === undefined || reader === undefined) continue;
    const label = stream.title ?? stream.id;
    found.set(`${from}\n${reader.group}`, { from: stream.group, to: reader.group, kind, label });
  }
  return [...found.values()];
}

function connected(
  groups: readonly GraphGroup[],
  edges: readonly GraphEdge[],
  blocks: ReadonlyMap<string, Block>,
  widest: number,
): Packed<Block> & { readonly between: readonly Wire[] } {
  const frames = groups.flatMap(({ id }): readonly Box[] => {
    const block = blocks.get(id);
    const size = block === undefined ? undefined : { width: block.width, height: block.height };
    return size === undefined ? [] : [{ id, kind: "integration", x: 0, y: 0, ...size, runs: [], tooltip: "" }];
  });
  if (frames.length === 0) return { width: 0, height: 0, placed: [], between: [] };
  const { boxes, wires, width, height } = narrower(frames, edges, widest);
  const placed = boxes.flatMap(({ id, x, y }) => {
    const block = blocks.get(id);
    return block === undefined ? [] : [{ block, at: { x, y } }];
  });
  return { width, height, placed, between: wires };
}

/** From left to right where there is room, else downward, whichever is less wide. */
function narrower(boxes: readonly Box[], edges: readonly GraphEdge[], widest: number) {
  const right = layered(boxes, edges, true);
  if (right.width <= widest && right.height <= 2 * widest) return right;
  const down = layered(boxes, edges, false);
  return down.width <= widest || down.width < right.width ? down : right;
}

function tenantBlock(group: GraphGroup, graph: Graph, widest: number): Block {
  const { nodes, edges } = inTenant(group.id, graph);
  const parts = componentsOf(nodes, edges);
  const hanging = parts.filter(({ nodes: members }) => members.length > 1);
  const alone = parts.filter(({ nodes: members }) => members.length === 1).flatMap(({ nodes: members }) => members);
  const drawn = hanging.map((part): Block => {
    const boxes = part.nodes.map((node) => boxFor(node, group.id));
    return { ...narrower(boxes, part.edges, widest), frames: [] };
  });
  const above = shelves(drawn, widest, gap + 10);
  const columns = columnsFor(alone.length, Math.max(above.width, 0), widest);
  const below = grid(
    alone.map((node) => boxFor(node, group.id)),
    columns,
    gap,
  );
  const offset = above.height === 0 ? 0 : above.height + gap + 4;
  const inside = {
    width: Math.max(above.width, below.width),
    height: alone.length === 0 ? above.height : offset + below.height,
    boxes: [
      ...above.placed.flatMap(({ block, at }) => block.boxes.map((box) => moved(box, at))),
      ...below.placed.map(({ block, at }) => moved(block, { x: at.x, y: at.y + offset })),
    ],
    wires: above.placed.flatMap(({ block, at }) => block.wires.map((wire) => movedWire(wire, at))),
  };
  return framed(group, inside);
}

function boxFor(node: GraphNode, group: string): Box {
  return node.group === group
    ? boxOf(node)
    : { ...boxOf({ ...node, label: `stream of ${node.group}` }), elsewhere: true };
}

/** As wide as what stands above, or about as wide as high. */
function columnsFor(count: number, above: number, widest: number): number {
  const most = Math.max(1, Math.floor((widest + gap) / (260 + gap)));
  const beside = Math.floor((above + gap) / (260 + gap));
  return Math.max(1, Math.min(most, Math.max(beside, Math.ceil(Math.sqrt(count * 0.6)))));
}

/** What is drawn in a tenant's frame: its own, and the streams of others that it reads. */
function inTenant(id: string, graph: Graph): Pick<Graph, "nodes" | "edges"> {
  const own = graph.nodes.filter(({ group }) => group === id);
  const ids = new Set(own.map((node) => node.id));
  const edges = graph.edges.filter(({ to, from, kind }) =>
    kind === "shared" ? ids.has(to) : ids.has(from) || ids.has(to),
  );
  const degree = (node: GraphNode): number => edges.filter(({ from, to }) => from === node.id || to === node.id).length;
  const many = counted(own) > withSystems.tenant || counted(graph.nodes) > withSystems.page;
  const arriving = new Set(edges.filter(({ kind }) => kind === "shared").map(({ from }) => from));
  const imported = graph.nodes.filter((node) => arriving.has(node.id));
  const nodes = [...own, ...imported].filter((node) => {
    if (node.kind === "integration") return true;
    if (degree(node) > hub) return node.kind === "stream" && node.group === id;
    return node.kind === "stream" || !many;
  });
  const hubs = new Set(
    nodes.filter((node) => node.kind !== "integration" && degree(node) > hub).map((node) => node.id),
  );
  const shown = new Set(nodes.filter((node) => !hubs.has(node.id)).map((node) => node.id));
  return { nodes, edges: edges.filter(({ from, to }) => shown.has(from) && shown.has(to)) };
}

const counted = (nodes: readonly GraphNode[]): number => nodes.filter(({ kind }) => kind === "integration").length;

/** What hangs together, in the order of the nodes. */
function componentsOf(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
): readonly Pick<Graph, "nodes" | "edges">[] {
  const near = new Map(nodes.map(({ id }): [string, string[]] => [id, []]));
  for (const { from, to } of edges) {
    near.get(from)?.push(to);
    near.get(to)?.push(from);
  }
  const seen = new Map<string, number>();
  let count = 0;
  for (const { id } of nodes) {
    if (seen.has(id)) continue;
    const open = [id];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.set(next, count);
      open.push(...(near.get(next) ?? []));
    }
    count += 1;
  }
  return Array.from({ length: count }, (_, part) => ({
    nodes: nodes.filter(({ id }) => seen.get(id) === part),
    edges: edges.filter(({ from }) => seen.get(from) === part),
  }));
}
