// What is known at a place of a spec: the type of what stands there, or of body and vars behind a step. The types are
// those of the check, asked for where the author points.

import type { Position } from "../schema/diagnostic.ts";
import type { Contracts } from "./3-resolve/contracts.ts";
import { authorsTypes, moduleName, typedLibrary } from "./4-check/check.ts";
import { contractsOf } from "./4-check/print-types.ts";
import { printWorker } from "./4-check/print-worker.ts";
import type { Probe } from "./4-check/printing.ts";
import type { TypeChecker } from "./4-check/type-checker.ts";
import { inWords } from "./4-check/words.ts";
import type { Span } from "./4-check/writer.ts";
import { type CompileOptions, type Resolved, resolve } from "./compile.ts";
import { integrationsOf } from "./concerned.ts";
import { typeName, typeText } from "./contract/types.ts";
import type { Integration } from "./integration.ts";
import type { Site } from "./value.ts";

export type Explained =
  | { readonly kind: "expression"; readonly integration: string; readonly text: string; readonly type: string }
  | { readonly kind: "step"; readonly integration: string; readonly body: string; readonly vars: string };

/** Undefined when nothing typed stands there. `file` is relative to the workspace. */
export const explainPlace = (options: CompileOptions, file: string, place: Position): Explained | undefined =>
  explainIn(
    resolve(options, () => undefined),
    options.checker,
    file,
    place,
  );

/** The same of a workspace that is resolved already. */
export function explainIn(
  { workspace, contracts }: Pick<Resolved, "workspace" | "contracts">,
  checker: TypeChecker,
  file: string,
  place: Position,
): Explained | undefined {
  let step: Explained | undefined;
  for (const integration of integrationsOf(workspace, file)) {
    const probes: Probe[] = [];
    const writer = printWorker(integration, contracts, probes);
    const name = moduleName(integration);
    const words = wordsFor(integration, contracts);
    const types = (offsets: readonly number[]) => checker.typesAt(typedLibrary(), name, writer.text(), offsets);
    const at = offsetAt(writer.spans(), file, place);
    if (at !== undefined) {
      const [type] = types([at.offset]);
      if (type !== undefined) {
        const text = wordAt(writer.text(), at.offset);
        return { kind: "expression", integration: fullName(integration), text, type: words(type) };
      }
    }
    const probe = innermost(probes, file, place);
    if (probe === undefined || step !== undefined) continue;
    const [body, vars] = types([probe.body, probe.vars]);
    step = { kind: "step", integration: fullName(integration), body: words(body), vars: words(vars) };
  }
  return step;
}

export interface Known {
  readonly body: string;
  /** `{}` where there are none. */
  readonly vars: string;
}

/** What is known behind each source, step, arm and in front of each target, by its site. */
export function typesBehind(
  integration: Integration,
  contracts: Contracts,
  checker: CompileOptions["checker"],
): ReadonlyMap<Site, Known> {
  const probes: Probe[] = [];
  const text = printWorker(integration, contracts, probes).text();
  // What a script gives is known behind what reaches it; what a failure brings to a target, behind what a route does.
  const bySite = new Map<Site, Probe>();
  const failed = text.indexOf("\nexport function failed(");
  for (const probe of probes) {
    const again = bySite.has(probe.site) && failed !== -1 && probe.body > failed;
    if (!again) bySite.set(probe.site, probe);
  }
  const wanted = [...bySite.values()];
  const offsets = wanted.flatMap(({ body, vars }) => [body, vars]);
  const types = checker.typesAt(typedLibrary(), moduleName(integration), text, offsets);
  const words = wordsFor(integration, contracts);
  return new Map(
    wanted.map(({ site }, at) => [site, { body: words(types[2 * at]), vars: words(types[2 * at + 1]) }] as const),
  );
}

/** What TypeScript says, as authors say it. */
function wordsFor(integration: Integration, contracts: Contracts): (type: string | undefined) => string {
  const inline = inlineTypes(integration, contracts);
  const types = authorsTypes(integration, contracts);
  return (type = "any") =>
    inWords(
      type.replaceAll(/[A-Za-z_$][\w$]*/g, (word) => inline.get(word) ?? word),
      types,
    );
}

/** A contract without a name of its own is shown as what it says. */
function inlineTypes(integration: Integration, contracts: Contracts): ReadonlyMap<string, string> {
  const inline = contractsOf(integration).filter((contract) => contract.inline === true);
  return new Map(
    inline.map(({ key, schema }) => {
      const text = typeText(schema, { name: typeName(key) }, (name) => contracts.get(name));
      const own = text.split("\n").at(-1) ?? "";
      return [
        typeName(key),
        own.replace(/^export type \S+ = |;$/g, "").replaceAll(/"([A-Za-z_$][\w$]*)"(?=\??:)/g, "$1"),
      ] as const;
    }),
  );
}

const fullName = ({ tenant, name }: Integration): string => `${tenant}/${name}`;

/** The offset in the module of what stands at the place inside an expression. */
function offsetAt(spans: readonly Span[], file: string, place: Position): { readonly offset: number } | undefined {
  for (const { origin, start, end, inserted } of spans) {
    if (origin.kind !== "expression" || inserted === true || origin.site.spec.file !== file) continue;
    const { spec, path } = origin.site;
    for (let offset = 0; offset <= end - start; offset += 1) {
      const here = spec.position(path, origin.offset + offset);
      if (here.line > place.line) break;
      if (here.line === place.line && here.column === place.column) return { offset: start + offset };
    }
  }
  return undefined;
}

/** Steps hold each other: the last of the narrowest is meant. */
function innermost(probes: readonly Probe[], file: string, place: Position): Probe | undefined {
  const holding = probes.filter(({ site: { spec, path } }) => {
    if (spec.file !== file) return false;
    const { start } = spec.locate(path, "key");
    const { end } = spec.locate(path);
    const begun = start.line < place.line || (start.line === place.line && start.column <= place.column);
    return begun && (place.line < end.line || (place.line === end.line && place.column <= end.column));
  });
  return holding.reduce<Probe | undefined>(
    (best, probe) => (best === undefined || probe.site.path.length >= best.site.path.length ? probe : best),
    undefined,
  );
}

function wordAt(text: string, offset: number): string {
  const before = /[\w$.?[\]"]*$/.exec(text.slice(Math.max(0, offset - 200), offset))?.[0] ?? "";
  const after = /^[\w$]*/.exec(text.slice(offset))?.[0] ?? "";
  return before + after;
}
