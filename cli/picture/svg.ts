// A drawing as SVG that stands alone: no script, no font or image of its own, light and dark by what the reader
// prefers. Colours stand in plain rules, since not every program that shows SVG knows variables.

import { sha256 } from "../../schema/canonical.ts";
import { figure } from "./figure.ts";
import type { Graph, NodeKind } from "./graph.ts";
import type { Area, Box, Head, Label, Point, Run, Scene, Wire } from "./scene.ts";
import { styles } from "./scene.ts";

export const svg = (graph: Graph): string => drawn(figure(graph));

/** Accent on light ground, and on dark. */
const accents: Readonly<Record<NodeKind, readonly [light: string, dark: string]>> = {
  integration: ["#2563eb", "#60a5fa"],
  stream: ["#7c3aed", "#a78bfa"],
  system: ["#64748b", "#94a3b8"],
  source: ["#2563eb", "#60a5fa"],
  filter: ["#0891b2", "#22d3ee"],
  map: ["#0d9488", "#2dd4bf"],
  call: ["#c026d3", "#e879f9"],
  split: ["#0891b2", "#22d3ee"],
  validate: ["#0891b2", "#22d3ee"],
  script: ["#c026d3", "#e879f9"],
  use: ["#7c3aed", "#a78bfa"],
  route: ["#d97706", "#fbbf24"],
  target: ["#16a34a", "#4ade80"],
  reply: ["#16a34a", "#4ade80"],
};

const sans = `ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif`;
const mono = `ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace`;

function styleSheet(scene: Scene): string {
  const kinds = [...new Set(scene.boxes.map(({ kind }) => kind))].sort();
  const fonts = Object.entries(styles).map(([name, { font, size }]) => {
    const weight = font === "bold" ? "font-weight:600;" : "";
    return `.${name}{${weight}font-size:${size}px${font === "mono" ? `;font-family:${mono}` : ""}}`;
  });
  const ground = (dark: 0 | 1): readonly string[] => [
    `.page{fill:${pick(dark, "#f8fafc", "#0b1120")}}`,
    `.frame-area{fill:${pick(dark, "#f1f5f9", "#111a2e")};stroke:${pick(dark, "#cbd5e1", "#334155")}}`,
    `.box{fill:${pick(dark, "#ffffff", "#1e293b")};stroke:${pick(dark, "#cbd5e1", "#475569")}}`,
    `.plate{fill:${pick(dark, "#e2e8f0", "#273449")}}`,
    `.heading,.frame,.title,.code-title{fill:${pick(dark, "#0f172a", "#f1f5f9")}}`,
    `.text,.code,.type{fill:${pick(dark, "#334155", "#cbd5e1")}}`,
    `.intro,.frame-intro,.label,.name{fill:${pick(dark, "#64748b", "#94a3b8")}}`,
    `.arm{fill:${pick(dark, "#b45309", "#fbbf24")}}`,
    `.wire{stroke:${pick(dark, "#94a3b8", "#64748b")}}.head{fill:${pick(dark, "#94a3b8", "#64748b")}}`,
    `.error .wire{stroke:${pick(dark, "#dc2626", "#f87171")}}.error .head{fill:${pick(dark, "#dc2626", "#f87171")}}`,
    `.shared .wire{stroke:${pick(dark, "#7c3aed", "#a78bfa")}}.shared .head{fill:${pick(dark, "#7c3aed", "#a78bfa")}}`,
    `.stream .box{stroke:${accents.stream[dark]}}.shared .arm{fill:${accents.stream[dark]}}`,
    ...kinds.map((kind) => `.${kind} .bar{fill:${accents[kind][dark]}}.${kind} .label{fill:${accents[kind][dark]}}`),
  ];
  return [
    `text{white-space:pre;font-family:${sans}}`,
    ...fonts,
    ".wire{fill:none;stroke-width:1.5}.error .wire{stroke-dasharray:5 4}.asks .wire{stroke-dasharray:2 4}",
    ".shared .wire{stroke-width:2}.elsewhere .box{stroke-dasharray:5 4}.paused{opacity:.6}",
    ...ground(0),
    `@media (prefers-color-scheme:dark){${ground(1).join("")}}`,
  ].join("\n");
}

const pick = (dark: 0 | 1, light: string, other: string): string => (dark === 1 ? other : light);

