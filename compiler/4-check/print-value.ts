// A value as TypeScript: constants with their literal types, expressions as the author wrote them.

import type { JsonPrimitive } from "../../schema/json.ts";
import type { SitedExpression, SitedNode } from "../3-resolve/template.ts";
import type { Expression } from "../expression/template.ts";
import type { Site, Value } from "../value.ts";
import type { Role, Writer } from "./writer.ts";

/** Prints a value in which every key and scalar is mapped to its place. */
export function printValue(value: Value, writer: Writer, role: Role): void {
  switch (value.kind) {
    case "constant":
      writer.mapped("value", value.site, role, () => writer.add(literal(value.value)));
      return;
    case "expression":
      writer.expression(value.expression, value.site, role);
      return;
    case "text":
      printText(value.parts, value.site, writer, role);
      return;
    case "list":
      writer.mapped("value", value.site, role, () => {
        writer.add("[");
        for (const item of value.items) {
          printValue(item, writer, role);
          writer.add(", ");
        }
        writer.add("]");
      });
      return;
    case "template":
      printTemplate(value.nodes, writer, role === "setting" ? "setting" : "text");
      return;
    case "map":
      writer.mapped("value", value.site, role, () => {
        writer.add("{ ");
        if (value.spread !== undefined) {
          writer.add("...$fields(");
          printValue(value.spread, writer, role);
          writer.add("), ");
        }
        for (const entry of value.entries) {
          // TypeScript puts a mismatch on the property's name; the author looks for it at the value.
          writer.mapped("value", entry.value.site, role, () => writer.add(JSON.stringify(entry.key)));
          writer.add(": ");
          printValue(entry.value, writer, role);
          writer.add(", ");
        }
        writer.add("}");
      });
  }
}

/** One expression: blocks are conditionals and callbacks, so that they narrow and type what stands in them. */
function printTemplate(nodes: readonly SitedNode[], writer: Writer, role: Role): void {
  const ask = ({ expression, site }: SitedExpression): void => writer.expression(expression, site, role);
  const block = (open: string, inner: readonly SitedNode[], close: string): void => {
    writer.add(open);
    printTemplate(inner, writer, role);
    writer.add(close);
  };
  writer.add("$template(");
  for (const node of nodes) {
    switch (node.kind) {
      case "text":
        continue;
      case "value":
        writer.mapped("value", node.value.site, role, () => {
          writer.add(role === "setting" ? "$settingText(" : "$text(");
          ask(node.value);
          writer.add(")");
        });
        break;
      case "if":
        writer.add("(");
        ask(node.condition);
        block(" ? ", node.negated ? node.otherwise : node.inside, "");
        block(" : ", node.negated ? node.inside : node.otherwise, ")");
        break;
      case "each":
        writer.add("$each(");
        writer.mapped("value", node.list.site, "list", () => ask(node.list));
        block(`, (${node.item}, ${node.index}) => `, node.inside, "), ");
        block("", node.otherwise, "");
        break;
      case "with":
        writer.add("$with(");
        ask(node.value);
        block(`, (${node.item}) => `, node.inside, "), ");
        block("", node.otherwise, "");
        break;
    }
    writer.add(", ");
  }
  writer.add(")");
}

function printText(parts: readonly (string | Expression)[], site: Site, writer: Writer, role: Role): void {
  const inner = role === "setting" ? "setting" : "text";
  writer.mapped("value", site, inner, () => {
    writer.add(role === "setting" ? "$settingText(" : "$text(");
    for (const part of parts) {
      if (typeof part === "string") continue;
      writer.expression(part, site, inner);
      writer.add(", ");
    }
    writer.add(")");
  });
}

function literal(value: JsonPrimitive): string {
  return typeof value === "string" ? JSON.stringify(value).replaceAll(/[\u2028\u2029]/g, escapeUnit) : String(value);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16)}`;
}
