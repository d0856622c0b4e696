// Small pieces of worker.mjs: lines of code, one at a time, and what most of them need.

import type { Contract, Integration, Setting, Use } from "../integration.ts";
import type { Site, Value } from "../value.ts";
import { needsRunTime } from "./needs-run-time.ts";
import type { Places } from "./places.ts";
import { literal, printValue } from "./print-value.ts";
import { readsOf } from "./reads.ts";
import { convertUnits } from "./units.ts";

export interface Lowering {
  readonly integration: Integration;
  readonly places: Places;
  /** Names of the checks of contracts, by key. */
  readonly checks: ReadonlyMap<string, string>;
  /** Some step splits: results tell which item they are of. */
  readonly splits: boolean;
  /** Some `on-error` reacts in the steps. */
  readonly reacts: boolean;
  /** Targets that some `on-error` sends to. */
  readonly failing: ReadonlySet<string>;
  /** In a target's own steps, which no other target's walk passes. */
  readonly inTarget: boolean;
  /** Of a list of messages: what each of them held is not seen. */
  readonly ofList: boolean;
  /** Name of the function that keeps what the contract declares; made when first asked for. */
  project(contract: Contract): string;
  next(prefix: string): string;
}

export type Lines = Generator<string>;

export function* indented(lines: Iterable<string>): Lines {
  for (const line of lines) yield `  ${line}`;
}

export const condition = (value: Value): string => `${printValue(value)} === true`;

export const at = (site: Site, { places }: Lowering): string => `at = ${places.number(site)};`;

/** The same for a value, whose expressions can fail there. */
export const atValue = (value: Value, { places }: Lowering): string =>
  `at = ${places.number(value.site, readsOf([value]))};`;

/** Which item of a split a result is of. */
export const itemOf = ({ splits }: Lowering): string => (splits ? ", item" : "");

/** A failure, with what expressions saw there. */
export const failure = (failed: string, lowering: Lowering): string =>
  lowering.ofList ? failed : `saw(${failed}, body, vars, params${itemOf(lowering)})`;

/** A function's own `body` and `vars` are seen where it fails. */
export function* guarded(lines: Iterable<string>, lowering: Lowering): Lines {
  yield "try {";
  yield* indented(lines);
  yield "} catch (error) {";
  yield `  return ${failure("$.failed(at, error)", lowering)};`;
  yield "}";
}

export function drop(reason: "filter" | "route" | "when" | "on-error", site: Site, lowering: Lowering): string {
  return `return { kind: "drop", reason: "${reason}", place: ${lowering.places.number(site)}${itemOf(lowering)} };`;
}

export function deliver(settings: string, body: string, lowering: Lowering): string {
  return `return { kind: "deliver", settings: $.json(${settings}), body: $.json(${body})${itemOf(lowering)} };`;
}

export function* guardLines(value: Value, reason: "filter" | "when", lowering: Lowering): Lines {
  yield atValue(value, lowering);
  yield `if (!(${condition(value)})) ${drop(reason, value.site, lowering)}`;
}

/** Only what types cannot say is asked again at run time. `found` takes what is wrong: `return …`, `failure = …`. */
export function* contractLines(
  name: string,
  contract: Contract | undefined,
  site: Site,
  found: "return" | "failure =",
  lowering: Lowering,
): Lines {
  if (contract === undefined || !needsRunTime(contract.schema)) return;
  yield* checkLines(name, contract, site, found, lowering);
}

/** The whole contract, asked of what comes from outside. */
export function* checkLines(
  name: string,
  contract: Contract,
  site: Site,
  found: "return" | "failure =",
  lowering: Lowering,
): Lines {
  const place = lowering.places.number(site);
  const check = lowering.checks.get(contract.key);
  const broken = failure(`broken(${place}, ${literal(contract.name)}, issues, ${name})`, lowering);
  yield `{ const issues = ${check}(${name}); if (issues.length > 0) ${found} ${broken}; }`;
}

export function printSettings(use: Use, keep: (setting: Setting) => boolean): string {
  const own = use.settings.filter(keep).map(printSetting);
  const connection = use.connection?.settings.map(printSetting);
  const kind = use.connection?.connector === use.manifest.name ? undefined : use.connection?.connector;
  const named = kind === undefined ? [] : [`"connector": ${literal(kind)}`];
  const all = connection === undefined ? own : [...own, `"connection": { ${[...named, ...connection].join(", ")} }`];
  return `{ ${all.join(", ")} }`;
}

const printSetting = (setting: Setting): string => `${literal(setting.key)}: ${settingCode(setting)}`;

const settingCode = (setting: Setting): string =>
  printValue(convertUnits(setting.value, setting.schema), setting.bound ?? "text");

/** Setting by setting, so that a failure names its own line; ends with the record's text. */
export function* settingLines(
  settings: readonly Setting[],
  prefix: string,
  lowering: Lowering,
): Generator<string, string> {
  const fields: string[] = [];
  for (const [index, setting] of settings.entries()) {
    yield atValue(setting.value, lowering);
    yield `const ${prefix}${index} = ${settingCode(setting)};`;
    fields.push(`${literal(setting.key)}: ${prefix}${index}`);
  }
  return `{ ${fields.join(", ")} }`;
}
