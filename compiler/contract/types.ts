// A contract as closed, read-only TypeScript types. `$Json` comes from the checker's prelude.

import type { JsonPrimitive, JsonSchema } from "../../schema/json.ts";
import { jsText } from "./js-text.ts";
import { partialMark, type ResolveRef, readSchema } from "./read.ts";
import type { ArrayShape, ObjectShape, Property, Shape } from "./shape.ts";

/**
 * A TypeScript identifier for a contract's key, another one for every other key: `order@1` → `Order_1`,
 * `warehouse-order@1` → `WarehouseOrder_1`, `targets.slack.steps.0` → `Targets$_slack$_steps$_0`. Each part can be
 * read back: capitals stand for a first letter or for one after a dash, everything else unusual is its code point.
 */
export function typeName(key: string): string {
  return key.replace(/^[a-z]|(?!^)-[a-z]|^\d|@|[^a-z0-9]/gu, (part) => {
    if (/[a-z]$/.test(part)) return part.slice(-1).toUpperCase();
    if (part === "@") return "_";
    if (part === ".") return "$_";
    return `$${part.codePointAt(0)?.toString(16) ?? ""}$`;
  });
}

/** `line` of the `$defs` of `Order_1` → `Order_1$Line`. */
export const definitionName = (type: string, group: string, definition: string): string =>
  `${type}${group === "$defs" ? "$" : "$$"}${typeName(definition)}`;

/**
 * `export type Order_1 = { … };` and one declaration for each definition of its own. Contracts that it refers to
 * are named by `typeName` and not declared; `resolveRef` finds them, since `allOf` takes over their fields. Reads what
 * it can of a schema outside the subset; `checkSchema` refuses it.
 */
export function typeText(
  schema: JsonSchema,
  options: { readonly name: string },
  resolveRef: ResolveRef = () => undefined,
): string {
  const { root, refs } = readSchema(schema, resolveRef);
  const nameOf = (key: string): string => {
    // A part of a contract has the type of the whole.
    const [document = "", definition] = key.replace(partialMark, "").split(/#(.*)/s);
    const name = document === "" ? options.name : typeName(document.slice("contract:".length));
    if (definition === undefined || definition === "") return name;
    const [, group, ...rest] = definition.split("/");
    return definitionName(name, group ?? "", rest.join("/"));
  };
  const own = [...refs].filter(([key]) => key.startsWith("#/"));
  const declarations = [...own, ["#", root] as const].map(
    ([key, shape]) => `export type ${nameOf(key)} = ${printShape(shape, nameOf)};`,
  );
  return declarations.join("\n");
}

type NameOf = (key: string) => string;

function printShape(shape: Shape, nameOf: NameOf): string {
  switch (shape.kind) {
    case "any":
      return "$Json";
    case "ref":
      return nameOf(shape.to);
    case "literals":
      return shape.values.map(printLiteral).join(" | ");
    case "union":
      return [...new Set(shape.members.map((member) => printShape(member, nameOf)))].join(" | ");
    case "array":
      return printArray(shape, nameOf);
    case "object":
      return printObject(shape, nameOf);
    case "null":
    case "boolean":
    case "number":
    case "string":
      return shape.kind;
  }
}

const printLiteral = (value: JsonPrimitive): string => jsText(value);

function printArray(shape: ArrayShape, nameOf: NameOf): string {
  const rest = shape.rest === undefined ? undefined : printShape(shape.rest, nameOf);
  if (shape.prefix.length === 0) return `readonly (${rest ?? "never"})[]`;
  const certain = shape.minItems ?? 0;
  const items = shape.prefix.map((item, index) => `(${printShape(item, nameOf)})${index < certain ? "" : "?"}`);
  return `readonly [${[...items, ...(rest === undefined ? [] : [`...(${rest})[]`])].join(", ")}]`;
}

function printObject(shape: ObjectShape, nameOf: NameOf): string {
  if (shape.others === "kept") return "{ readonly [key: string]: $Json }";
  if (typeof shape.others === "object") return `{ readonly [key: string]: ${printShape(shape.others, nameOf)} }`;
  // `{}` would admit a text, and `object` is no $Json; no document has a `$empty`.
  if (shape.properties.length === 0) return "{ readonly $empty?: never }";
  return `{ ${shape.properties.map((property) => printProperty(property, nameOf)).join("; ")} }`;
}

function printProperty({ name, required, shape }: Property, nameOf: NameOf): string {
  const type = printShape(shape, nameOf);
  return `readonly ${jsText(name)}${required ? `: ${type}` : `?: ${type} | undefined`}`;
}
