// A pattern's tree as a deterministic automaton.

import type { Automaton } from "../../schema/automaton.ts";
import type { PatternNode, Ranges } from "./pattern-syntax.ts";

const maxNodes = 1200;
const maxCells = 20_000;

/** Part of the non-deterministic automaton: one step to `to`, or to several without a character. */
type Move =
  | { readonly kind: "set"; readonly set: number; readonly to: number }
  | { readonly kind: "free"; readonly to: readonly number[] }
  | { readonly kind: "start" | "end"; readonly to: number }
  | { readonly kind: "match" };

/** Undefined when the table would be too large. */
export function buildAutomaton(pattern: PatternNode): Automaton | undefined {
  const sets: Ranges[] = [];
  const moves = movesOf(pattern, sets);
  if (moves === undefined) return undefined;
  const alphabet = alphabetOf(sets);
  const columns = alphabet.members.length;
  const known = new Map<string, number>();
  const states: (readonly number[])[] = [];
  const match: number[] = [];
  const enter = (points: readonly number[], atStart: boolean): number => {
    const inner = closure(moves, points, atStart, false);
    if (inner.length === 0) return -1;
    const key = `${atStart ? "^" : ""}${inner.join(",")}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    known.set(key, states.length);
    const done = inner.some((point) => moves[point]?.kind === "match");
    const atEnd = closure(moves, points, atStart, true).some((point) => moves[point]?.kind === "match");
    match.push(done ? 2 : atEnd ? 1 : 0);
    return states.push(done ? [] : inner) - 1;
  };
  enter([moves.length - 1], true);
  const next: number[] = [];
  for (let state = 0; state < states.length; state++) {
    const points = states[state] ?? [];
    for (const members of alphabet.members) {
      const reached = points.flatMap((point) => {
        const move = moves[point];
        return move?.kind === "set" && members.has(move.set) ? [move.to] : [];
      });
      // A match may begin at every character.
      next.push(points.length === 0 ? state : enter([...reached, moves.length - 1], false));
    }
    if (states.length * columns > maxCells) return undefined;
  }
  return { from: alphabet.from, column: alphabet.column, columns, next, match };
}

/** Moves from the end of the pattern to its beginning; the last one is where it starts. */
function movesOf(pattern: PatternNode, sets: Ranges[]): readonly Move[] | undefined {
  const moves: Move[] = [{ kind: "match" }];
  const add = (move: Move): number => moves.push(move) - 1;
  const write = (node: PatternNode, to: number): number => {
    if (moves.length > maxNodes) return to;
    switch (node.kind) {
      case "set":
        return add({ kind: "set", set: sets.push(node.ranges) - 1, to });
      case "start":
      case "end":
        return add({ kind: node.kind, to });
      case "sequence":
        return node.items.reduceRight((after, item) => write(item, after), to);
      case "choice":
        return add({ kind: "free", to: node.items.map((item) => write(item, to)) });
      case "repeat":
        return writeRepeat(node, to);
    }
  };
  const writeRepeat = (node: Extract<PatternNode, { kind: "repeat" }>, to: number): number => {
    let first = to;
    if (node.max === undefined) {
      const back: number[] = [to];
      first = add({ kind: "free", to: back });
      back.push(write(node.item, first));
    }
    const optional = node.max === undefined ? 0 : Math.min(node.max - node.min, maxNodes);
    for (let count = 0; count < optional; count++) first = add({ kind: "free", to: [write(node.item, first), to] });
    for (let count = 0; count < Math.min(node.min, maxNodes); count++) first = write(node.item, first);
    return first;
  };
  const start = write(pattern, 0);
  add({ kind: "free", to: [start] });
  return moves.length > maxNodes ? undefined : moves;
}

/** What is reached without a character, sorted: only points that wait for a character, for the end, or have matched. */
function closure(
  moves: readonly Move[],
  points: readonly number[],
  atStart: boolean,
  atEnd: boolean,
): readonly number[] {
  const seen = new Set(points);
  const kept: number[] = [];
  // A set grows while it is walked.
  for (const point of seen) {
    const move = moves[point];
    if (move?.kind === "free") for (const to of move.to) seen.add(to);
    else if (move?.kind === "start") {
      if (atStart) seen.add(move.to);
    } else if (move?.kind === "end" && atEnd) seen.add(move.to);
    else kept.push(point);
  }
  return kept.sort((a, b) => a - b);
}

/** Code points that no set tells apart share a column. */
function alphabetOf(sets: readonly Ranges[]) {
  const edges = new Set([0]);
  for (const [low, high] of sets.flat()) {
    edges.add(low);
    if (high < 0x10ffff) edges.add(high + 1);
  }
  const from = [...edges].sort((a, b) => a - b);
  const columns = new Map<string, number>();
  const members: ReadonlySet<number>[] = [];
  const column = from.map((point) => {
    const inside = sets.flatMap((ranges, set) =>
      ranges.some(([low, high]) => low <= point && point <= high) ? [set] : [],
    );
    const key = inside.join(",");
    const known = columns.get(key);
    if (known !== undefined) return known;
    columns.set(key, members.length);
    return members.push(new Set(inside)) - 1;
  });
  return { from, column, members };
}
