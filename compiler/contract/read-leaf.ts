// The parts of a JSON Schema that hold no other schema: types, constants, texts, numbers, counts.

import type { Json, JsonObject, JsonPrimitive } from "../../schema/json.ts";
import { keywordUse } from "./keywords.ts";
import { patternProblem } from "./pattern.ts";
import { fail, type Reading } from "./reading.ts";
import { formats, type NumberShape, type Shape, type StringShape } from "./shape.ts";

const typeNames = ["string", "number", "integer", "boolean", "null", "object", "array"];

/** Undefined when every type is admitted. */
export function typesOf(schema: JsonObject, at: Reading): readonly string[] | undefined {
  const { type, nullable } = schema;
  if (nullable !== undefined && (typeof nullable !== "boolean" || type === undefined))
    fail(at, "nullable", "`nullable` is true or false, and stands beside `type`.");
  if (type === undefined)
    return at.implied === "object" && !("const" in schema) && !("enum" in schema) ? ["object"] : undefined;
  const names = (Array.isArray(type) ? type : [type]).map(String);
  const unknown = names.filter((name) => !typeNames.includes(name));
  if (unknown.length > 0 || names.length === 0) {
    fail(at, "type", `\`type\` is one of ${typeNames.join(", ")}, or a list of them.`);
    return undefined;
  }
  if (nullable === true) names.push("null");
  return [...new Set(names)].filter((name) => name !== "integer" || !names.includes("number"));
}

export function readLiterals(schema: JsonObject, types: readonly string[] | undefined, at: Reading): Shape {
  const keyword = "const" in schema ? "const" : "enum";
  const listed = "const" in schema ? [schema.const ?? null] : schema.enum;
  const beside = Object.keys(schema).find((key) => keywordUse(key).kind === "typed");
  if (beside !== undefined) fail(at, beside, `\`${beside}\` beside \`${keyword}\` adds nothing.`, "Leave it out.");
  if (!Array.isArray(listed) || listed.length === 0 || ("const" in schema && "enum" in schema)) {
    fail(at, keyword, "`enum` is a list of values, and stands without `const`.");
    return { kind: "any" };
  }
  const values = listed.filter((value): value is JsonPrimitive => typeof value !== "object" || value === null);
  if (values.length < listed.length) fail(at, keyword, `\`${keyword}\` of objects or lists is not supported.`);
  if (values.some((value) => typeof value === "number" && !Number.isFinite(value)))
    fail(at, keyword, "JSON has no such number, so no message can hold it.");
  const fitting = values.filter((value) => types === undefined || types.some((type) => isOfType(value, type)));
  if (values.length > 0 && fitting.length === 0)
    fail(at, keyword, `No value of \`${keyword}\` has the \`type\` that stands beside it.`);
  return fitting.length === 0 ? { kind: "any" } : { kind: "literals", values: [...new Set(fitting)] };
}

function isOfType(value: JsonPrimitive, type: string): boolean {
  if (type === "null") return value === null;
  if (type === "integer") return Number.isSafeInteger(value);
  return typeof value === type;
}

export function readString(schema: JsonObject, at: Reading): StringShape {
  const { minLength, maxLength, format, pattern } = schema;
  const known = formats.find((name) => name === format);
  if (format !== undefined && known === undefined)
    fail(at, "format", `This \`format\` is not checked.`, `Known are ${formats.join(", ")}.`);
  const problem = pattern === undefined ? undefined : patternProblem(pattern);
  if (problem !== undefined) fail(at, "pattern", problem.message, problem.help);
  return {
    kind: "string",
    ...bounds({ minLength, maxLength }, "count", at),
    ...(known === undefined ? {} : { format: known }),
    ...(typeof pattern === "string" && problem === undefined ? { pattern } : {}),
  };
}

export function readNumber(integer: boolean, schema: JsonObject, at: Reading): NumberShape {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (typeof multipleOf === "number" && multipleOf <= 0)
    fail(at, "multipleOf", "`multipleOf` is a number greater than 0.");
  return {
    kind: "number",
    integer,
    ...bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }, "number", at),
  };
}

export function bounds<Name extends string>(
  given: Readonly<Record<Name, Json | undefined>>,
  kind: "count" | "number",
  at: Reading,
): { readonly [name in Name]?: number } {
  const found: { [name in Name]?: number } = {};
  for (const name in given) {
    const value = given[name];
    if (value === undefined) continue;
    const fits =
      Number.isFinite(value) &&
      typeof value === "number" &&
      (kind === "number" || (Number.isSafeInteger(value) && value >= 0));
    if (fits) found[name] = value;
    else fail(at, name, `\`${name}\` is ${kind === "count" ? "a whole number from 0" : "a number"}.`);
  }
  return found;
}

export function requiredNames(schema: JsonObject, at: Reading): ReadonlySet<string> {
  const { required } = schema;
  if (required === undefined) return new Set();
  if (Array.isArray(required) && required.every((name) => typeof name === "string"))
    return new Set(required.map(String));
  fail(at, "required", "`required` is a list of field names beside `properties`.");
  return new Set();
}
