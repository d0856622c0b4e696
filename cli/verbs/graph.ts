// vrsky graph: the workspace as a picture, or some of its integrations step by step.

import { writeFileSync } from "node:fs";
import { extname, resolve } from "node:path";
import { nearest } from "../../compiler/nearest.ts";
import { shown } from "../compile-workspace.ts";
import { type ExitCode, exit, ok, type Result, refuse } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";
import { integrationsGraph } from "../picture/detail.ts";
import { dot } from "../picture/dot.ts";
import type { Graph } from "../picture/graph.ts";
import { mermaid } from "../picture/mermaid.ts";
import { workspaceGraph } from "../picture/overview.ts";
import { fullName, integrationsOf, type Survey, withSurvey } from "../picture/survey.ts";
import { svg } from "../picture/svg.ts";

export type PictureFormat = "svg" | "mermaid" | "dot" | "json";

export interface GraphOptions {
  /** `tenant/name`, or a name that only one has. */
  readonly integration?: readonly string[];
  readonly tenant?: readonly string[];
  /** Else by the ending of `out`, else SVG. */
  readonly format?: PictureFormat;
  readonly out?: string;
}

const endings: Readonly<Record<string, PictureFormat>> = {
  ".svg": "svg",
  ".mmd": "mermaid",
  ".mermaid": "mermaid",
  ".dot": "dot",
  ".gv": "dot",
  ".json": "json",
};

export function graphVerb(path: string, options: GraphOptions, io: Io): ExitCode {
  const drawn = withSurvey(path, io, (survey) => graphOf(survey, options));
  if (!drawn.ok) return say(io, drawn.refusal);
  const { out } = options;
  const format = options.format ?? endings[extname(out ?? "").toLowerCase()] ?? "svg";
  const text = draw(drawn.value, format);
  if (out === undefined) {
    io.out(text);
    return exit.ok;
  }
  const file = resolve(io.cwd, out);
  try {
    writeFileSync(file, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return say(io, refuse(exit.findings, `Cannot write ${shown(file, io)}: ${reason}`).refusal);
  }
  io.err(`${paint(io.colorErr).green("drawn:")} ${shown(file, io)} (${drawn.value.nodes.length} boxes)\n`);
  return exit.ok;
}

function draw(graph: Graph, format: PictureFormat): string {
  switch (format) {
    case "svg":
      return svg(graph);
    case "mermaid":
      return mermaid(graph);
    case "dot":
      return dot(graph);
    case "json":
      return `${JSON.stringify(graph, undefined, 2)}\n`;
  }
}

function graphOf(survey: Survey, { integration: names = [], tenant: tenants = [] }: GraphOptions): Result<Graph> {
  const known = survey.workspace.tenants.map(({ name }) => name);
  const stranger = tenants.find((name) => !known.includes(name));
  if (stranger !== undefined) return unknown("tenant", stranger, known);
  if (names.length === 0) return ok(workspaceGraph(survey, tenants.length === 0 ? undefined : tenants));
  const all = integrationsOf(survey.workspace).filter(({ tenant }) => tenants.length === 0 || tenants.includes(tenant));
  const chosen = names.map((name) => all.filter((each) => fullName(each) === name || each.name === name));
  const missing = chosen.findIndex((found) => found.length === 0);
  if (missing !== -1) return unknown("integration", names[missing] ?? "", all.map(fullName));
  return ok(integrationsGraph([...new Set(chosen.flat())], survey));
}

const mostNamed = 12;

function unknown(what: string, name: string, names: readonly string[]): Result<never> {
  const guess =
    nearest(name, names) ?? names.find((each) => each.endsWith(`/${nearest(name, names.map(lastPart)) ?? ""}`));
  const few = names.length > mostNamed ? `There are ${names.length}.` : `There are: ${names.join(", ")}.`;
  const help = guess === undefined ? few : `Did you mean ${guess}?`;
  return refuse(exit.findings, `There is no ${what} \`${name}\`.`, names.length === 0 ? undefined : help);
}

const lastPart = (name: string): string => name.split("/").at(-1) ?? name;
