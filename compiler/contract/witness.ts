// A sample that shows a difference: a message that fits the one version of a contract and not the other. Few samples
// are tried, each of which differs from a plain one in a single place; where none of them shows it there is none.

import type { Json } from "../../schema/json.ts";
import { isJsonObject } from "../../schema/json.ts";
import { admitsNumber, refusals } from "./refusals.ts";
import {
  type ArrayShape,
  alternatives,
  type Format,
  type Leaf,
  type NumberShape,
  type ObjectShape,
  type Shape,
  type Shapes,
  type StringShape,
} from "./shape.ts";

/** What `sender` may send and `reader` refuses at this path (`lines[].qty`). The plainest that was found. */
export function witness(sender: Shapes, reader: Shapes, path: string): Json | undefined {
  const found = samples(sender.root, sender.refs, { left: most })
    .filter((value) => refusals(sender, value).length === 0)
    .map((value) => ({ value, refused: refusals(reader, value) }))
    .filter(({ refused }) => refused.includes(path));
  return found.toSorted((a, b) => a.refused.length - b.refused.length)[0]?.value;
}

/** Shapes that are looked into, all together: one that refers to itself has no end. */
const most = 1000;
const deepest = 8;
const mostEach = 200;

/** The plainest first; none where the shape has no end. */
function samples(shape: Shape, refs: Shapes["refs"], budget: { left: number }, depth = 0): readonly Json[] {
  budget.left -= 1;
  if (depth > deepest || budget.left < 0) return [];
  const below = (inner: Shape): readonly Json[] => samples(inner, refs, budget, depth + 1);
  return alternatives(shape, refs)
    .flatMap((leaf) => samplesOf(leaf, below))
    .slice(0, mostEach);
}

function samplesOf(leaf: Leaf, below: (shape: Shape) => readonly Json[]): readonly Json[] {
  switch (leaf.kind) {
    case "any":
      return ["text", 1, true, null, [], {}];
    case "null":
      return [null];
    case "boolean":
      return [true, false];
    case "literals":
      return leaf.values;
    case "number":
      return numbers(leaf);
    case "string":
      return texts(leaf);
    case "array":
      return lists(leaf, below);
    case "object":
      return objects(leaf, below);
    default:
      return leaf satisfies never;
  }
}

function numbers(leaf: NumberShape): readonly number[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf = 1 } = leaf;
  const bounds = [minimum, maximum, exclusiveMinimum, exclusiveMaximum].filter((each) => each !== undefined);
  const near = bounds.flatMap((each) => [each, each + 1, each - 1, each + 0.5, each - 0.5]);
  const all = [1, 0, ...near, 1.5, -1, multipleOf, 3 * multipleOf, 0.01, 1000, -1000, 1_000_000_000];
  return [...new Set(all)].filter((each) => admitsNumber(leaf, each));
}

const ofFormat: Readonly<Record<Format, string>> = {
  date: "2026-01-31",
  "date-time": "2026-01-31T12:00:00Z",
  email: "ann@example.com",
  uri: "https://example.com/",
  uuid: "00000000-0000-4000-8000-000000000000",
};

function texts({ minLength = 0, maxLength, format }: StringShape): readonly string[] {
  const ends = [minLength, ...(maxLength === undefined ? [] : [maxLength])].filter((length) => length <= 300);
  const made = ends.flatMap((length) => [length, length + 1].map((each) => "x".repeat(each)));
  const common = ["text", "A", "a", "ab", "abc", "ABC", "1", "123", "12345", "a-1", "", "x".repeat(300)];
  if (format !== undefined) return [ofFormat[format]];
  return [...new Set([...common, ...made, ...Object.values(ofFormat)])];
}

function lists(
  { prefix, rest, minItems = 0, maxItems }: ArrayShape,
  below: (shape: Shape) => readonly Json[],
): readonly Json[] {
  const heads = prefix.map((shape) => below(shape));
  const more = rest === undefined ? [] : below(rest);
  const of = (length: number): readonly Json[] | undefined => {
    const items = Array.from({ length }, (_, index) => (heads[index] ?? more)[0]);
    return items.some((item) => item === undefined) ? undefined : items.filter((item) => item !== undefined);
  };
  const long = Math.max(minItems, prefix.length, 1);
  const lengths = [long, minItems, 0, 1, 2, long + 1, ...(maxItems === undefined || maxItems > 50 ? [] : [maxItems])];
  const plain = of(long);
  const varied = (plain ?? []).flatMap((_, index) =>
    (heads[index] ?? more).slice(1).map((item) => plain?.with(index, item) ?? []),
  );
  return [...[...new Set(lengths)].flatMap((length) => [of(length) ?? []]), ...varied];
}

function objects(leaf: ObjectShape, below: (shape: Shape) => readonly Json[]): readonly Json[] {
  const fields = leaf.properties.map((property) => ({ ...property, values: below(property.shape) }));
  if (fields.some(({ required, values }) => required && values.length === 0)) return [];
  const first = (chosen: typeof fields): Record<string, Json> =>
    Object.fromEntries(chosen.flatMap(({ name, values: [value] }) => (value === undefined ? [] : [[name, value]])));
  const plain = first(fields.filter(({ required }) => required));
  const varied = fields.flatMap(({ name, required, values }) =>
    values.slice(required ? 1 : 0).map((value) => ({ ...plain, [name]: value })),
  );
  const record = isShape(leaf.others) ? below(leaf.others).map((value) => ({ ...plain, key: value })) : [];
  const others = leaf.others === "kept" ? [{ ...plain, other: 1 }] : record;
  return [plain, ...varied, ...others, first(fields)].filter(isJsonObject);
}

const isShape = (others: ObjectShape["others"]): others is Shape => typeof others === "object";
