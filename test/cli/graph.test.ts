// The picture of a workspace as data, as Mermaid and for Graphviz: what is drawn, and that no text can be markup.

import { expect, test } from "vitest";
import { integrationsGraph } from "../../cli/picture/detail.ts";
import { dot } from "../../cli/picture/dot.ts";
import type { Graph, GraphNode } from "../../cli/picture/graph.ts";
import { mermaid } from "../../cli/picture/mermaid.ts";
import { workspaceGraph } from "../../cli/picture/overview.ts";
import { shortType } from "../../cli/picture/short-type.ts";
import { integrationsOf } from "../../cli/picture/survey.ts";
import { graphVerb } from "../../cli/verbs/graph.ts";
import { folderOf, hostile, listening, surveyed } from "../rig/survey.ts";

const both = (folder: string): readonly Graph[] =>
  surveyed(folder, (survey) => [workspaceGraph(survey), integrationsGraph(integrationsOf(survey.workspace), survey)]);

const [overview, detail] = both("examples") as [Graph, Graph];
using evil = folderOf(hostile);
const all = [overview, detail, ...both("examples/language"), ...both(evil.path)];

test("the overview has a box for each integration, the streams between them, and who may read them", () => {
  expect(overview.nodes.filter(({ kind }) => kind === "integration").map(({ id }) => id)).toContain("shop/orders");
  expect(overview.edges).toContainEqual({ from: "market/sales", to: "market/stream/sales", kind: "flow" });
  expect(overview.edges).toContainEqual({ from: "market/stream/sales", to: "market/thanks", kind: "flow" });
  expect(overview.edges).toContainEqual({ from: "market/stream/sales", to: "books/ledger", kind: "shared" });
  expect(overview.edges).toContainEqual({ from: "shop/orders", to: "shop/system/crm", kind: "asks" });
});

test("an integration has its steps in order, types on the edges, arms with their conditions, and what failures do", () => {
  const of = (id: string): GraphNode | undefined => detail.nodes.find((node) => node.id === id);
  const edge = (from: string, to: string) => detail.edges.find((each) => each.from === from && each.to === to);
  expect(edge("shop/orders#sources.http", "shop/orders#steps.0")?.type?.short).toBe("shop-order@1");
  const made = edge("shop/orders#steps.1", "shop/orders#route")?.type;
  expect(made?.short).toBe("{ id, customerId, test?, lines, total, customer, tier }");
  expect(made?.full).toContain('tier: "basic" | "gold" | "none"');
  expect(made?.vars).toContain("customer: { name: string");
  expect(of("shop/orders#route")?.lines.map(({ text }) => text)).toEqual([
    "body.test === true → dropped",
    'body.total >= settings.great || body.tier === "gold" → desk, warehouse',
    "otherwise → warehouse",
  ]);
  expect(edge("shop/orders#route", "shop/orders#targets.warehouse")?.label).toBe("2, 3");
  expect(edge("shop/stock#targets.site", "shop/stock#targets.desk")).toMatchObject({
    kind: "error",
    label: "rejected",
  });
  expect(edge("shop/purchases#steps.1", "shop/purchases#steps.2")?.type?.short).toBe("{ Sku, Qty, Price }");
  // A fragment's steps stand behind the step that uses it.
  expect(edge("shop/customers-no#steps.0", "shop/customers-no#steps.0.steps.0")).toBeDefined();
  expect(of("market/thanks#sources.stream")?.lines).toContainEqual({ name: "written by", text: "market/sales" });
});

test("the first step of a fragment sees what arrives at the step that uses it, wherever that stands", () => {
  using workspace = folderOf({
    "tenants/acme/a.yaml": `fragment: kept
steps: [{ map: { kept: "\${ body.id }" } }]
---
integration: a
source: { http: { path: /a }, contract: { id: string, more: string } }
steps: [{ map: { id: "\${ body.id }" } }, { use: kept }]
targets: { out: { nats: { subject: a }, steps: [{ map: { id: 7 } }, { use: kept }] } }
`,
  });
  const [, { edges }] = both(workspace.path) as [Graph, Graph];
  const typeBehind = (from: string) => edges.find((edge) => edge.from === from)?.type?.short;
  expect(typeBehind("acme/a#steps.1")).toBe("{ id }");
  expect(typeBehind("acme/a#targets.out.steps.1")).toBe("{ id }");
});

