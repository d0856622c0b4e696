// A piece of YAML whose scalars have been read as templates: what settings, maps and conditions are made of between
// resolve and emit. Each part knows its site, so that every later finding lands on the author's text.

import type { Code } from "../schema/codes.ts";
import { codes } from "../schema/codes.ts";
import type { Diagnostic, Range } from "../schema/diagnostic.ts";
import { isJsonObject, type JsonPrimitive } from "../schema/json.ts";
import type { Path, Spec } from "./2-parse/spec.ts";
import type { SitedNode } from "./3-resolve/template.ts";
import { restrict } from "./expression/restrict.ts";
import { type Expression, type Problem, parseTemplate } from "./expression/template.ts";
import { nearest } from "./nearest.ts";

/** A place in a document, by path. */
export interface Site {
  readonly spec: Spec;
  readonly path: Path;
  /** Where a fragment was used, for what stands in it. */
  readonly via?: Site;
}

export type Value =
  | { readonly kind: "constant"; readonly site: Site; readonly value: JsonPrimitive }
  | { readonly kind: "expression"; readonly site: Site; readonly expression: Expression }
  | { readonly kind: "text"; readonly site: Site; readonly parts: readonly (string | Expression)[] }
  | { readonly kind: "list"; readonly site: Site; readonly items: readonly Value[] }
  | { readonly kind: "template"; readonly site: Site; readonly nodes: readonly SitedNode[] }
  | MapValue;

export interface MapValue {
  readonly kind: "map";
  readonly site: Site;
  /** Value of the key `...`: all its fields come first. */
  readonly spread?: Value;
  readonly entries: readonly { readonly key: string; readonly value: Value }[];
}

export type Report = (diagnostic: Diagnostic) => void;

/** What an expression at some place may see. */
export interface Allowed {
  readonly roots: readonly string[];
  /** Declared secrets of the tenant, where `secrets` is among the roots. */
  readonly secrets: ReadonlySet<string>;
}

export const child = (site: Site, key: string | number): Site => ({ ...site, path: [...site.path, key] });

/** Reads a parsed YAML value; problems of its expressions are reported at their place, the value stays usable. */
export function readValue(raw: unknown, site: Site, allowed: Allowed, report: Report): Value {
  if (typeof raw === "string") return readText(raw, site, allowed, report);
  if (Array.isArray(raw)) {
    return {
      kind: "list",
      site,
      items: raw.map((item, index) => readValue(item, child(site, index), allowed, report)),
    };
  }
  if (isJsonObject(raw)) return readMap(raw, site, allowed, report);
  const value = typeof raw === "number" || typeof raw === "boolean" ? raw : null;
  return { kind: "constant", site, value };
}

function readMap(raw: Readonly<Record<string, unknown>>, site: Site, allowed: Allowed, report: Report): MapValue {
  const entries = Object.entries(raw)
    .filter(([key]) => key !== "...")
    .map(([key, member]) => ({ key, value: readValue(member, child(site, key), allowed, report) }));
  if (!Object.hasOwn(raw, "...")) return { kind: "map", site, entries };
  return { kind: "map", site, entries, spread: readValue(raw["..."], child(site, "..."), allowed, report) };
}

function readText(raw: string, site: Site, allowed: Allowed, report: Report): Value {
  const { template, problems } = parseTemplate(raw);
  for (const problem of problems) report(toDiagnostic(problem, site));
  if (template.kind === "constant") return { kind: "constant", site, value: template.value };
  for (const expression of expressionsOf(template)) {
    for (const problem of restrict(expression, { roots: allowed.roots })) report(toDiagnostic(problem, site));
    reportSecrets(expression, site, allowed, report);
  }
  if (template.kind === "expression") return { kind: "expression", site, expression: template.expression };
  return { kind: "text", site, parts: template.parts };
}

function expressionsOf(template: {
  readonly expression?: Expression;
  readonly parts?: readonly (string | Expression)[];
}): readonly Expression[] {
  if (template.expression !== undefined) return [template.expression];
  return (template.parts ?? []).filter((part): part is Expression => typeof part !== "string");
}

