// The graph for Graphviz.

import type { Graph, GraphEdge, GraphNode, NodeKind } from "./graph.ts";
import { cut } from "./text.ts";

const longest = 90;

const fills: Readonly<Record<NodeKind, string>> = {
  integration: "#ffffff",
  stream: "#ede9fe",
  system: "#f1f5f9",
  source: "#dbeafe",
  filter: "#ffffff",
  map: "#ffffff",
  call: "#ffffff",
  split: "#ffffff",
  validate: "#ffffff",
  script: "#ffffff",
  use: "#ffffff",
  route: "#fef3c7",
  target: "#dcfce7",
  reply: "#dcfce7",
};

export function dot(graph: Graph): string {
  const lines = [
    `digraph ${quoted(graph.title)} {`,
    `  graph [rankdir=${graph.kind === "workspace" ? "LR" : "TB"}, fontname="Helvetica", label=${quoted(graph.title)}, labelloc=t];`,
    '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, color="#64748b"];',
    '  edge [fontname="Helvetica", fontsize=10, color="#64748b"];',
    ...graph.groups.flatMap(({ id, title }, index) => [
      `  subgraph cluster_${index + 1} {`,
      `    graph [label=${quoted(title)}, style=rounded, color="#94a3b8"];`,
      ...graph.nodes.filter(({ group }) => group === id).map((node) => `    ${nodeText(node)}`),
      "  }",
    ]),
    ...graph.edges.map((edge) => `  ${edgeText(edge)}`),
    "}",
  ];
  return `${lines.join("\n")}\n`;
}

function nodeText({ id, kind, label, title, lines }: GraphNode): string {
  const rows = [
    ...(kind === "integration" ? [] : [label]),
    ...(title === undefined ? [] : [title]),
    ...lines.map(({ name, text }) => (name === undefined ? text : `${name}: ${text}`)),
  ];
  const shape = kind === "stream" ? ', shape=cylinder, style="filled"' : "";
  return `${quoted(id)} [label=${linesQuoted(rows)}, fillcolor="${fills[kind]}"${shape}];`;
}

function edgeText({ from, to, kind, label, type }: GraphEdge): string {
  const words = [...(label === undefined ? [] : [label]), ...(type === undefined ? [] : [cut(type.short, 40)])];
  const attributes = [
    ...(words.length === 0 ? [] : [`label=${quoted(words.join(" · "))}`]),
    ...(type === undefined ? [] : [`edgetooltip=${quoted(type.full)}`]),
    ...(kind === "flow"
      ? []
      : [{ error: "style=dashed, color=red", asks: "style=dashed, dir=both", shared: "style=bold" }[kind]]),
  ];
  return `${quoted(from)} -> ${quoted(to)}${attributes.length === 0 ? "" : ` [${attributes.join(", ")}]`};`;
}

/** A quoted string; Graphviz reads escapes in labels, so a backslash is doubled. */
function quoted(text: string): string {
  return `"${plain(text)}"`;
}

const plain = (text: string): string =>
  text
    .replaceAll(/\p{Cc}/gu, " ")
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"');

/** Each row at the left. */
const linesQuoted = (rows: readonly string[]): string =>
  `"${rows.map((row) => `${plain(cut(row, longest))}\\l`).join("")}"`;
