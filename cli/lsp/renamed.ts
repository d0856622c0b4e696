// What is renamed: a step, what a step keeps (`as`) or a target of a document, and every place that says its name.

import type { AnyNode } from "acorn";
import type { Spec } from "../../compiler/2-parse/spec.ts";
import { childrenOf } from "../../compiler/expression/children.ts";
import { constantKey, parameters } from "../../compiler/expression/names.ts";
import { type Expression, parseTemplate } from "../../compiler/expression/template.ts";
import type { Range } from "../../schema/diagnostic.ts";
import { isJsonObject } from "../../schema/json.ts";
import { caseKey, isStep } from "./names-at.ts";
import type { Path } from "./outline.ts";

export interface Renamed {
  readonly kind: "variable" | "target" | "step";
  readonly name: string;
  /** That declares it. */
  readonly spec: Spec;
}

export interface Place {
  readonly file: string;
  readonly range: Range;
}

interface Step {
  readonly path: Path;
  readonly name: unknown;
  readonly as: unknown;
}

/** A case calls a step by its name, and one that has none by what it keeps. */
export function callOf(name: string, spec: Spec): { readonly kind: "step" | "variable"; readonly path?: Path } {
  const steps = stepsOf(spec);
  const named = steps.find((step) => step.name === name);
  if (named !== undefined) return { kind: "step", path: [...named.path, "name"] };
  const keeps = steps.find((step) => step.as === name);
  return { kind: "variable", ...(keeps === undefined ? {} : { path: [...keeps.path, "as"] }) };
}

export function isDeclared({ kind, name, spec }: Renamed): boolean {
  if (kind === "target") return targetsOf(spec).includes(name);
  return stepsOf(spec).some((step) => (kind === "step" ? step.name : step.as) === name);
}

/** What has the new name already: cases call steps by either of their names. */
export function takenBy(newName: string, { kind, name, spec }: Renamed): Renamed["kind"] | undefined {
  if (kind === "target") return targetsOf(spec).includes(newName) ? "target" : undefined;
  const own = kind === "step" ? "name" : "as";
  const others = stepsOf(spec).filter((step) => step[own] !== name);
  if (others.some((step) => step.as === newName)) return "variable";
  return others.some((step) => step.name === newName) ? "step" : undefined;
}

/** Each once: through an alias a place may be reached twice. */
export function placesOf(renamed: Renamed, specs: readonly Spec[]): readonly Place[] {
  const keyOf = ({ file, range }: Place): string => `${file}:${range.start.line}:${range.start.column}`;
  return [...new Map(allPlaces(renamed, specs).map((place) => [keyOf(place), place])).values()];
}

function allPlaces({ kind, name, spec }: Renamed, specs: readonly Spec[]): readonly Place[] {
  const tests = specs.filter((each) => each.kind === "tests" && each.tenant === spec.tenant && each.name === spec.name);
  const inCases = (what: "call" | "target") => tests.flatMap((each) => casePlaces(each, what, name));
  if (kind === "target") return [...targetPlaces(spec, name), ...inCases("target")];
  const steps = stepsOf(spec);
  if (kind === "step") {
    const named = steps.filter((step) => step.name === name);
    return [...named.map(({ path }) => ownPlace(spec, [...path, "name"], name)), ...inCases("call")];
  }
  const called = steps.some((step) => step.as === name && step.name === undefined);
  return [...variablePlaces(spec, name), ...(called ? inCases("call") : [])];
}

/** Every scalar and key of a document, with its path. */
function visit(value: unknown, path: Path, see: (value: unknown, path: Path) => void): void {
  see(value, path);
  if (Array.isArray(value)) value.forEach((item, index) => void visit(item, [...path, index], see));
  else if (isJsonObject(value)) for (const [key, item] of Object.entries(value)) visit(item, [...path, key], see);
}

function stepsOf(spec: Spec): readonly Step[] {
  const found: Step[] = [];
  visit(spec.value, [], (value, path) => {
    if (isStep(path) && isJsonObject(value)) found.push({ path, name: value.name, as: value.as });
  });
  return found;
}

function targetsOf({ value }: Spec): readonly string[] {
  const targets = isJsonObject(value) ? value.targets : undefined;
  return isJsonObject(targets) ? Object.keys(targets) : [];
}

function variablePlaces(spec: Spec, name: string): readonly Place[] {
  const found: Place[] = [];
  visit(spec.value, [], (value, path) => {
    if (typeof value !== "string") return;
    if (path.at(-1) === "as" && isStep(path.slice(0, -1)) && value === name) found.push(ownPlace(spec, path, value));
    if (!value.includes("${")) return;
    const { template } = parseTemplate(value);
    const parts =
      template.kind === "text" ? template.parts : template.kind === "expression" ? [template.expression] : [];
    for (const part of parts) {
      if (typeof part === "string") continue;
      for (const { start, end } of readsOf(part, name)) {
        const range = { start: spec.position(path, part.offset + start), end: spec.position(path, part.offset + end) };
        found.push({ file: spec.file, range });
      }
    }
  });
  return found;
}

/** The scalar without its quotes. */
function ownPlace(spec: Spec, path: Path, value: string): Place {
  return { file: spec.file, range: { start: spec.position(path, 0), end: spec.position(path, value.length) } };
}

/** Where an expression says `vars.name` or `vars["name"]`; the name alone. */
function readsOf(
  { node, source }: Expression,
  name: string,
): readonly { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  const see = (at: AnyNode, bound: boolean): void => {
    if (at.type === "MemberExpression" && at.object.type === "Identifier" && at.object.name === "vars" && !bound) {
      const { property } = at;
      const quote = /^["']/.test(source.slice(property.start, property.end)) ? 1 : 0;
      if (constantKey(at) === name) found.push({ start: property.start + quote, end: property.end - quote });
    }
    const inner = bound || (at.type === "ArrowFunctionExpression" && parameters(at).includes("vars"));
    for (const child of childrenOf(at)) see(child, inner);
  };
  see(node, false);
  return found;
}

function targetPlaces(spec: Spec, name: string): readonly Place[] {
  const found: Place[] = [{ file: spec.file, range: spec.locate(["targets", name], "key") }];
  visit(spec.value, [], (value, path) => {
    const names = path.at(-1) === "to" || (typeof path.at(-1) === "number" && path.at(-2) === "to");
    // A mail's `to` is nobody's target.
    const routes = path[0] === "route" || path.some((segment) => segment === "on-error");
    if (names && routes && value === name) found.push(ownPlace(spec, path, name));
  });
  return found;
}

/** Keys of what a case says of calls and targets. */
function casePlaces(spec: Spec, what: "call" | "target", name: string): readonly Place[] {
  const found: Place[] = [];
  visit(spec.value, [], (_, path) => {
    if (path.at(-1) === name && caseKey(path) === what)
      found.push({ file: spec.file, range: spec.locate(path, "key") });
  });
  return found;
}
