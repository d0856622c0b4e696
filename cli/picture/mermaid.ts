// The graph as Mermaid's flowchart, which GitHub, GitLab and many wikis draw where it stands in Markdown.

import type { Graph, GraphEdge, GraphNode, NodeKind } from "./graph.ts";
import { cut } from "./text.ts";

const longest = 90;
const mostLines = 8;

export function mermaid(graph: Graph): string {
  const ids = new Map(graph.nodes.map(({ id }, index) => [id, `n${index + 1}`]));
  const direction = graph.kind === "workspace" ? "LR" : "TB";
  const lines = [
    "---",
    `title: ${JSON.stringify(graph.title)}`,
    "---",
    `flowchart ${direction}`,
    ...graph.groups.flatMap(({ id, title }, index) => [
      `  subgraph g${index + 1}["${escaped(title)}"]`,
      ...graph.nodes.filter(({ group }) => group === id).map((node) => `    ${boxText(node, ids.get(node.id) ?? "")}`),
      "  end",
    ]),
    ...graph.edges.map((edge) => `  ${arrowText(edge, ids)}`),
    ...styles(graph, ids),
  ];
  return `${lines.join("\n")}\n`;
}

function boxText(node: GraphNode, id: string): string {
  const { label, title, lines } = node;
  const head = node.kind === "integration" ? [] : [label];
  const shown = lines.slice(0, mostLines).map(({ name, text }) => (name === undefined ? text : `${name}: ${text}`));
  const more = lines.length > mostLines ? [`+ ${lines.length - mostLines} more`] : [];
  const rows = [...head, ...(title === undefined ? [] : [title]), ...shown, ...more];
  const text = rows.map((row) => escaped(cut(row, longest))).join("<br/>");
  const [open, close] = node.kind === "stream" ? ["[(", ")]"] : ["[", "]"];
  return `${id}${open}"${text}"${close}`;
}

function arrowText({ from, to, kind, label, type }: GraphEdge, ids: ReadonlyMap<string, string>): string {
  const arrow = { flow: "-->", shared: "==>", asks: "<-.->", error: "-.->" }[kind];
  const words = [...(label === undefined ? [] : [label]), ...(type === undefined ? [] : [cut(type.short, 40)])];
  const text = words.length === 0 ? "" : `|"${escaped(words.join(" · "))}"|`;
  return `${ids.get(from)} ${arrow}${text} ${ids.get(to)}`;
}

const classes: Readonly<Partial<Record<NodeKind, string>>> = {
  source: "fill:#dbeafe,stroke:#2563eb,color:#1e293b",
  target: "fill:#dcfce7,stroke:#16a34a,color:#1e293b",
  reply: "fill:#dcfce7,stroke:#16a34a,color:#1e293b",
  route: "fill:#fef3c7,stroke:#d97706,color:#1e293b",
  stream: "fill:#ede9fe,stroke:#7c3aed,color:#1e293b",
  system: "fill:#f1f5f9,stroke:#64748b,color:#1e293b",
};

function styles({ nodes }: Graph, ids: ReadonlyMap<string, string>): readonly string[] {
  return Object.entries(classes).flatMap(([kind, style]) => {
    const members = nodes.filter((node) => node.kind === kind).map(({ id }) => ids.get(id));
    return members.length === 0 ? [] : [`  classDef ${kind} ${style}`, `  class ${members.join(",")} ${kind}`];
  });
}

/** Mermaid's own entities: what is markup to it, to HTML or to Markdown stands as a number. */
function escaped(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} .,:/+*=!?()@_$~→·…-]/gu, (sign) => `#${sign.codePointAt(0)};`);
}
