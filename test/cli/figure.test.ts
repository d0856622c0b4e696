// The drawing itself: no two boxes overlap, no text is wider than what holds it, labels cover no box and everything
// lies on the page, for all examples and for a hundred integrations; and what is written is well-formed SVG.

import { XMLValidator } from "fast-xml-parser";
import { expect, test } from "vitest";
import { generate } from "../../bench/compile/generate.ts";
import { integrationsGraph } from "../../cli/picture/detail.ts";
import { figure } from "../../cli/picture/figure.ts";
import type { Graph } from "../../cli/picture/graph.ts";
import { clipped, widthOf, wrap } from "../../cli/picture/measure.ts";
import { workspaceGraph } from "../../cli/picture/overview.ts";
import type { Area, Run, Scene } from "../../cli/picture/scene.ts";
import { integrationsOf } from "../../cli/picture/survey.ts";
import { svg } from "../../cli/picture/svg.ts";
import { folderOf, hostile, surveyed } from "../rig/survey.ts";

/** The whole workspace, integrations on one page, and each by itself; of a hundred that are alike, a dozen. */
const graphsOf = (folder: string): readonly Graph[] =>
  surveyed(folder, (survey) => {
    const all = integrationsOf(survey.workspace);
    const some = all.length < 100 ? all : all.slice(0, 12);
    return [
      workspaceGraph(survey),
      integrationsGraph(some, survey),
      ...some.map((one) => integrationsGraph([one], survey)),
    ];
  });

using evil = folderOf(hostile);
using hundred = folderOf(Object.fromEntries(generate(100, { tenants: 20 })));
using oneTenant = folderOf(Object.fromEntries(generate(100, { tenants: 1 })));
/** Tenants that share streams: more readers than a line each could be drawn to, a ring, and a chain. */
using sharing = folderOf({
  "tenants/hub/all.yaml": `tenant: hub
streams: { wide: { contract: { id: string }, export-to: [far, near] }, back: { contract: { id: string } } }
---
integration: first
source: { stream: back }
targets: { out: { stream: wide } }
${Array.from({ length: 12 }, (_, index) => `---\nintegration: reader-${index}\nsource: { stream: wide }\ntargets: { out: { stream: back } }\n`).join("")}`,
  "tenants/far/all.yaml": `tenant: far
streams: { on: { contract: { id: string }, export-to: [near] }, one: { contract: { id: string } }, two: { contract: { id: string } } }
---
integration: a-name-that-is-as-long-as-a-name-can-possibly-be-in-this-langua
description: ${"A description that goes on and on, and says rather more than fits. ".repeat(8)}
source: { stream: hub/wide }
targets: { out: { stream: on }, one: { stream: one }, two: { stream: two } }
---
integration: b
source: { stream: one }
targets: { out: { stream: two } }
---
integration: c
source: { stream: two }
targets: { out: { stream: one } }
`,
  "tenants/near/all.yaml": `tenant: near
---
integration: reads
sources: { a: { stream: far/on }, b: { stream: hub/wide } }
targets: { out: { nats: { subject: a.b } } }
`,
});

const graphs = [
  "examples",
  "examples/language",
  "examples/cdc-to-api",
  "examples/csv-to-postgres",
  "examples/github-to-slack",
  "examples/orders-routed",
  evil.path,
  hundred.path,
  oneTenant.path,
  sharing.path,
].flatMap(graphsOf);
const scenes = graphs.map((graph) => [graph.title, figure(graph)] as const);

const overlap = (a: Area, b: Area): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const inside = (a: Area, b: Area): boolean =>
  a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;

/** Every pair that is not as it should be. */
function wrongPairs(areas: readonly (Area & { readonly what: string })[]): readonly string[] {
  const wrong: string[] = [];
  const sorted = [...areas].sort((a, b) => a.y - b.y);
  sorted.forEach((one, index) => {
    for (const other of sorted.slice(index + 1)) {
      if (other.y >= one.y + one.height) break;
      if (overlap(one, other)) wrong.push(`${one.what} and ${other.what}`);
    }
  });
  return wrong;
}

const labelsOf = ({ wires }: Scene) =>
  wires.flatMap(({ label }) => (label === undefined ? [] : [{ ...label, what: `label ${label.runs[0]?.text}` }]));

test("no two boxes overlap, no label covers a box or another label, no frame another frame", () => {
  for (const [title, scene] of scenes) {
    const boxes = scene.boxes.map((box) => ({ ...box, what: box.id }));
    expect(wrongPairs([...boxes, ...labelsOf(scene)]), title).toEqual([]);
    expect(wrongPairs(scene.frames.map((frame) => ({ ...frame, what: frame.runs[0]?.text ?? "" }))), title).toEqual([]);
  }
});

