// Boxes in layers, edges between them: dagre says where things stand, the lines are our own. A line runs straight past
// the layers that it crosses and bends between them only, so it never runs through a box.

import { Graph as Layout, layout } from "@dagrejs/dagre";
import { prettyType } from "../pretty-type.ts";
import type { GraphEdge } from "./graph.ts";
import { clipped, widthOf } from "./measure.ts";
import { type Area, type Box, type Head, type Label, moved, type Point, type Run, styles, type Wire } from "./scene.ts";

export interface Layered {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly wires: readonly Wire[];
}

const spacing = { nodesep: 30, edgesep: 22, ranksep: 44, marginx: 0, marginy: 0 } as const;
const labelHeight = 18;
const widestType = 300;

/** `right`: layers from left to right, else downward. */
export function layered(boxes: readonly Box[], edges: readonly GraphEdge[], right: boolean): Layered {
  const graph = new Layout({ multigraph: true });
  // Always downward; what goes to the right is turned afterwards.
  graph.setGraph({ rankdir: "TB", ...spacing, ranksep: right ? 52 : spacing.ranksep });
  for (const box of boxes) {
    graph.setNode(box.id, right ? { width: box.height, height: box.width } : { width: box.width, height: box.height });
  }
  const labels = edges.map((edge) => labelOf(edge));
  edges.forEach(({ from, to }, index) => {
    const label = labels[index];
    const size = label === undefined ? {} : { width: label.width + 8, height: label.height, labelpos: "c" };
    graph.setEdge(from, to, size, `${index}`);
  });
  layout(graph);
  const turned = ({ x, y }: Point): Point => (right ? { x: y, y: x } : { x, y });
  const placed = boxes.map((box) => {
    const at = turned(centre(graph.node(box.id)));
    return { ...box, x: Math.round(at.x - box.width / 2), y: Math.round(at.y - box.height / 2) };
  });
  const routes = edges.map(({ from, to }, index) => {
    const edge = graph.edge({ v: from, w: to, name: `${index}` });
    return { from, to, through: (edge.points ?? []).slice(1, -1), middle: centre(edge) };
  });
  const lines = wires(edges, routes, placed, labels, right);
  return bounded(placed, lines);
}

interface Place {
  readonly x?: number;
  readonly y?: number;
}

const centre = ({ x = 0, y = 0 }: Place): Point => ({ x, y });

interface Route {
  readonly from: string;
  readonly to: string;
  /** Between the two boxes, layers downward. */
  readonly through: readonly Point[];
  readonly middle: Point;
}

/** In the layout's own directions: layers downward. */
const flat = (box: Area, right: boolean): Area =>
  right ? { x: box.y, y: box.x, width: box.height, height: box.width } : box;

function wires(
  edges: readonly GraphEdge[],
  routes: readonly Route[],
  placed: readonly Box[],
  labels: readonly (Label | undefined)[],
  right: boolean,
): readonly Wire[] {
  const areas = new Map(placed.map((box) => [box.id, flat(box, right)]));
  const layers = layersOf([...areas.values()]);
  const ports = portsOf(routes, areas);
  return edges.map((edge, index) => {
    const route = routes[index];
    const label = labels[index];
    const [start, end] = ports[index] ?? [];
    if (route === undefined || start === undefined || end === undefined) throw new Error("an edge without ends");
    const down = end.y >= start.y;
    const across = (point: Point): readonly Point[] => acrossLayer(point, layers, down);
    // Between layers there is a stop for a label only.
    const through = route.through.filter((point) => label !== undefined || layerAt(point, layers) !== undefined);
    // Out of its own layer first: a neighbour may be higher.
    const stops = [start, ...across(start).slice(-1), ...through.flatMap(across), ...across(end).slice(0, 1), end];
    const turn = ({ x, y }: Point): Point => (right ? { x: y, y: x } : { x, y });
    const head = (point: Point, forward: boolean): Head => ({
      ...turn(point),
      towards: right ? (forward ? "right" : "left") : forward ? "down" : "up",
    });
    const at = turn(route.middle);
    return {
      kind: edge.kind,
      stops: stops.map(turn),
      flow: right ? "right" : "down",
      heads: [head(end, down), ...(edge.kind === "asks" ? [head(start, !down)] : [])],
      ...(label === undefined
        ? {}
        : { label: moved(label, { x: Math.round(at.x - label.width / 2), y: Math.round(at.y - label.height / 2) }) }),
      ...(edge.type === undefined ? {} : { tooltip: tooltipOf(edge) }),
    };
  });
}

interface Layer {
  readonly top: number;
  readonly bottom: number;
}

