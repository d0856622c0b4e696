// `{ template: mails/receipt.hbs }` in place of text: the file is read, and every expression in it is judged as one
// that stands at this setting would be.

import type { Position, Range } from "../../schema/diagnostic.ts";
import { isJsonObject } from "../../schema/json.ts";
import type { Path, Spec } from "../2-parse/spec.ts";
import { restrict } from "../expression/restrict.ts";
import { type Placed, readTemplate, type Stretch, type TemplateNode } from "../template/template.ts";
import {
  type Allowed,
  child,
  finding,
  findingAt,
  type Report,
  reportSecrets,
  type Site,
  type Value,
} from "../value.ts";

/** Text of a file of the workspace, by its path below it. */
export type ReadText = (path: string) => string | undefined;

export const isTemplate = (raw: unknown): raw is { readonly template: string } =>
  isJsonObject(raw) && typeof raw.template === "string" && Object.keys(raw).length === 1;

export function resolveTemplate(path: string, site: Site, allowed: Allowed, read: ReadText, report: Report): Value {
  const empty: Value = { kind: "constant", site, value: "" };
  const at = child(site, "template");
  const outside = path.startsWith("/") || path.split("/").includes("..");
  const text = outside ? undefined : read(path);
  if (text === undefined) {
    const message = `There is no template \`${path}\` in the workspace.`;
    report(findingAt("VRS2024", at, { message, help: "Name a file below the folder of `vrsky.yaml`." }));
    return empty;
  }
  const { nodes, problems } = readTemplate(text, allowed.roots, /\.(?:html?|xml)\b/.test(path));
  const places: Stretch[] = [];
  const spec = fileSpec(path, at, places);
  const place = (stretch: Stretch): Site => ({ spec, path: [places.push(stretch) - 1], via: at });
  for (const { at: where, message, help } of problems) {
    const said = help === undefined ? { message } : { message, help };
    report(finding("VRS2024", place(where), toRange(where), said));
  }
  const judged = judge(nodes, allowed, [], place, report);
  return { kind: "template", site, nodes: judged };
}

/** A node of a template whose expressions know where they stand. */
export type SitedNode = TemplateNode extends infer Node ? Sited<Node> : never;
type Sited<Node> = Node extends TemplateNode
  ? {
      readonly [Key in keyof Node]: Node[Key] extends Placed
        ? SitedExpression
        : Node[Key] extends readonly TemplateNode[]
          ? readonly SitedNode[]
          : Node[Key];
    }
  : never;

export interface SitedExpression {
  readonly site: Site;
  readonly expression: Placed["expression"];
}

function judge(
  nodes: readonly TemplateNode[],
  allowed: Allowed,
  bound: readonly string[],
  place: (stretch: Stretch) => Site,
  report: Report,
): readonly SitedNode[] {
  const one = ({ expression, at, shift }: Placed): SitedExpression => {
    const own = place(at);
    const site: Site = { ...own, spec: shifted(own.spec, at, shift) };
    for (const problem of restrict(expression, { roots: allowed.roots, bound })) {
      report(finding(problem.code, site, toRange(at), problem));
    }
    reportSecrets(expression, site, allowed, report);
    return { site, expression };
  };
  const inner = (list: readonly TemplateNode[], ...names: readonly string[]) =>
    judge(list, allowed, [...bound, ...names], place, report);
  return nodes.map((node): SitedNode => {
    switch (node.kind) {
      case "text":
        return node;
      case "value":
        return { ...node, value: one(node.value) };
      case "if":
        return {
          ...node,
          condition: one(node.condition),
          inside: inner(node.inside),
          otherwise: inner(node.otherwise),
        };
      case "each":
        return {
          ...node,
          list: one(node.list),
          inside: inner(node.inside, node.item, node.index),
          otherwise: inner(node.otherwise),
        };
      case "with":
        return {
          ...node,
          value: one(node.value),
          inside: inner(node.inside, node.item),
          otherwise: inner(node.otherwise),
        };
      default:
        return node satisfies never;
    }
  });
}

/** A file that is no YAML document, as the place of findings. */
function fileSpec(path: string, { spec }: Site, places: readonly Stretch[]): Spec {
  const rangeOf = ([index]: Path): Range => toRange(places[Number(index)] ?? top);
  return {
    kind: spec.kind,
    name: path,
    tenant: spec.tenant,
    file: path,
    value: undefined,
    locate: rangeOf,
    alias: () => undefined,
    position: (at) => rangeOf(at).start,
  };
}

const top: Stretch = { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };

const toRange = ({ start, end }: Stretch): Range => ({ start, end });

/** Offsets in an expression as columns of the path that was written: both end with the same names. */
function shifted(spec: Spec, { start, end }: Stretch, shift: number): Spec {
  const position = (_: Path, offset: number): Position => {
    const column = start.column + Math.max(0, offset - 2 - Math.max(0, shift));
    return start.line === end.line ? { line: start.line, column: Math.min(column, end.column) } : start;
  };
  return { ...spec, locate: () => ({ start, end }), position };
}
