// A node as a box: its text in rows, cut or wrapped to what is readable, and the size that it needs.

import type { GraphNode, Line } from "./graph.ts";
import { clipped, widthOf, wrap } from "./measure.ts";
import { type Box, type Run, type Style, styles } from "./scene.ts";

/** What a box of some kind may take. */
interface Room {
  /** Of the text, at most and at least. */
  readonly width: number;
  readonly least: number;
  /** Lines of the node. */
  readonly lines: number;
  /** Rows of one line. */
  readonly rows: number;
  readonly description: number;
}

const padding = { x: 14, y: 10 };
const rowHeight = 16;
const gap = 10;
const widestName = 120;

const step: Room = { width: 330, least: 150, lines: 10, rows: 2, description: 0 };
const card: Room = { width: 232, least: 232, lines: 5, rows: 1, description: 1 };
const small: Room = { width: 190, least: 96, lines: 3, rows: 1, description: 0 };

function roomOf({ kind }: GraphNode): Room {
  if (kind === "integration") return card;
  if (kind === "stream" || kind === "system") return small;
  if (kind === "validate") return { ...step, rows: 4 };
  if (kind === "route") return { ...step, width: 560, rows: 3 };
  return kind === "filter" || kind === "split" ? { ...step, width: 380, rows: 4 } : step;
}

interface Row {
  readonly cells: readonly (Omit<Run, "y"> | undefined)[];
  readonly height: number;
}

/** At 0, 0. */
export function boxOf(node: GraphNode): Box {
  const room = roomOf(node);
  const rows = [...headRows(node, room), ...lineRows(node.lines, room)];
  const runs: Run[] = [];
  let y = padding.y;
  for (const { cells, height } of rows) {
    for (const cell of cells) if (cell !== undefined) runs.push({ ...cell, y: y + height - 4 });
    y += height;
  }
  const widest = Math.max(room.least, ...runs.map(({ x, width }) => x - padding.x + width));
  return {
    id: node.id,
    kind: node.kind,
    x: 0,
    y: 0,
    width: Math.ceil(widest + 2 * padding.x),
    height: y + padding.y - 2,
    runs,
    tooltip: tooltipOf(node),
    ...(node.paused === true ? { paused: true } : {}),
  };
}

function headRows({ kind, label, title, description, paused }: GraphNode, room: Room): readonly Row[] {
  const rows: Row[] = [];
  if (kind !== "integration") rows.push({ cells: [cellOf(label, "label", room.width)], height: 14 });
  if (title !== undefined) {
    const style: Style = /[/${*]/.test(title) && kind !== "integration" ? "code-title" : "title";
    const { font, size } = styles[style];
    const text = paused === true ? `${title} (paused)` : title;
    for (const line of wrap(text, font, size, room.width, kind === "integration" ? 1 : 2)) {
      rows.push({ cells: [cellOf(line, style, room.width)], height: 18 });
    }
  }
  if (description !== undefined && room.description > 0) {
    rows.push({ cells: [cellOf(description, "name", room.width)], height: rowHeight });
  }
  return rows;
}

/** Names stand in a column of their own, as wide as the widest of them. */
function lineRows(lines: readonly Line[], room: Room): readonly Row[] {
  const shown = lines.length > room.lines ? lines.slice(0, room.lines - 1) : lines;
  const names = shown.map(({ name }) => (name === undefined ? 0 : widthOf(name, "sans", styles.name.size)));
  const column = Math.min(widestName, Math.max(0, ...names));
  const from = column === 0 ? 0 : column + gap;
  const rows = shown.flatMap(({ name, text, code }): readonly Row[] => {
    const style: Style = code === true ? "code" : "text";
    const { font, size } = styles[style];
    const wrapped = wrap(text, font, size, room.width - from, room.rows);
    return (wrapped.length === 0 ? [""] : wrapped).map((line, index) => ({
      cells: [
        name !== undefined && index === 0 ? cellOf(name, "name", column) : undefined,
        cellOf(line, style, room.width - from, from),
      ],
      height: rowHeight,
    }));
  });
  if (shown.length === lines.length) return rows;
  return [...rows, { cells: [cellOf(`+ ${lines.length - shown.length} more`, "name", room.width)], height: rowHeight }];
}

function cellOf(text: string, style: Style, most: number, x = 0): Omit<Run, "y"> {
  const { font, size } = styles[style];
  const fitting = clipped(text, font, size, most);
  return { x: padding.x + x, text: fitting, style, width: widthOf(fitting, font, size) };
}

function tooltipOf({ label, title, description, lines, place }: GraphNode): string {
  const all = lines.map(({ name, text }) => (name === undefined ? text : `${name}: ${text}`));
  const at = place === undefined ? [] : [`${place.file}:${place.line}`];
  const head = [label, ...(title === undefined ? [] : [title])].join(": ");
  return [head, ...(description === undefined ? [] : [description]), ...all, ...at].join("\n");
}
