// worker.mjs: the same integration as print-worker.ts of check draws it, as the guarded code that runs.

import type { JsonSchema } from "../../schema/json.ts";
import { isJsonObject } from "../../schema/json.ts";
import { projectorCode } from "../contract/projector.ts";
import { validatorCode } from "../contract/validator.ts";
import type { Contract, Integration, Setting, Source, Step, Target, Use } from "../integration.ts";
import type { MapValue, Site, Value } from "../value.ts";
import type { Places } from "./places.ts";
import { literal, printValue } from "./print-value.ts";
import { convertUnits } from "./units.ts";

type Refs = (name: string) => JsonSchema | undefined;

export function printWorker(integration: Integration, refs: Refs, places: Places): string {
  const { source } = integration;
  const contracts = [...integration.contracts.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  const names = new Map(contracts.map((contract, index) => [contract.key, `check${index}`]));
  const checks = contracts.map(
    (contract) => `  const ${names.get(contract.key)} = ${validatorCode(contract.schema, refs)};`,
  );
  const project = source.contract === undefined ? "(body) => body" : projectorCode(source.contract.schema, refs);
  const walk = [...walkLines(integration, names, places)];
  return `// Integration ${integration.tenant}/${integration.name}. Written by the VRSky compiler; worker.ts beside it is the same with types.

export const worker = ($) => {
${[...checks, `  const project = ${project};`].join("\n")}
  const broken = (place, contract, issues) => ({
    kind: "failed",
    place,
    message: "does not fit " + contract + ": " + issues.map((issue) => (issue.path || "the body") + " " + issue.message).join("; "),
  });
  return {
    sources: {
      ${literal(source.name)}: {
        settings: ({ settings, secrets }) => (${printSettings(source.use, () => true)}),
        check: ${source.contract === undefined ? "() => []" : names.get(source.contract.key)},
        messageId: ${printMessageId(source, places)},
      },
    },
    targets: {
${integration.targets.map((target) => `      ${literal(target.name)}: { settings: ({ settings, secrets }) => (${printSettings(target.use, (setting) => setting.bound === undefined)}) },`).join("\n")}
    },
    walk: (scope, target) => {
      const { headers, meta, settings, secrets } = scope;
      let at = 0;
      $.begin();
      try {
        let body = project(scope.body);
        let vars = {};
${walk.map((line) => `        ${line}`).join("\n")}
      } catch (error) {
        return $.failed(at, error);
      }
    },
  };
};
`;
}

function printSettings(use: Use, keep: (setting: Setting) => boolean): string {
  const own = use.settings.filter(keep).map(printSetting);
  const connection = use.connection?.settings.map(printSetting);
  const all = connection === undefined ? own : [...own, `"connection": { ${connection.join(", ")} }`];
  return `{ ${all.join(", ")} }`;
}

function printSetting(setting: Setting): string {
  return `${literal(setting.key)}: ${printValue(convertUnits(setting.value, setting.schema), setting.bound ?? "text")}`;
}

function printMessageId(source: Source, places: Places): string {
  if (source.messageId === undefined) return "() => undefined";
  const at = places.number(source.messageId.site);
  return `(scope) => {
          const { headers, meta, settings } = scope;
          $.begin();
          try {
            const body = project(scope.body);
            const id = ${printValue(source.messageId)};
            return id === undefined || id === null ? undefined : $.text(id);
          } catch (error) {
            return { failed: $.failed(${at}, error).message, place: ${at} };
          }
        }`;
}

interface Walking {
  readonly names: ReadonlyMap<string, string>;
  readonly places: Places;
}

function* walkLines(integration: Integration, names: ReadonlyMap<string, string>, places: Places): Generator<string> {
  const walking: Walking = { names, places };
  yield* stepLines([...integration.source.steps, ...integration.steps], walking);
  if (integration.route === undefined) {
    for (const target of integration.targets) yield* targetLines(target, walking);
    yield drop("route", places.number(integration.site));
    return;
  }
  for (const arm of integration.route) {
    const place = places.number(arm.site);
    yield `at = ${place};`;
    yield arm.when === undefined ? "{" : `if (${condition(arm.when)}) {`;
    for (const target of integration.targets) {
      if (arm.to.includes(target.name)) for (const line of targetLines(target, walking)) yield `  ${line}`;
    }
    yield `  ${drop("route", place)}`;
    yield "}";
  }
  yield drop("route", places.number({ ...integration.site, path: ["route"] }));
}

function* stepLines(steps: readonly Step[], walking: Walking): Generator<string> {
  for (const step of steps) {
    if (step.kind === "filter") yield* guardLines(step.condition, "filter", walking.places);
    else yield* mapLines(step, walking);
  }
}

function* guardLines(value: Value, reason: "filter" | "when", places: Places): Generator<string> {
  const place = places.number(value.site);
  yield `at = ${place};`;
  yield `if (!(${condition(value)})) ${drop(reason, place)}`;
}

function* mapLines(step: Extract<Step, { kind: "map" }>, walking: Walking): Generator<string> {
  const { places } = walking;
  const assign = step.as === undefined ? "body = next;" : `vars = { ...vars, ${literal(step.as)}: next };`;
  if (step.when !== undefined) yield `at = ${places.number(step.when.site)};`;
  yield step.when === undefined ? "{" : `if (${condition(step.when)}) {`;
  for (const line of mapEntryLines(step.value, places)) yield `  ${line}`;
  yield* indented(contractLines("next", step.contract, step.site, walking));
  yield `  ${assign}`;
  yield "}";
}

/** Field by field, so that a failure names the field's own line. */
function* mapEntryLines(map: MapValue, places: Places): Generator<string> {
  if (map.spread !== undefined) {
    yield `at = ${places.number(map.spread.site)};`;
    yield `const rest = ${printValue(map.spread)};`;
  }
  const fields: string[] = [];
  for (const [index, entry] of map.entries.entries()) {
    if (entry.value.kind === "constant") {
      fields.push(`${key(entry.key)}: ${printValue(entry.value)}`);
      continue;
    }
    yield `at = ${places.number(entry.value.site)};`;
    yield `const f${index} = ${printValue(entry.value)};`;
    fields.push(`${key(entry.key)}: f${index}`);
  }
  const spread = map.spread === undefined ? [] : ["...rest"];
  yield `const next = { ${[...spread, ...fields].join(", ")} };`;
}

const key = (name: string): string => (name === "__proto__" ? '["__proto__"]' : literal(name));

function* targetLines(target: Target, walking: Walking): Generator<string> {
  const { places } = walking;
  yield `if (target === ${literal(target.name)}) {`;
  if (target.when !== undefined) yield* indented(guardLines(target.when, "when", places));
  yield* indented(stepLines(target.steps, walking));
  const perMessage = target.use.settings.filter((setting) => setting.bound !== undefined);
  for (const [index, setting] of perMessage.entries()) {
    yield `  at = ${places.number(setting.value.site)};`;
    yield `  const s${index} = ${printValue(convertUnits(setting.value, setting.schema), setting.bound)};`;
  }
  yield* indented(payloadLines(target, perMessage, walking));
  const settings = perMessage.map((setting, index) => `${literal(setting.key)}: s${index}`).join(", ");
  yield `  at = ${places.number(target.site)};`;
  yield `  return { kind: "deliver", settings: $.json({ ${settings} }), body: $.json(body) };`;
  yield "}";
}

function* payloadLines(target: Target, perMessage: readonly Setting[], walking: Walking): Generator<string> {
  const payload = perMessage.findIndex((setting) => setting.bound === "payload");
  const inSettings = target.use.manifest.target?.payload === "settings";
  if (inSettings && payload === -1) return;
  yield* contractLines(
    inSettings ? `s${payload}` : "body",
    target.contract,
    target.contract?.site ?? target.site,
    walking,
  );
}

/** Only what types cannot say is asked again at run time. */
function* contractLines(name: string, contract: Contract | undefined, site: Site, walking: Walking): Generator<string> {
  if (contract === undefined || !needsRunTime(contract.schema)) return;
  const place = walking.places.number(site);
  yield `{ const issues = ${walking.names.get(contract.key)}(${name}); if (issues.length > 0) return broken(${place}, ${literal(contract.name)}, issues); }`;
}

const typeKeywords = new Set([
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "pattern",
  "format",
  "minItems",
  "maxItems",
  "uniqueItems",
  "$ref",
]);

function needsRunTime(schema: JsonSchema): boolean {
  return Object.entries(schema).some(([keyword, value]) => {
    if (typeKeywords.has(keyword)) return true;
    if (keyword === "type") return value === "integer" || (Array.isArray(value) && value.includes("integer"));
    if (keyword === "properties" && isJsonObject(value))
      return Object.values(value).some((member) => isJsonObject(member) && needsRunTime(member));
    if (Array.isArray(value)) return value.some((member) => isJsonObject(member) && needsRunTime(member));
    return isJsonObject(value) && keyword !== "const" && keyword !== "default" && needsRunTime(value);
  });
}

const condition = (value: Value): string => `${printValue(value)} === true`;

const drop = (reason: "filter" | "route" | "when", place: number): string =>
  `return { kind: "drop", reason: "${reason}", place: ${place} };`;

function* indented(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `  ${line}`;
}
