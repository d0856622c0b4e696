// What a drawing consists of once everything has its place: frames, boxes with rows of text, wires with labels. All
// lengths are in the drawing's own units; a test asks of it that nothing overlaps and every text fits.

import type { GraphEdge, NodeKind } from "./graph.ts";
import type { Font } from "./measure.ts";

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** One piece of text; `x` and `y` (of the baseline) count from the corner of what holds it. */
export interface Run extends Point {
  readonly text: string;
  readonly style: Style;
  /** As measured. */
  readonly width: number;
}

export type Style =
  | "heading"
  | "intro"
  | "frame"
  | "frame-intro"
  | "label"
  | "title"
  | "code-title"
  | "name"
  | "text"
  | "code"
  | "arm"
  | "type";

export const styles: Readonly<Record<Style, { readonly font: Font; readonly size: number }>> = {
  heading: { font: "bold", size: 18 },
  intro: { font: "sans", size: 12.5 },
  frame: { font: "bold", size: 14 },
  "frame-intro": { font: "sans", size: 12 },
  label: { font: "sans", size: 11 },
  title: { font: "bold", size: 13.5 },
  "code-title": { font: "mono", size: 12.5 },
  name: { font: "sans", size: 11.5 },
  text: { font: "sans", size: 11.5 },
  code: { font: "mono", size: 11.5 },
  arm: { font: "bold", size: 11 },
  type: { font: "mono", size: 11 },
};

export interface Box extends Area {
  readonly id: string;
  readonly kind: NodeKind;
  /** Shown where another tenant's stream arrives. */
  readonly elsewhere?: true;
  readonly paused?: true;
  readonly runs: readonly Run[];
  /** All of the text, also what was cut. */
  readonly tooltip: string;
}

export interface Wire {
  readonly kind: GraphEdge["kind"];
  /** Straight lines where two of them lie behind each other in the direction of flow, else bends. */
  readonly stops: readonly Point[];
  readonly flow: "right" | "down";
  readonly heads: readonly Head[];
  readonly label?: Label;
  readonly tooltip?: string;
}

/** An arrow's head at that point, in that direction. */
export interface Head extends Point {
  readonly towards: "right" | "left" | "down" | "up";
}

export interface Label extends Area {
  readonly runs: readonly Run[];
}

export interface Frame extends Area {
  readonly runs: readonly Run[];
}

export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly description: string;
  readonly runs: readonly Run[];
  readonly frames: readonly Frame[];
  readonly boxes: readonly Box[];
  readonly wires: readonly Wire[];
}

export function moved<T extends Point>(area: T, by: Point): T {
  return { ...area, x: area.x + by.x, y: area.y + by.y };
}

export function movedWire(wire: Wire, by: Point): Wire {
  return {
    ...wire,
    stops: wire.stops.map((stop) => moved(stop, by)),
    heads: wire.heads.map((head) => moved(head, by)),
    ...(wire.label === undefined ? {} : { label: moved(wire.label, by) }),
  };
}
