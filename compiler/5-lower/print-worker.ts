// worker.mjs: the same integration as print-worker.ts of check draws it, as the guarded code that runs.

import type { JsonSchema } from "../../schema/json.ts";
import { replyTarget } from "../../schema/worker.ts";
import { allSteps, failingNames } from "../3-resolve/integration.ts";
import { contractsOf } from "../4-check/print-types.ts";
import { projectorCode } from "../contract/projector.ts";
import { validatorCode } from "../contract/validator.ts";
import type { CallStep, Contract, Integration, Source, Target } from "../integration.ts";
import {
  at,
  contractLines,
  guarded,
  indented,
  itemOf,
  type Lines,
  type Lowering,
  printSettings,
  settingLines,
} from "./lines.ts";
import type { Places } from "./places.ts";
import { prefilterOf } from "./prefilter.ts";
import { literal, printValue } from "./print-value.ts";
import { entryLines, failedLines } from "./print-walk.ts";

type Refs = (name: string) => JsonSchema | undefined;

export function printWorker(integration: Integration, refs: Refs, places: Places): string {
  const contracts = sortedContracts(integration);
  const projects = new Map<string, Contract>();
  const lowering = createLowering(integration, contracts, projects, places);
  const walk = [...entryLines(lowering)];
  const failed = [...failedLines(lowering)];
  const sources = integration.sources.flatMap((source) => [...indented(indented(sourceLines(source, lowering)))]);
  const targets = integration.targets.flatMap((target) => [
    ...indented(indented(indented(targetLines(target, lowering)))),
  ]);
  const calls = allSteps([...integration.sources, integration, ...integration.targets]).filter(
    (step): step is CallStep => step.kind === "call",
  );
  const asks = calls.map(
    (step) =>
      `      ${literal(step.key)}: { settings: ({ settings, secrets }) => (${printSettings(step.use, ({ bound }) => bound === undefined)}) },`,
  );
  return `// Integration ${integration.tenant}/${integration.name}. Written by the VRSky compiler; worker.ts beside it is the same with types.

export const worker = ($) => {
${contracts.map((contract) => `  const ${lowering.checks.get(contract.key)} = ${validatorCode(contract.schema, refs)};`).join("\n")}
${[...projects].map(([name, { schema }]) => `  const ${name} = ${projectorCode(schema, refs)};`).join("\n")}
  const broken = (place, contract, issues, value) => ({
    kind: "failed",
    place,
    message: "does not fit " + contract + ": " + issues.map((issue) => (issue.path || "the body") + " " + issue.message).join("; "),
    broke: { issues, value },
  });
  const saw = (failure, body, vars, params${itemOf(lowering)}) => ({ ...failure, seen: { body, vars, params }${itemOf(lowering)} });
${lowering.splits ? manyText : ""}  return {
${prefilterText(lowering)}    sources: {
${sources.join("\n")}
    },
    targets: {
${targets.join("\n")}
    },
${asks.length === 0 ? "" : `    asks: {\n${asks.join("\n")}\n    },\n`}${objectsText(integration)}    walk: (scope, target, answers) => {
      const { headers, meta, settings, secrets } = scope;
      let at = 0;
      let body = scope.body;
      let vars = {};
      let params;
${lowering.splits ? '      const item = "";\n' : ""}${lowering.reacts ? `${reactText(lowering)}\n` : ""}${failed.map((line) => `      ${line}\n`).join("")}      $.begin();
${[...guarded(walk, lowering)].map((line) => `      ${line}`).join("\n")}
    },
  };
};
`;
}

const objectsText = ({ objects }: Integration): string =>
  objects?.use === undefined
    ? ""
    : `    objects: { settings: ({ settings, secrets }) => (${printSettings(objects.use, () => true)}) },\n`;

function prefilterText({ integration, places }: Lowering): string {
  const prefilter = prefilterOf(integration);
  if (prefilter === undefined) return "";
  const groups = prefilter.groups.map((group) => `[${group.map(literal).join(", ")}]`).join(", ");
  return `    prefilter: { groups: [${groups}], place: ${places.number(prefilter.site)} },\n`;
}

const manyText = `  const many = (items) => ({ kind: "many", items: items.flatMap((one) => (one.kind === "many" ? one.items : [one])) });
`;

/**
 * What an `on-error` makes of a failure in the steps; nothing: go on. Whoever has a `sender` leaves the sending to the
 * run time.
 */
const reactText = (lowering: Lowering): string => {
  // Who waits for an answer is told that there is none, whatever becomes of the message.
  const asked =
    lowering.integration.reply === undefined
      ? ""
      : ` || (target === ${literal(replyTarget)} && reaction !== "continue")`;
  const passed =
    lowering.failing.size === 0
      ? ""
      : `
        if (reaction !== "drop" && sender !== undefined) return { ...failure, ...sender, to: reaction.to };
        if (reaction !== "drop" && reaction.to.includes(target)) return failed(failure.seen.body, { class: failure.class ?? "invalid", message: failure.message }${itemOf(lowering)});`;
  return `      const react = (onError, failure, sender${itemOf(lowering)}) => {
        const reaction = onError[failure.class ?? "invalid"] ?? "dead";
        if (reaction === "dead"${asked}) return failure;
        if (reaction === "continue") return undefined;${passed}
        return { kind: "drop", reason: "on-error", place: failure.place${itemOf(lowering)} };
      };`;
};