test("every edge has two ends, every id is there once, and places are those of the text", () => {
  for (const { nodes, edges, groups } of all) {
    const ids = new Set(nodes.map(({ id }) => id));
    expect(ids.size).toBe(nodes.length);
    for (const { from, to } of edges) expect([ids.has(from), ids.has(to)], `${from} → ${to}`).toEqual([true, true]);
    for (const { group } of nodes) expect(groups.map(({ id }) => id)).toContain(group);
  }
  expect(detail.nodes.find(({ id }) => id === "shop/orders#steps.0")?.place).toEqual({
    file: "tenants/shop/orders.yaml",
    line: 9,
    column: 5,
  });
});

test("expressions are shown as they are written, and what a secret holds is nowhere", () => {
  const text = JSON.stringify(all);
  expect(text).toContain("round(body.amount * 100)");
  // Scheme and names only: a guard's secret is not even named.
  expect(text).toContain('"text":"github"');
  expect(text).not.toContain("Bearer");
});

const id = "n\\d+";
const words = '"(?:[\\p{L}\\p{N} .,:/+*=!?()@_$~→·…-]|#\\d+;|<br/>)*"';
/** The part of Mermaid's grammar that we write, and nothing beside it. */
const flowchart = [
  "---",
  'title: "(?:[^"\\\\]|\\\\.)*"',
  "flowchart (?:LR|TB)",
  `  subgraph g\\d+\\[${words}\\]`,
  `    ${id}\\[${words}\\]`,
  `    ${id}\\[\\(${words}\\)\\]`,
  "  end",
  `  ${id} (?:-->|==>|<-\\.->|-\\.->)(?:\\|${words}\\|)? ${id}`,
  "  classDef [a-z]+ [a-z0-9:#,]+",
  `  class ${id}(?:,${id})* [a-z]+`,
].map((line) => new RegExp(`^${line}$`, "u"));

test("Mermaid: every line is of the grammar, whatever the texts hold", () => {
  for (const graph of all) {
    const lines = mermaid(graph).trimEnd().split("\n");
    expect(lines.filter((line) => !flowchart.some((form) => form.test(line)))).toEqual([]);
  }
});

test("Graphviz: quotes end where they should, whatever the texts hold", () => {
  const string = '"(?:[^"\\\\\\n]|\\\\[\\\\"l])*"';
  const value = `(?:${string}|[A-Za-z0-9]+)`;
  const attributes = `\\[[a-z]+=${value}(?:, [a-z]+=${value})*\\]`;
  const forms = [
    `digraph ${string} \\{`,
    `  subgraph cluster_\\d+ \\{`,
    `  ? ?(?:  )?(?:graph|node|edge) ${attributes};`,
    `    ${string} ${attributes};`,
    `  ${string} -> ${string}(?: ${attributes})?;`,
    "  \\}|\\}",
  ].map((form) => new RegExp(`^(?:${form})$`));
  for (const graph of all) {
    const lines = dot(graph).trimEnd().split("\n");
    expect(lines.filter((line) => !forms.some((form) => form.test(line)))).toEqual([]);
  }
});

test("the same workspace gives the same bytes", () => {
  const drawn = (graphs: readonly Graph[]) => graphs.flatMap((graph) => [mermaid(graph), dot(graph)]);
  expect(drawn(both("examples"))).toEqual(drawn([overview, detail]));
});

test("types are told by their fields", () => {
  expect(shortType("{ id: string; lines: { sku: string; }[]; note?: string | null; }")).toBe("{ id, lines, note? }");
  expect(shortType('{ "E-Mail": string; }[]')).toBe('{ "E-Mail" }[]');
  expect(shortType('{ via: "a|b"; } | { via: "c;"; }')).toBe("{ via }");
  expect(shortType("{ $empty?: undefined; }")).toBe("{}");
  expect(shortType("any")).toBe("any");
});

const flow = (name: string): string => `integration: ${name}
source: { http: { path: /${name} }, contract: any }
targets: { out: { nats: { subject: ${name}.out } } }
`;

test("the verb: a name that is none is guessed, one that only one has is enough", () => {
  using named = folderOf({
    "tenants/shop/orders.yaml": flow("orders"),
    "tenants/market/sales.yaml": flow("sales"),
  });
  const run = (...integration: readonly string[]) => {
    const { io, said } = listening(named.path);
    return { code: graphVerb(".", { integration, format: "json" }, io), ...said };
  };
  expect(JSON.parse(run("sales").out)).toMatchObject({ kind: "integrations", title: "market/sales" });
  const wrong = run("ordes");
  expect([wrong.code, wrong.out]).toEqual([1, ""]);
  expect(wrong.err).toContain("Did you mean shop/orders?");
  expect(run("quite-another").err).toContain("help: There are: market/sales, shop/orders.");
});