function drawn(scene: Scene): string {
  const { width, height, title, description } = scene;
  // Several pictures may stand in one page.
  const id = sha256(`${title}\n${description}`).slice(0, 8);
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="t${id} d${id}">`,
    `<title id="t${id}">${escaped(title)}</title>`,
    `<desc id="d${id}">${escaped(description)}</desc>`,
    `<style>\n${styleSheet(scene)}\n</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    ...scene.runs.map((run) => textOf(run, { x: 0, y: 0 })),
    ...scene.frames.flatMap((frame) => [
      `<rect class="frame-area" ${areaOf(frame)} rx="12"/>`,
      ...frame.runs.map((run) => textOf(run, frame)),
    ]),
    ...scene.wires.map(wireText),
    ...scene.boxes.map(boxText),
    ...scene.wires.flatMap(({ label, tooltip, kind }) =>
      label === undefined ? [] : [labelText(label, kind, tooltip)],
    ),
    "</svg>",
  ];
  return `${lines.join("\n")}\n`;
}

const areaOf = ({ x, y, width, height }: Area): string => `x="${x}" y="${y}" width="${width}" height="${height}"`;

const textOf = ({ x, y, text, style }: Run, from: Point): string =>
  `<text class="${style}" x="${short(from.x + x)}" y="${short(from.y + y)}">${escaped(text)}</text>`;

function boxText(box: Box): string {
  const { kind, x, y, height, runs, tooltip } = box;
  const classes = [kind, ...(box.elsewhere === true ? ["elsewhere"] : []), ...(box.paused === true ? ["paused"] : [])];
  const round = kind === "stream" ? Math.min(22, height / 2) : kind === "system" ? 3 : 8;
  const bar =
    kind === "stream" ? "" : `<rect class="bar" x="${x}" y="${y + 8}" width="3.5" height="${height - 16}" rx="1.5"/>`;
  return [
    `<g class="${classes.join(" ")}"><title>${escaped(tooltip)}</title>`,
    `<rect class="box" ${areaOf(box)} rx="${round}"/>${bar}`,
    ...runs.map((run) => textOf(run, { x, y })),
    "</g>",
  ].join("\n");
}

function wireText({ kind, stops, flow, heads, tooltip }: Wire): string {
  const title = tooltip === undefined ? "" : `<title>${escaped(tooltip)}</title>`;
  return `<g class="${kind}">${title}<path class="wire" d="${pathOf(stops, flow)}"/>${heads.map(headText).join("")}</g>`;
}

function pathOf([first, ...rest]: readonly Point[], flow: Wire["flow"]): string {
  if (first === undefined) return "";
  const at = ({ x, y }: Point): string => `${short(x)} ${short(y)}`;
  let path = `M${at(first)}`;
  let before = first;
  for (const stop of rest) {
    if (at(stop) === at(before)) continue;
    const middle = { x: (before.x + stop.x) / 2, y: (before.y + stop.y) / 2 };
    const straight = Math.abs(flow === "right" ? before.y - stop.y : before.x - stop.x) < 0.5;
    if (straight) path += `L${at(stop)}`;
    else if (flow === "right")
      path += `C${at({ x: middle.x, y: before.y })} ${at({ x: middle.x, y: stop.y })} ${at(stop)}`;
    else path += `C${at({ x: before.x, y: middle.y })} ${at({ x: stop.x, y: middle.y })} ${at(stop)}`;
    before = stop;
  }
  return path;
}

function headText({ x, y, towards }: Head): string {
  const [back, side] = [7, 4];
  const corners = {
    down: `${short(x - side)} ${short(y - back)}L${short(x + side)} ${short(y - back)}`,
    up: `${short(x - side)} ${short(y + back)}L${short(x + side)} ${short(y + back)}`,
    right: `${short(x - back)} ${short(y - side)}L${short(x - back)} ${short(y + side)}`,
    left: `${short(x + back)} ${short(y - side)}L${short(x + back)} ${short(y + side)}`,
  };
  return `<path class="head" d="M${short(x)} ${short(y)}L${corners[towards]}Z"/>`;
}

function labelText(label: Label, kind: Wire["kind"], tooltip: string | undefined): string {
  const title = tooltip === undefined ? "" : `<title>${escaped(tooltip)}</title>`;
  const runs = label.runs.map((run) => textOf(run, label)).join("");
  return `<g class="${kind}">${title}<rect class="plate" ${areaOf(label)} rx="5"/>${runs}</g>`;
}

const short = (value: number): string => String(Math.round(value * 10) / 10);

/** As text or in an attribute; what XML cannot hold at all becomes a space. */
function escaped(text: string): string {
  return text
    .replaceAll(/(?![\n\t])\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu, " ")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
