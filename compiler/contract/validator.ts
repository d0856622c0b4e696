// The validator of a contract as JavaScript text. It asks each question once, in the order of the contract, builds
// paths only for what is wrong, and never repeats a value in a message.

import type { JsonPrimitive, JsonSchema } from "../../schema/json.ts";
import { formatHelpers } from "./formats.ts";
import { jsText } from "./js-text.ts";
import { automatonOf } from "./pattern.ts";
import { type ResolveRef, readSchema } from "./read.ts";
import type { Alternative, ArrayShape, Leaf, NumberShape, ObjectShape, Shape, StringShape } from "./shape.ts";
import { dispatchOf, fieldOf, type Writing, writeFunctions } from "./writing.ts";

/** How many issues one message gets at most. */
const maxIssues = 20;
/** Levels of references; a deeper message is an issue, not a stack overflow. */
const maxDepth = 256;

/**
 * An expression that yields `(value) => Issue[]`: self-contained, no `eval`, at most 20 issues, linear in the value.
 * `refs` finds contracts by name, `order@1`.
 */
export function validatorCode(schema: JsonSchema, refs: ResolveRef): string {
  const constants: string[] = [];
  const { root, functions } = writeFunctions(readSchema(schema, refs), (shape, name, writing) => {
    const lines = check(shape, { value: "v", path: pathOf("p"), constants, writing });
    if (lines.length === 0) return `const ${name} = () => {};`;
    return `const ${name} = (v, p, d, out) => {
if (d > ${maxDepth}) return say(out, p, "is nested too deep");
${lines.join("\n")}
};`;
  });
  const body = [...functions, ...constants].join("\n");
  return `(() => {
const isArray = Array.isArray, own = Object.hasOwn;
const say = (out, path, message) => { if (out.length < ${maxIssues}) out.push({ path, message }); };
${[...helpersFor(body), body].join("\n")}
return (value) => { const out = []; ${root}(value, "", 0, out); return out; };
})()`;
}