export function reportSecrets(expression: Expression, site: Site, allowed: Allowed, report: Report): void {
  if (!allowed.roots.includes("secrets")) return;
  for (const name of expression.secrets) {
    if (allowed.secrets.has(name)) continue;
    const names = [...allowed.secrets].sort();
    const at = Math.max(0, expression.source.search(new RegExp(`\\bsecrets\\s*\\.\\s*${name}\\b`)));
    const length = expression.source.slice(at).indexOf(name) + name.length;
    const guess = nearest(name, names);
    report(
      finding("VRS2012", site, textRange(site, expression.offset + at, length), {
        message: `The tenant declares no secret \`${name}\`.`,
        help:
          guess !== undefined
            ? `Did you mean \`${guess}\`?`
            : names.length === 0
              ? `Add \`secrets: [${name}]\` to the tenant's document.`
              : `Declared are ${names.join(", ")}; add \`${name}\` to \`secrets:\` of the tenant's document.`,
      }),
    );
  }
}

function toDiagnostic(problem: Problem, site: Site): Diagnostic {
  return finding(problem.code, site, textRange(site, problem.start, problem.end - problem.start), problem);
}

/** The source range of `length` units from `offset` inside the scalar's value. */
export function textRange(site: Site, offset: number, length: number): Range {
  return {
    start: site.spec.position(site.path, offset),
    end: site.spec.position(site.path, offset + length),
  };
}

/** A diagnostic at a site; severity comes from the catalogue. */
export function finding(
  code: Code,
  site: Site,
  range: Range,
  says: { readonly message: string; readonly help?: string; readonly labels?: Diagnostic["labels"] },
): Diagnostic {
  const labels = [...(says.labels ?? []), ...throughAlias(site), ...usedAt(site.via)];
  return {
    code,
    severity: codes[code].severity,
    file: site.spec.file,
    range,
    message: says.message,
    ...(says.help === undefined ? {} : { help: says.help }),
    ...(labels.length === 0 ? {} : { labels }),
  };
}

function throughAlias({ spec, path }: Site): NonNullable<Diagnostic["labels"]> {
  const range = spec.alias(path);
  return range === undefined ? [] : [{ file: spec.file, range, message: "this alias stands for it" }];
}

/** A fragment is checked where it is used: its findings name that place as well. */
function usedAt(via: Site | undefined): NonNullable<Diagnostic["labels"]> {
  if (via === undefined) return [];
  const here = { file: via.spec.file, range: via.spec.locate(via.path), message: "used here" };
  return [here, ...usedAt(via.via)];
}

/** The same at the site's own value or key. */
export function findingAt(
  code: Code,
  site: Site,
  says: { readonly message: string; readonly help?: string; readonly labels?: Diagnostic["labels"] },
  part: "key" | "value" = "value",
): Diagnostic {
  return finding(code, site, site.spec.locate(site.path, part), says);
}

/** All expressions below a value, in the order of the text. */
export function expressionsIn(value: Value): readonly Expression[] {
  switch (value.kind) {
    case "constant":
      return [];
    case "expression":
      return [value.expression];
    case "text":
      return value.parts.filter((part): part is Expression => typeof part !== "string");
    case "list":
      return value.items.flatMap(expressionsIn);
    case "template":
      return value.nodes.flatMap(expressionsInNode);
    case "map":
      return [
        ...(value.spread === undefined ? [] : expressionsIn(value.spread)),
        ...value.entries.flatMap((entry) => expressionsIn(entry.value)),
      ];
  }
}

function expressionsInNode(node: SitedNode): readonly Expression[] {
  switch (node.kind) {
    case "text":
      return [];
    case "value":
      return [node.value.expression];
    default: {
      const { expression } = node.kind === "if" ? node.condition : node.kind === "each" ? node.list : node.value;
      return [expression, ...[...node.inside, ...node.otherwise].flatMap(expressionsInNode)];
    }
  }
}

const dataRoots = ["body", "headers", "meta", "vars", "params", "error", "batch", "page", "cursor"];

/** Whether an expression reads the message, not only settings and secrets. */
export function readsData(expression: Expression): boolean {
  return dataRoots.some((root) => expression.roots.has(root));
}