test("every text fits into what holds it, and stands below the one before", () => {
  const fits = (runs: readonly Run[], holder: Area): readonly string[] =>
    runs
      .filter(({ x, y, width }) => x < 0 || y < 8 || x + width > holder.width + 0.01 || y > holder.height)
      .map(({ text }) => text);
  for (const [title, scene] of scenes) {
    const holders = [...scene.boxes, ...scene.frames, ...labelsOf(scene), { ...scene, x: 0, y: 0 }];
    expect(
      holders.flatMap((holder) => fits(holder.runs, holder)),
      title,
    ).toEqual([]);
    for (const { runs } of scene.boxes) {
      const touching = runs.flatMap((one, index) =>
        runs.slice(index + 1).filter((other) => one.y === other.y && one.x + one.width > other.x + 0.01),
      );
      expect(
        touching.map(({ text }) => text),
        title,
      ).toEqual([]);
    }
  }
});

test("everything lies on the page, boxes in a frame, and a hundred integrations on a page that one can look at", () => {
  for (const [title, scene] of scenes) {
    const page = { x: 0, y: 0, width: scene.width, height: scene.height };
    const points = scene.wires
      .flatMap(({ stops, heads }) => [...stops, ...heads])
      .map((point) => ({ ...point, width: 0, height: 0 }));
    const all: readonly Area[] = [...scene.boxes, ...scene.frames, ...labelsOf(scene), ...points];
    expect(all.filter((area) => !inside(area, page)).length, title).toBe(0);
    if (scene.frames.length === 0) continue;
    expect(scene.boxes.filter((box) => !scene.frames.some((frame) => inside(box, frame))).length, title).toBe(0);
  }
  const large = graphs.filter(({ kind, nodes }) => kind === "workspace" && nodes.length >= 100).map(figure);
  expect(large.length).toBe(2);
  for (const { width, height } of large) expect([width <= 1900, height <= 3600]).toEqual([true, true]);
});

test("lines run through no box but those that they join", () => {
  for (const [title, scene] of scenes) {
    const crossed = scene.wires.flatMap(({ stops, flow }) => {
      // The straight parts: bends lie between layers.
      const parts = stops.slice(1).flatMap((stop, index) => {
        const before = stops[index] ?? stop;
        const along = flow === "right" ? before.y === stop.y : before.x === stop.x;
        return along ? [[before, stop] as const] : [];
      });
      return parts.flatMap(([a, b]) => {
        const line = {
          x: Math.min(a.x, b.x),
          y: Math.min(a.y, b.y),
          width: Math.abs(a.x - b.x),
          height: Math.abs(a.y - b.y),
        };
        const shrunk = (box: Area): Area => ({
          x: box.x + 1,
          y: box.y + 1,
          width: box.width - 2,
          height: box.height - 2,
        });
        return scene.boxes.filter((box) =>
          overlap(shrunk(box), { ...line, width: line.width + 0.1, height: line.height + 0.1 }),
        );
      });
    });
    expect(
      crossed.map(({ id }) => id),
      title,
    ).toEqual([]);
  }
});

test("what is written is well-formed and alone: no script, no link, no text that became markup", () => {
  // In what is well-formed, `<` begins nothing but a tag.
  const tags = new Set<string>();
  // Of a hundred that are alike, the first ones stand for all.
  for (const graph of graphs.filter(({ title }) => !/flow-\d{2}/.test(title))) {
    const text = svg(graph);
    expect(XMLValidator.validate(text), graph.title).toBe(true);
    for (const [, tag = ""] of text.matchAll(/<(\w+)/g)) tags.add(tag);
    expect(text.match(/<[^>]*\s(?:on\w+|[\w:]*href)=[^>]*>/g), graph.title).toBeNull();
    expect(text).not.toMatch(/url\(|@import|="[^"]*(?:NaN|undefined)/);
  }
  expect([...tags].sort()).toEqual(["desc", "g", "path", "rect", "style", "svg", "text", "title"]);
});

test("a reader who sees no picture has its title and description; types and cut texts are in the tooltips", () => {
  const graph = graphs.find(({ title }) => title === "shop/orders");
  if (graph === undefined) throw new Error("no picture of shop/orders");
  const text = svg(graph);
  expect(text).toMatch(
    /role="img" aria-labelledby="t(\w+) d\1">\n<title id="t\1">shop\/orders<\/title>\n<desc id="d\1">/,
  );
  expect(text).toContain("tier: &quot;basic&quot; | &quot;gold&quot; | &quot;none&quot;");
  expect(text).toContain("@media (prefers-color-scheme:dark)");
  expect(svg(graph)).toBe(text);
});

test("text is measured generously, wrapped at spaces, and cut where it can be seen", () => {
  expect(widthOf("WWW", "sans", 10)).toBeGreaterThan(widthOf("iii", "sans", 10));
  expect(widthOf("漢字", "sans", 10)).toBeGreaterThanOrEqual(20);
  expect(wrap("one two three four", "mono", 10, 62, 2)).toEqual(["one two", "three four"]);
  expect(wrap("one two three four five", "mono", 10, 62, 2)).toEqual(["one two", "three fou…"]);
  expect(wrap("one\n  two\r\nthree\n", "mono", 10, 300, 2)).toEqual(["one two three"]);
  expect(clipped("one\ntwo\n", "mono", 10, 300)).toBe("one two");
  for (const text of ["x".repeat(300), "🎉".repeat(40), "a ".repeat(90)]) {
    for (const line of wrap(text, "mono", 11, 90, 3)) expect(widthOf(line, "mono", 11)).toBeLessThanOrEqual(90);
  }
});