/** Boxes that overlap in height stand side by side. */
function layersOf(areas: readonly Area[]): readonly Layer[] {
  const layers: Layer[] = [];
  for (const { y, height } of [...areas].sort((a, b) => a.y - b.y)) {
    const last = layers.at(-1);
    if (last === undefined || y > last.bottom) layers.push({ top: y, bottom: y + height });
    else layers[layers.length - 1] = { top: last.top, bottom: Math.max(last.bottom, y + height) };
  }
  return layers;
}

const layerAt = ({ y }: Point, layers: readonly Layer[]): Layer | undefined =>
  layers.find(({ top, bottom }) => y >= top && y <= bottom);

/** Straight past the layer that the point lies in; a point between layers is one stop. */
function acrossLayer(point: Point, layers: readonly Layer[], down: boolean): readonly Point[] {
  const { top, bottom } = layerAt(point, layers) ?? {
    top: point.y - labelHeight / 2,
    bottom: point.y + labelHeight / 2,
  };
  const ends = [
    { x: point.x, y: top },
    { x: point.x, y: bottom },
  ];
  return down ? ends : ends.reverse();
}

/** Where each edge leaves and enters: side by side along the box's edge, in the order in which they lead away. */
function portsOf(routes: readonly Route[], areas: ReadonlyMap<string, Area>): readonly (readonly [Point, Point])[] {
  const area = (id: string): Area => areas.get(id) ?? { x: 0, y: 0, width: 0, height: 0 };
  interface End {
    readonly index: number;
    readonly last: boolean;
    readonly box: string;
    readonly below: boolean;
    readonly towards: number;
  }
  const ends = routes.flatMap(({ from, to, through }, index): readonly End[] => {
    const down = area(to).y > area(from).y;
    const middle = (id: string): number => area(id).x + area(id).width / 2;
    return [
      { index, last: false, box: from, below: down, towards: through[0]?.x ?? middle(to) },
      { index, last: true, box: to, below: !down, towards: through.at(-1)?.x ?? middle(from) },
    ];
  });
  const points = new Map<string, Point>();
  for (const group of grouped(ends)) {
    const sorted = [...group].sort((a, b) => a.towards - b.towards || a.index - b.index);
    sorted.forEach(({ index, last, box, below, towards }, at) => {
      const { x, y, width, height } = area(box);
      const pace = Math.min(36, (width - 14) / sorted.length);
      const spread = x + width / 2 + (at - (sorted.length - 1) / 2) * pace;
      // A single one goes straight where it can.
      const straight = sorted.length === 1 && towards > x + 16 && towards < x + width - 16;
      points.set(`${index} ${last}`, { x: straight ? towards : spread, y: below ? y + height : y });
    });
  }
  return routes.map((_, index) => {
    const [start, end] = [points.get(`${index} false`), points.get(`${index} true`)];
    if (start === undefined || end === undefined) throw new Error("an edge without ends");
    return [start, end];
  });
}

function grouped<T extends { readonly box: string; readonly below: boolean }>(
  ends: readonly T[],
): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const end of ends) {
    const key = `${end.box}\n${end.below}`;
    groups.set(key, [...(groups.get(key) ?? []), end]);
  }
  return [...groups.values()];
}

function labelOf({ label, type, kind }: GraphEdge): Label | undefined {
  if (label === undefined && type === undefined) return undefined;
  const runs: Run[] = [];
  let x = 6;
  const add = (text: string, style: "arm" | "type", most: number): void => {
    const { font, size } = styles[style];
    const fitting = clipped(text, font, size, most);
    const width = widthOf(fitting, font, size);
    runs.push({ x, y: 13, text: fitting, style, width });
    x += width + 7;
  };
  if (label !== undefined) add(label, kind === "error" ? "type" : "arm", widestType);
  if (type !== undefined) add(type.short, "type", widestType);
  return { x: 0, y: 0, width: Math.ceil(x - 1), height: labelHeight, runs };
}

function tooltipOf({ label, type }: GraphEdge): string {
  const vars = type?.vars === undefined ? [] : [`vars: ${prettyType(type.vars)}`];
  return [...(label === undefined ? [] : [label]), `body: ${prettyType(type?.full ?? "any")}`, ...vars].join("\n");
}

/** From 0, 0. */
function bounded(boxes: readonly Box[], wires: readonly Wire[]): Layered {
  const areas: readonly Area[] = [...boxes, ...wires.flatMap(({ label }) => (label === undefined ? [] : [label]))];
  const points = wires.flatMap(({ stops }) => stops);
  const right = Math.max(0, ...areas.map(({ x, width }) => x + width), ...points.map(({ x }) => x));
  const bottom = Math.max(0, ...areas.map(({ y, height }) => y + height), ...points.map(({ y }) => y));
  return { boxes, wires, width: Math.ceil(right), height: Math.ceil(bottom) };
}
