// A value as guarded JavaScript: expressions re-printed from their trees, message data bounded where it meets a place.

import type { Bound } from "../../schema/connector.ts";
import type { SitedExpression, SitedNode } from "../3-resolve/template.ts";
import { printJs } from "../expression/print-js.ts";
import type { Expression } from "../expression/template.ts";
import { readsData, type Value } from "../value.ts";

/** The library's function for each way in which data is bounded inside text. */
const bounders: Readonly<Record<Bound, string>> = {
  token: "token",
  segment: "segment",
  "file-segment": "fileSegment",
  url: "url",
  text: "text",
  payload: "text",
};

export function printValue(value: Value, bound: Bound = "payload"): string {
  switch (value.kind) {
    case "constant":
      return literal(value.value);
    case "expression":
      return isPart(bound) && readsData(value.expression)
        ? `$.${bounders[bound]}(${printJs(value.expression)})`
        : printJs(value.expression);
    case "text":
      return printText(value.parts, bound);
    case "list":
      return `[${value.items.map((item) => printValue(item, bound)).join(", ")}]`;
    case "template":
      return `$.bounded(${printTemplate(value.nodes, new Map())})`;
    case "map": {
      const spread = value.spread === undefined ? [] : [`...${printValue(value.spread, bound)}`];
      const entries = value.entries.map((entry) => `${printKey(entry.key)}: ${printValue(entry.value, bound)}`);
      return `({ ${[...spread, ...entries].join(", ")} })`;
    }
  }
}

/** Text, piece by piece. */
function printTemplate(nodes: readonly SitedNode[], bound: ReadonlyMap<string, string>): string {
  const pieces = nodes.map((node) => printNode(node, bound));
  return pieces.length === 0 ? '""' : `(${pieces.join(" + ")})`;
}

function printNode(node: SitedNode, bound: ReadonlyMap<string, string>): string {
  const print = ({ expression }: SitedExpression): string => printJs(expression, bound);
  switch (node.kind) {
    case "text":
      return literal(node.text);
    case "value":
      return node.escaped ? `$.escaped(${print(node.value)})` : `$.text(${print(node.value)})`;
    case "if": {
      const [yes, no] = node.negated ? [node.otherwise, node.inside] : [node.inside, node.otherwise];
      return `($.truthy(${print(node.condition)}) ? ${printTemplate(yes, bound)} : ${printTemplate(no, bound)})`;
    }
    case "each": {
      const inner = new Map([...bound, [node.item, node.item], [node.index, node.index]]);
      const inside = `(${node.item}, ${node.index}) => ${printTemplate(node.inside, inner)}`;
      return `$.each(${print(node.list)}, ${inside}, () => ${printTemplate(node.otherwise, bound)})`;
    }
    case "with": {
      const inside = `(${node.item}) => ${printTemplate(node.inside, new Map([...bound, [node.item, node.item]]))}`;
      return `$.with(${print(node.value)}, ${inside}, () => ${printTemplate(node.otherwise, bound)})`;
    }
  }
}

/** In a URL, what stands in the path is a segment and may not be empty; behind the `?` it may. */
function printText(parts: readonly (string | Expression)[], bound: Bound): string {
  const inUrl = bound === "url" || bound === "segment";
  let asked = false;
  const printed = parts.map((part) => {
    if (typeof part !== "string") return printPart(part, inUrl ? (asked ? "url" : "segment") : bound);
    asked ||= /[?#]/.test(part);
    return literal(part);
  });
  return printed.join(" + ");
}

/** Settings and secrets are the operator's words and stand as they are; message data is encoded. */
function printPart(part: Expression, bound: Bound): string {
  return `$.${readsData(part) ? bounders[bound] : "text"}(${printJs(part)})`;
}

const isPart = (bound: Bound): boolean => bound !== "text" && bound !== "payload";

/** A computed key for `__proto__`: as a plain one it would set the prototype. */
export function printKey(key: string): string {
  return key === "__proto__" ? '["__proto__"]' : literal(key);
}

export function literal(value: string | number | boolean | null): string {
  return JSON.stringify(value).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}