interface At {
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

const pathOf = (head: string): PathText => ({ head, tail: "" });
const printPath = ({ head, tail }: PathText): string => (tail === "" ? head : `${head} + ${jsText(tail)}`);
const below = ({ head, tail }: PathText, name: string): PathText => ({
  head,
  tail: `${tail}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`,
});
const belowVariable = (path: PathText, variable: string): PathText =>
  pathOf(`${printPath({ ...path, tail: `${path.tail}/` })} + ${variable}`);

const say = (at: At, message: string): string => `say(out, ${printPath(at.path)}, ${jsText(message)});`;

function check(shape: Shape, at: At): readonly string[] {
  switch (shape.kind) {
    case "any":
      return [];
    case "ref":
      return [`${at.writing.functionFor(shape.to)}(${at.value}, ${printPath(at.path)}, d + 1, out);`];
    case "union":
      return checkUnion(shape, at);
    default: {
      const inner = checkInner(shape, at);
      const wrong = `if (!(${test(shape, at)})) ${say(at, `must be ${describe(shape)}`)}`;
      return inner.length === 0 ? [wrong] : [wrong, "else {", ...inner, "}"];
    }
  }
}

/** Is it of the right kind? A JavaScript condition. */
function test(shape: Leaf, { value, constants, writing }: At): string {
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

function describe(shape: Leaf): string {
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

function describeValues(values: readonly JsonPrimitive[]): string {
  const shown = values
    .slice(0, 10)
    .map((value) => (typeof value === "string" && /^[\w.:/+#-]+$/.test(value) ? value : jsText(value)));
  if (values.length === 1) return shown.join("");
  return `one of ${shown.join(", ")}${values.length > shown.length ? ", …" : ""}`;
}

/** What else must hold once the kind is right. */
function checkInner(shape: Leaf, at: At): readonly string[] {
  switch (shape.kind) {
    case "string":
      return checkString(shape, at);
    case "number":
      return checkNumber(shape, at);
    case "array":
      return checkArray(shape, at);
    case "object":
      return checkObject(shape, at);
    case "any":
    case "null":
    case "boolean":
    case "literals":
      return [];
  }
}

function checkUnion(shape: Shape, at: At): readonly string[] {
  const { scalars, array, objects, tag } = dispatchOf(shape, at.writing.shapes);
  if (scalars.some((leaf) => leaf.kind === "any")) return [];
  const branches: { readonly condition: string; readonly lines: readonly string[] }[] = scalars.map((leaf) => ({
    condition: test(leaf, at),
    lines: checkInner(leaf, at),
  }));
  if (array !== undefined) branches.push({ condition: test(array.leaf, at), lines: checkAlternative(array, at) });
  const [first] = objects;
  if (first !== undefined) {
    branches.push({
      condition: test(first.leaf, at),
      lines: tag === undefined ? checkAlternative(first, at) : checkTagged(objects, tag, at),
    });
  }
  const structures = [array, first].flatMap((each) => (each === undefined ? [] : [each.leaf]));
  const kinds = [...scalars, ...structures].map(describe);
  const last = kinds.pop() ?? "";
  const wanted = kinds.length === 0 ? last : `${kinds.join(", ")} or ${last}`;
  const chain = branches.map(({ condition, lines }) => `if (${condition}) {\n${lines.join("\n")}\n}`);
  return [`${chain.join(" else ")} else ${say(at, `must be ${wanted}`)}`];
}

function checkAlternative({ leaf, via }: Alternative, at: At): readonly string[] {
  return via === undefined ? checkInner(leaf, at) : check({ kind: "ref", to: via }, at);
}

function checkTagged(
  objects: readonly Alternative<ObjectShape>[],
  tag: { readonly name: string; readonly values: readonly (readonly JsonPrimitive[])[] },
  at: At,
): readonly string[] {
  const at2 = { ...at, path: below(at.path, tag.name) };
  const cases = objects.map((object, index) => {
    const labels = (tag.values[index] ?? []).map((value) => `case ${jsText(value)}:`).join(" ");
    return `${labels} {\n${checkAlternative(object, at).join("\n")}\nbreak; }`;
  });
  const name = at.writing.fresh("t");
  return [
    `const ${name} = ${fieldOf(at.value, tag.name)};`,
    `switch (${name}) {`,
    ...cases,
    `default: if (${name} === undefined) ${say(at2, "is required")} else ${say(at2, `must be ${describeValues(tag.values.flat())}`)}`,
    "}",
  ];
}

function checkString(shape: StringShape, at: At): readonly string[] {
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
    at.constants.push(`const ${name} = ${JSON.stringify(automatonOf(pattern))};`);
    lines.push(`if (!matches(${name}, ${at.value})) ${say(at, "must match the contract's pattern")}`);
  }
  return lines;
}

function checkNumber(shape: NumberShape, at: At): readonly string[] {
  const bounds = [
    { bound: shape.minimum, operator: ">=", words: "at least" },
    { bound: shape.maximum, operator: "<=", words: "at most" },
    { bound: shape.exclusiveMinimum, operator: ">", words: "greater than" },
    { bound: shape.exclusiveMaximum, operator: "<", words: "less than" },
  ];
  return bounds.flatMap(({ bound, operator, words }) =>
    bound === undefined
      ? []
      : [`if (!(${at.value} ${operator} ${jsText(bound)})) ${say(at, `must be ${words} ${bound}`)}`],
  );
}

function checkArray(shape: ArrayShape, at: At): readonly string[] {
  const lines: string[] = [];
  const { minItems, maxItems } = shape;
  const max = shape.rest === undefined ? Math.min(maxItems ?? Number.POSITIVE_INFINITY, shape.prefix.length) : maxItems;
  if (minItems !== undefined && minItems > 0)
    lines.push(
      `if (${at.value}.length < ${minItems}) ${say(at, minItems === 1 ? "must not be empty" : `must have ${minItems} items or more`)}`,
    );
  if (max !== undefined) lines.push(`if (${at.value}.length > ${max}) ${say(at, `must have ${max} items or fewer`)}`);
  if (shape.unique)
    lines.push(`if (new Set(${at.value}).size < ${at.value}.length) ${say(at, "must not hold an item twice")}`);
  for (const [index, item] of shape.prefix.entries()) {
    const value = at.writing.fresh("v");
    const inner = check(item, { ...at, value, path: below(at.path, String(index)) });
    if (inner.length > 0)
      lines.push(`if (${at.value}.length > ${index}) {\nconst ${value} = ${at.value}[${index}];`, ...inner, "}");
  }
  if (shape.rest !== undefined) lines.push(...checkItems(shape.rest, shape.prefix.length, at));
  return lines;
}

function checkItems(item: Shape, start: number, at: At): readonly string[] {
  const [value, index] = [at.writing.fresh("v"), at.writing.fresh("i")];
  const inner = check(item, { ...at, value, path: belowVariable(at.path, index) });
  if (inner.length === 0) return [];
  return [
    `for (let ${index} = ${start}; ${index} < ${at.value}.length && out.length < ${maxIssues}; ${index}++) {`,
    `const ${value} = ${at.value}[${index}];`,
    ...inner,
    "}",
  ];
}

function checkObject(shape: ObjectShape, at: At): readonly string[] {
  const lines: string[] = [];
  for (const { name, required, shape: member } of shape.properties) {
    const value = at.writing.fresh("v");
    const at2 = { ...at, value, path: below(at.path, name) };
    const inner = check(member, at2);
    if (!required && inner.length === 0) continue;
    lines.push(`const ${value} = ${fieldOf(at.value, name)};`);
    if (required) lines.push(`if (${value} === undefined) ${say(at2, "is required")}`);
    if (inner.length > 0) lines.push(`${required ? "else" : `if (${value} !== undefined)`} {`, ...inner, "}");
  }
  return [...lines, ...checkOthers(shape, at)];
}

function checkOthers({ properties, others }: ObjectShape, at: At): readonly string[] {
  if (others === "dropped" || others === "kept") return [];
  const key = at.writing.fresh("k");
  const path = `${printPath(at.path)} + shown(${key})`;
  const loop = `for (const ${key} of Object.keys(${at.value})) {\nif (out.length >= ${maxIssues}) break;`;
  if (others === "refused") {
    const names = at.writing.fresh("set");
    at.constants.push(`const ${names} = new Set([${properties.map((property) => jsText(property.name)).join(", ")}]);`);
    return [
      loop,
      `if (!${names}.has(${key}) && ${at.value}[${key}] !== undefined) say(out, ${path}, "is not declared");`,
      "}",
    ];
  }
  const value = at.writing.fresh("v");
  const inner = check(others, { ...at, value, path: pathOf(`(${path})`) });
  if (inner.length === 0) return [];
  return [loop, `const ${value} = ${at.value}[${key}];`, ...inner, "}"];
}

/** The helpers that the code calls, and those that they call. */
function helpersFor(body: string): readonly string[] {
  let code = body;
  const wanted = helperTexts.toReversed().filter(({ name, text }) => {
    const called = new RegExp(`\\b${name}\\(`).test(code);
    if (called) code += text;
    return called;
  });
  return wanted.toReversed().map(({ text }) => text);
}

/** Each calls only helpers above it. */
const helperTexts: readonly { readonly name: string; readonly text: string }[] = [
  {
    name: "shown",
    // A key is the sender's text: it is shown only when it looks like a name.
    text: `const shown = (key) => /^[\\w.@:-]{1,64}$/.test(key) ? "/" + key : "/*";`,
  },
  {
    name: "matches",
    // One look at each character: the interval that it is in by halving, then the table.
    text: `const matches = ({ from, column, columns, next, match }, text) => {
let state = 0;
for (let i = 0; i < text.length && state >= 0 && match[state] < 2; i++) {
const point = text.codePointAt(i);
if (point > 65535) i++;
let low = 0, high = from.length - 1;
while (low < high) { const middle = (low + high + 1) >> 1; if (from[middle] <= point) low = middle; else high = middle - 1; }
state = next[state * columns + column[low]];
}
return state >= 0 && match[state] > 0;
};`,
  },
  {
    name: "points",
    text: `const points = (text) => { let count = 0; for (const _ of text) count++; return count; };`,
  },
  {
    name: "atLeast",
    text: `const atLeast = (text, count) => text.length >= count && (text.length >= 2 * count || points(text) >= count);`,
  },
  {
    name: "atMost",
    text: `const atMost = (text, count) => text.length <= count || (text.length <= 2 * count && points(text) <= count);`,
  },
  ...Object.values(formatHelpers).map(({ helper, text }) => ({ name: helper, text })),
];
