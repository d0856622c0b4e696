// Values that YAML cut because of an expression in them, found as the author meant them: each `${ … }` is masked by
// filler of equal length, and what is one scalar then was one to its author. Where it is not one in the text as it
// stands, it can be quoted by machine.

import { type Document, isCollection, type Scalar, visit } from "yaml";
import { expressionRegions, masked, type Region } from "./expressions.ts";
import { readYaml } from "./yaml.ts";

export interface Cut extends Region {
  /** What stands there so that YAML reads it whole. */
  readonly text: string;
}

/** `documents`: the text as YAML reads it. In order; none where what is meant is not certain. */
export function cutsOf(text: string, documents: readonly Document[] = readYaml(text)): readonly Cut[] {
  const regions = expressionRegions(text);
  const scalars = scalarsOf(documents);
  if (allInside(regions, scalars)) return [];
  const meant = readYaml(masked(text, regions, true));
  // A brace that is not closed may have taken in what is none of it.
  if (!documents.some(isBroken) && meant.some(isBroken)) return [];
  // What is broken still, the expressions are not to blame for.
  const lineOf = (offset: number): number => text.lastIndexOf("\n", offset - 1);
  const brokenLines = new Set(meant.flatMap(({ errors }) => errors.map(({ pos: [at] }) => lineOf(at))));
  const whole = new Set(scalars.map(({ start, end }) => `${start} ${end}`));
  return scalarsOf(meant).flatMap((scalar) => {
    const { start, end } = scalar;
    const inside = regions.filter((region) => start <= region.start && region.end <= end);
    if (inside.length === 0 || scalar.key || brokenLines.has(lineOf(end)) || whole.has(`${start} ${end}`)) return [];
    const written = asWhole(text, scalar, inside);
    return written === undefined ? [] : [{ start, end, text: written }];
  });
}

const isBroken = ({ errors }: Document): boolean => errors.length > 0;

/** So it is with nearly every text, which then needs no second look. Both are in order. */
function allInside(regions: readonly Region[], scalars: readonly Region[]): boolean {
  let at = 0;
  return regions.every(({ start, end }) => {
    while ((scalars[at]?.end ?? end) < end) at += 1;
    return (scalars[at]?.start ?? end) <= start;
  });
}

interface Meant extends Region {
  readonly type: Scalar["type"];
  readonly key: boolean;
  /** It stands inside of braces or brackets. */
  readonly flow: boolean;
}

function scalarsOf(documents: readonly Document[]): readonly Meant[] {
  const found: Meant[] = [];
  for (const document of documents) {
    visit(document, {
      Scalar: (key, { type, range }, path) => {
        if (range == null) return;
        const [start, end] = range;
        const flow = path.some((each) => isCollection(each) && each.flow === true);
        found.push({ start, end, type, key: key === "key", flow });
      },
    });
  }
  return found;
}

/** Undefined: more than one thing may be meant. */
function asWhole(text: string, { start, end, type, flow }: Meant, inside: readonly Region[]): string | undefined {
  const source = text.slice(start, end);
  const [from, to] = type === "PLAIN" ? [start, end] : [start + 1, end - 1];
  const around = masked(text, inside, true).slice(from, to);
  const quote = type === "PLAIN" ? "" : source.charAt(0);
  if (type?.startsWith("BLOCK") === true || /[\r\n]/.test(around)) return undefined;
  // What is escaped outside of the expressions may be meant so inside of them, or not.
  if (quote === '"' ? source.includes("\\") : quote === "'" && source.slice(1, -1).includes("''")) return undefined;
  const value = text.slice(from, to);
  if (/[\r\n]/.test(value)) {
    if (quote !== "") return undefined;
    return flow ? quotedInOne(value) : blockOf(text, start, end);
  }
  return quote === '"' && !value.includes("'") ? `"${value.replaceAll('"', "'")}"` : quoted(value);
}

/** Braces hold no block. A comment or a template would not be the same on one line. */
const quotedInOne = (value: string): string | undefined =>
  /\/\/|`/.test(value) ? undefined : quoted(value.replaceAll(/\s*\n\s*/g, " "));

/** The expression keeps its lines, below its key. */
function blockOf(text: string, start: number, end: number): string | undefined {
  const line = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  const head = /^( *(?:- +)*)(?:[\w.-]+: *)?$/.exec(line);
  // A comment behind it would be text of the block.
  if (head === null || line.trim() === "" || !/^[ \t]*(?:\r?\n|$)/.test(text.slice(end))) return undefined;
  const [first = "", ...rest] = text.slice(start, end).split(/\r?\n/);
  const pad = head[0] === head[1] ? head[1].length : (head[1]?.length ?? 0) + 2;
  const least = Math.min(...rest.filter((each) => each.trim() !== "").map((each) => each.search(/\S/)));
  const more = Math.max(0, pad - least);
  const lines = [" ".repeat(pad) + first, ...rest.map((each) => (each.trim() === "" ? "" : " ".repeat(more) + each))];
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  return ["|-", ...lines].join(lineEnd);
}

/** As a quoted scalar, in the quotes that need nothing escaped. */
export function quoted(value: string): string {
  if (!/["\\]/.test(value)) return `"${value}"`;
  if (!value.includes("'")) return `'${value}'`;
  return `"${value.replaceAll(/["\\]/g, (sign) => `\\${sign}`)}"`;
}
