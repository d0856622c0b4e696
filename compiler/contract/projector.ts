// The projector of a contract as JavaScript text: a copy with declared fields only, so that undeclared ones do not
// exist behind the door. It takes a value that the validator has passed.

import type { JsonSchema } from "../../schema/json.ts";
import { jsText } from "./js-text.ts";
import { perSchema } from "./per-schema.ts";
import { type ResolveRef, readSchema } from "./read.ts";
import type { Alternative, ArrayShape, ObjectShape, Shape } from "./shape.ts";
import { dispatchOf, fieldOf, type Writing, writeFunctions } from "./writing.ts";

/** An expression that yields `(value) => value` without undeclared fields; values without any are shared, not copied. */
export const projectorCode = perSchema(write);

function write(schema: JsonSchema, refs: ResolveRef): string {
  const { root, functions } = writeFunctions(readSchema(schema, refs), (shape, name, writing) => {
    return `const ${name} = (v) => ${project(shape, "v", writing) ?? "v"};`;
  });
  const code = functions.join("\n");
  return `(() => {
const isArray = Array.isArray, own = Object.hasOwn;
const isObject = (v) => typeof v === "object" && v !== null && !isArray(v);
${code.includes("put(r, ") ? `${put}\n` : ""}${code}
return ${root};
})()`;
}

/** A field called __proto__ stays a field. */
const put = `const put = (r, k, v) => k === "__proto__" ? Object.defineProperty(r, k, { value: v, enumerable: true, configurable: true, writable: true }) : (r[k] = v);`;

/** An expression for the projected `value`; undefined when nothing can be left out. */
function project(shape: Shape, value: string, writing: Writing): string | undefined {
  switch (shape.kind) {
    case "ref":
      return `${writing.functionFor(shape.to)}(${value})`;
    case "array":
      return projectArray(shape, value, writing);
    case "object":
      return projectObject(shape, value, writing);
    case "union":
      return projectUnion(shape, value, writing);
    default:
      return undefined;
  }
}

function projectArray(shape: ArrayShape, value: string, writing: Writing): string | undefined {
  const item = writing.fresh("i");
  const index = writing.fresh("n");
  const prefix = shape.prefix.map((member) => project(member, item, writing) ?? item);
  const rest = shape.rest === undefined ? item : (project(shape.rest, item, writing) ?? item);
  if ([...prefix, rest].every((text) => text === item)) return undefined;
  const choices = prefix.map((text, position) => `${index} === ${position} ? ${text} : `).join("");
  return `(isArray(${value}) ? ${value}.map((${item}, ${index}) => ${choices}${rest}) : ${value})`;
}

function projectObject(shape: ObjectShape, value: string, writing: Writing): string | undefined {
  if (shape.others === "kept" && shape.properties.length === 0) return undefined;
  const object = writing.fresh("o");
  const field = writing.fresh("t");
  // What is there for certain is made in one piece: an object that grows field by field costs several times as much.
  const growing = shape.properties.findIndex(
    ({ name, required, trusted }) => !required || trusted === true || name === "__proto__",
  );
  const certain = growing === -1 ? shape.properties : shape.properties.slice(0, growing);
  const start = certain.map(({ name, shape: inner }) => {
    const read = fieldOf(object, name);
    const projected = project(inner, field, writing);
    return `${jsText(name)}: ${projected === undefined ? read : `(${field} = ${read}, ${projected})`}`;
  });
  const lines = shape.properties.slice(certain.length).map(({ name, shape: inner }) => {
    const projected = project(inner, field, writing) ?? field;
    const assign = name === "__proto__" ? `put(r, "__proto__", ${projected})` : `r[${jsText(name)}] = ${projected}`;
    return `${field} = ${fieldOf(object, name)}; if (${field} !== undefined) ${assign};`;
  });
  const others = typeof shape.others === "object" ? recordLines(shape.others, object, writing) : "";
  return `(isObject(${value}) ? ((${object}) => { let ${field}; const r = { ${start.join(", ")} }; ${lines.join(" ")} ${others}return r; })(${value}) : ${value})`;
}

function recordLines(inner: Shape, object: string, writing: Writing): string {
  const key = writing.fresh("k");
  const read = `${object}[${key}]`;
  return `for (const ${key} of Object.keys(${object})) put(r, ${key}, ${project(inner, read, writing) ?? read}); `;
}

function projectUnion(shape: Extract<Shape, { kind: "union" }>, value: string, writing: Writing): string | undefined {
  const { array, objects, tag } = dispatchOf(shape, writing.shapes);
  const [first] = objects;
  const inside = ({ leaf, via }: Alternative): string | undefined =>
    via === undefined ? project(leaf, value, writing) : `${writing.functionFor(via)}(${value})`;
  const list = array === undefined ? undefined : inside(array);
  const only = first === undefined || objects.length > 1 ? undefined : inside(first);
  if (tag !== undefined) {
    const cases = objects.map((object, index) => {
      const values = (tag.values[index] ?? []).map((constant) => `${fieldOf(value, tag.name)} === ${jsText(constant)}`);
      return `(${values.join(" || ") || "false"}) ? ${inside(object) ?? value} : `;
    });
    return `(isObject(${value}) ? ${cases.join("")}${value} : ${list ?? value})`;
  }
  if (only === undefined) return list;
  return list === undefined ? only : `(isArray(${value}) ? ${list} : ${only})`;
}
