// The questions of a printed validator about values that hold no others: of which kind, how long, how large. And how
// a question says where it stands.

import type { JsonPrimitive } from "../../schema/json.ts";
import { formatHelpers } from "./formats.ts";
import { jsText } from "./js-text.ts";
import { automatonText } from "./pattern.ts";
import type { Leaf, NumberShape, StringShape } from "./shape.ts";
import type { Writing } from "./writing.ts";

/** How many issues one message gets at most. */
export const maxIssues = 20;

export interface At {
  /** The variable that holds the value. */
  readonly value: string;
  /** A JavaScript expression for its JSON Pointer. */
  readonly path: PathText;
  readonly constants: string[];
  readonly writing: Writing;
}

interface PathText {
  /** Expression before the constant tail. */
  readonly head: string;
  readonly tail: string;
}

export const pathOf = (head: string): PathText => ({ head, tail: "" });
export const printPath = ({ head, tail }: PathText): string => (tail === "" ? head : `${head} + ${jsText(tail)}`);
export const below = ({ head, tail }: PathText, name: string): PathText => ({
  head,
  tail: `${tail}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`,
});
export const belowVariable = (path: PathText, variable: string): PathText =>
  pathOf(`${printPath({ ...path, tail: `${path.tail}/` })} + ${variable}`);

export const say = (at: At, message: string): string => `say(out, ${printPath(at.path)}, ${jsText(message)});`;

/** Is it of the right kind? A JavaScript condition. */
export function test(shape: Leaf, { value, constants, writing }: At): string {
  switch (shape.kind) {
    case "any":
      return "true";
    case "null":
      return `${value} === null`;
    case "boolean":
    case "string":
      return `typeof ${value} === "${shape.kind}"`;
    case "number":
      return `Number.${shape.integer ? "isSafeInteger" : "isFinite"}(${value})`;
    case "array":
      return `isArray(${value})`;
    case "object":
      return `typeof ${value} === "object" && ${value} !== null && !isArray(${value})`;
    case "literals": {
      if (shape.values.length <= 8) return shape.values.map((each) => `${value} === ${jsText(each)}`).join(" || ");
      const name = writing.fresh("set");
      constants.push(`const ${name} = new Set([${shape.values.map(jsText).join(", ")}]);`);
      return `${name}.has(${value})`;
    }
  }
}

export function describe(shape: Leaf): string {
  switch (shape.kind) {
    case "any":
      return "any value";
    case "null":
      return "null";
    case "boolean":
      return "true or false";
    case "string":
      return "a string";
    case "number":
      return shape.integer ? "an integer" : "a number";
    case "array":
      return "a list";
    case "object":
      return "an object";
    case "literals":
      return describeValues(shape.values);
  }
}

export function describeValues(values: readonly JsonPrimitive[]): string {
  const shown = values
    .slice(0, 10)
    .map((value) => (typeof value === "string" && /^[\w.:/+#-]+$/.test(value) ? value : jsText(value)));
  if (values.length === 1) return shown.join("");
  return `one of ${shown.join(", ")}${values.length > shown.length ? ", …" : ""}`;
}

export function checkString(shape: StringShape, at: At): readonly string[] {
  const lines: string[] = [];
  const { minLength, maxLength, format, pattern } = shape;
  if (minLength !== undefined && minLength > 0)
    lines.push(
      `if (!atLeast(${at.value}, ${minLength})) ${say(at, minLength === 1 ? "must not be empty" : `must be ${minLength} characters or longer`)}`,
    );
  if (maxLength !== undefined)
    lines.push(`if (!atMost(${at.value}, ${maxLength})) ${say(at, `must be ${maxLength} characters or shorter`)}`);
  if (format !== undefined) {
    const { helper, message } = formatHelpers[format];
    lines.push(`if (!${helper}(${at.value})) ${say(at, message)}`);
  }
  if (pattern !== undefined) {
    const name = at.writing.fresh("pattern");
    at.constants.push(`const ${name} = ${automatonText(pattern)};`);
    lines.push(`if (!matches(${name}, ${at.value})) ${say(at, "must match the contract's pattern")}`);
  }
  return lines;
}

export function checkNumber(shape: NumberShape, at: At): readonly string[] {
  const bounds = [
    { bound: shape.minimum, operator: ">=", words: "at least" },
    { bound: shape.maximum, operator: "<=", words: "at most" },
    { bound: shape.exclusiveMinimum, operator: ">", words: "greater than" },
    { bound: shape.exclusiveMaximum, operator: "<", words: "less than" },
  ];
  const lines = bounds.flatMap(({ bound, operator, words }) =>
    bound === undefined
      ? []
      : [`if (!(${at.value} ${operator} ${jsText(bound)})) ${say(at, `must be ${words} ${bound}`)}`],
  );
  const { multipleOf } = shape;
  if (multipleOf === undefined) return lines;
  const places = decimalPlaces(multipleOf);
  const whole = `isMultiple(${at.value}, ${shifted(multipleOf, places)}, ${places})`;
  return [...lines, `if (!${whole}) ${say(at, `must be a multiple of ${multipleOf}`)}`];
}

function decimalPlaces(value: number): number {
  const [digits = "", exponent = "0"] = String(value).split("e");
  return Math.max(0, (digits.split(".")[1] ?? "").length - Number(exponent));
}

/** The number with its decimal point moved; the same as `shifted` of the generated code. */
function shifted(value: number, places: number): number {
  const [digits = "", exponent = "0"] = String(value).split("e");
  return Number(`${digits}e${Number(exponent) + places}`);
}