function sortedContracts(integration: Integration): readonly Contract[] {
  const byKey = new Map(contractsOf(integration).map((contract) => [contract.key, contract]));
  return [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function createLowering(
  integration: Integration,
  contracts: readonly Contract[],
  projects: Map<string, Contract>,
  places: Places,
): Lowering {
  const checks = new Map(contracts.map((contract, index) => [contract.key, `check${index}`]));
  const steps = allSteps([...integration.sources, integration, ...integration.targets]);
  const counters = new Map<string, number>();
  return {
    integration,
    places,
    checks,
    splits: steps.some(({ kind }) => kind === "split"),
    reacts: steps.some((step) => "onError" in step && Object.keys(step.onError).length > 0),
    failing: failingNames(integration),
    inTarget: false,
    ofList: false,
    project: (contract) => {
      const name = checks.get(contract.key)?.replace("check", "project") ?? "";
      projects.set(name, contract);
      return name;
    },
    next: (prefix) => {
      const count = (counters.get(prefix) ?? 0) + 1;
      counters.set(prefix, count);
      return `${prefix}${count}`;
    },
  };
}

function* sourceLines(source: Source, lowering: Lowering): Lines {
  const { use, contract } = source;
  yield `${literal(source.name)}: {`;
  yield `  settings: ({ settings, secrets }) => (${printSettings(use, () => true)}),`;
  yield `  check: ${contract === undefined ? "() => []" : lowering.checks.get(contract.key)},`;
  yield* indented(messageIdLines(source, lowering));
  yield* indented(pollLines(source, lowering));
  yield "},";
}

function* messageIdLines(source: Source, lowering: Lowering): Lines {
  if (source.messageId === undefined) {
    yield "messageId: () => undefined,";
    return;
  }
  const place = lowering.places.number(source.messageId.site);
  yield "messageId: (scope) => {";
  yield "  const { headers, meta, settings } = scope;";
  yield "  $.begin();";
  yield "  try {";
  yield `    const body = ${source.contract === undefined ? "scope.body" : `${lowering.project(source.contract)}(scope.body)`};`;
  yield `    const id = ${printValue(source.messageId)};`;
  yield "    return id === undefined || id === null ? undefined : $.text(id);";
  yield "  } catch (error) {";
  yield `    return { failed: $.failed(${place}, error).message, place: ${place} };`;
  yield "  }";
  yield "},";
}

function* pollLines({ poll }: Source, lowering: Lowering): Lines {
  if (poll === undefined) return;
  const { use, contract, more, items, cursor } = poll;
  yield "poll: {";
  // What an expression may cost is counted anew for each.
  yield `  request: ({ settings, secrets, page, cursor }) => ($.begin(), $.json(${printSettings(use, () => true)})),`;
  yield `  check: ${contract === undefined ? "() => []" : lowering.checks.get(contract.key)},`;
  if (more !== undefined) yield `  more: ({ settings, page, cursor }) => ($.begin(), ${printValue(more)}),`;
  if (items !== undefined) yield `  items: ({ settings, page, cursor }) => ($.begin(), ${printValue(items)}),`;
  if (cursor !== undefined) {
    yield `  start: ({ settings }) => ($.begin(), ${printValue(cursor.start)}),`;
    yield `  next: ({ settings, page, cursor }) => ($.begin(), ${printValue(cursor.next)}),`;
  }
  yield "},";
}

function* targetLines(target: Target, lowering: Lowering): Lines {
  const fixed = `settings: ({ settings, secrets }) => (${printSettings(target.use, ({ bound }) => bound === undefined)})`;
  if (target.batch === undefined) {
    yield `${literal(target.name)}: { ${fixed} },`;
    return;
  }
  yield `${literal(target.name)}: {`;
  yield `  ${fixed},`;
  yield "  batch: ({ batch, settings, secrets }) => {";
  yield "    let at = 0;";
  yield "    $.begin();";
  yield "    try {";
  yield* indented(indented(indented(batchLines(target, { ...lowering, ofList: true }))));
  yield "    } catch (error) {";
  yield "      return $.failed(at, error);";
  yield "    }";
  yield "  },";
  yield "},";
}

/** The settings of a list of messages. */
function* batchLines({ use, contract, site }: Target, lowering: Lowering): Lines {
  const evaluated = use.settings.filter(({ bound }) => bound !== undefined);
  const record = yield* settingLines(evaluated, "s", lowering);
  const payload = evaluated.findIndex(({ bound }) => bound === "payload");
  if (payload >= 0) yield* contractLines(`s${payload}`, contract, contract?.site ?? site, "return", lowering);
  yield at(site, lowering);
  yield `return { kind: "settings", settings: $.json(${record}) };`;
}
