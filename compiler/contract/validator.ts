// The validator of a contract as JavaScript text. It asks each question once, in the order of the contract, builds
// paths only for what is wrong, and never repeats a value in a message.

import type { JsonPrimitive, JsonSchema } from "../../schema/json.ts";
import { jsText } from "./js-text.ts";
import { perSchema } from "./per-schema.ts";
import { type ResolveRef, readSchema } from "./read.ts";
import type { Alternative, ArrayShape, Leaf, ObjectShape, Shape } from "./shape.ts";
import { helpersFor } from "./validator-helpers.ts";
import {
  type At,
  below,
  belowVariable,
  checkNumber,
  checkString,
  describe,
  describeValues,
  maxIssues,
  pathOf,
  printPath,
  say,
  test,
} from "./validator-leaf.ts";
import { dispatchOf, fieldOf, writeFunctions } from "./writing.ts";

/** Levels of references; a deeper message is an issue, not a stack overflow. */
const maxDepth = 256;

/**
 * An expression that yields `(value) => Issue[]`: self-contained, no `eval`, at most 20 issues, linear in the value.
 * `refs` finds contracts by name, `order@1`.
 */
export const validatorCode = perSchema(write);

function write(schema: JsonSchema, refs: ResolveRef): string {
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
  for (const { name, required: wanted, trusted, shape: member } of shape.properties) {
    const required = wanted && trusted !== true;
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
