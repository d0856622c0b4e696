// The walk of worker.mjs: from the source's body through the steps to one target, the reply or the ordering key.

import { orderTarget, replyTarget } from "../../schema/worker.ts";
import type { Setting, Source, Target } from "../integration.ts";
import {
  at,
  atValue,
  condition,
  contractLines,
  deliver,
  drop,
  guarded,
  guardLines,
  indented,
  itemOf,
  type Lines,
  type Lowering,
  settingLines,
} from "./lines.ts";
import { stepLines } from "./print-steps.ts";
import { literal, printValue } from "./print-value.ts";
import { readsOf } from "./reads.ts";

export function* entryLines(lowering: Lowering): Lines {
  const { sources } = lowering.integration;
  if (sources.some(({ onError }) => Object.keys(onError).length > 0) || lowering.failing.size > 0)
    yield* failedEntry(lowering);
  const [only, ...others] = sources;
  if (only !== undefined && others.length === 0) {
    yield `body = ${bodyOf(only, lowering)};`;
    yield* stepLines(only.steps, lowering, () => commonLines(lowering));
    return;
  }
  yield `const rest = (body, vars${itemOf(lowering)}) => {`;
  yield "  let params;";
  yield* indented(guarded(commonLines(lowering), lowering));
  yield "};";
  yield "switch (meta.source) {";
  for (const source of sources) {
    yield `  case ${literal(source.name)}: {`;
    yield `    body = ${bodyOf(source, lowering)};`;
    for (const line of stepLines(source.steps, lowering, function* () {
      yield `return rest(body, vars${itemOf(lowering)});`;
    }))
      yield `    ${line}`;
    yield "  }";
  }
  yield "}";
  yield `return { kind: "failed", place: ${lowering.places.number(lowering.integration.site)}, message: "it came from a source that is gone" };`;
}

const bodyOf = ({ contract }: Source, lowering: Lowering): string =>
  contract === undefined ? "scope.body" : `${lowering.project(contract)}(scope.body)`;

/** A message that failed before: for the targets that its `on-error` named. */
function* failedEntry(lowering: Lowering): Lines {
  const item = lowering.splits ? ', ""' : "";
  yield "if (scope.error !== undefined) {";
  if (lowering.failing.size > 0)
    yield `  if (scope.error.to.includes(target)) return failed(scope.body, scope.error${item});`;
  yield `  return { kind: "drop", reason: "on-error", place: ${lowering.places.number(lowering.integration.site)} };`;
  yield "}";
}

/** What all sources have in common. Always returns. */
function* commonLines(lowering: Lowering): Lines {
  const { orderBy, steps } = lowering.integration;
  if (orderBy !== undefined) {
    yield `if (target === ${literal(orderTarget)}) {`;
    yield `  ${atValue(orderBy, lowering)}`;
    yield `  ${deliver(`{ key: ${printValue(orderBy)} }`, "null", lowering)}`;
    yield "}";
  }
  yield* stepLines(steps, lowering, () => routeLines(lowering));
}

function* routeLines(lowering: Lowering): Lines {
  const { route, targets, reply, site } = lowering.integration;
  if (reply !== undefined) {
    yield `if (target === ${literal(replyTarget)}) {`;
    yield* settledLines(reply.settings, "null", lowering);
    yield "}";
  }
  if (route === undefined) {
    for (const target of targets) if (!lowering.failing.has(target.name)) yield* targetLines(target, lowering);
    yield drop("route", site, lowering);
    return;
  }
  for (const arm of route) {
    yield arm.when === undefined
      ? at(arm.site, lowering)
      : `at = ${lowering.places.number(arm.site, readsOf([arm.when]))};`;
    yield arm.when === undefined ? "{" : `if (${condition(arm.when)}) {`;
    for (const target of targets) {
      if (!arm.to.includes(target.name)) continue;
      if (lowering.failing.has(target.name)) yield "  const error = undefined;";
      yield* indented(targetLines(target, lowering));
    }
    yield `  ${drop("route", arm.site, lowering)}`;
    yield "}";
  }
  if (route.at(-1)?.when !== undefined || route.length === 0) {
    yield drop("route", { ...site, path: ["route"] }, lowering);
  }
}

function* targetLines(target: Target, lowering: Lowering): Lines {
  yield `if (target === ${literal(target.name)}) {`;
  if (target.when !== undefined) yield* indented(guardLines(target.when, "when", lowering));
  const own = { ...lowering, inTarget: true };
  yield* indented(stepLines(target.steps, own, () => deliveryLines(target, lowering)));
  yield "}";
}

function* deliveryLines(target: Target, lowering: Lowering): Lines {
  const { use, batch, contract } = target;
  const inSettings = use.manifest.target?.payload === "settings";
  const perMessage = batch === undefined ? use.settings.filter(({ bound }) => bound !== undefined) : [];
  const record = yield* settingLines(perMessage, "s", lowering);
  const payload = perMessage.findIndex(({ bound }) => bound === "payload");
  const sent = inSettings ? (payload === -1 ? undefined : `s${payload}`) : "body";
  if (sent !== undefined) yield* contractLines(sent, contract, contract?.site ?? target.site, "return", lowering);
  yield at(target.site, lowering);
  // What a batch is sent with is evaluated when it is whole.
  const settings = batch?.by === undefined ? record : `{ by: ${printValue(batch.by)} }`;
  yield deliver(settings, "body", lowering);
}

function* settledLines(settings: readonly Setting[], body: string, lowering: Lowering): Lines {
  const lines = settingLines(settings, "r", lowering);
  for (;;) {
    const line = lines.next();
    if (line.done === true) {
      yield `  ${deliver(line.value, body, lowering)}`;
      return;
    }
    yield `  ${line.value}`;
  }
}

/** The targets of `on-error`, as a function: several places lead there. */
export function* failedLines(lowering: Lowering): Lines {
  const targets = lowering.integration.targets.filter(({ name }) => lowering.failing.has(name));
  if (targets.length === 0) return;
  function* lines(): Lines {
    for (const target of targets) yield* targetLines(target, lowering);
    yield drop("on-error", lowering.integration.site, lowering);
  }
  yield `const failed = (body, error${itemOf(lowering)}) => {`;
  yield "  let vars = {};";
  yield "  let params;";
  yield* indented(guarded(lines(), lowering));
  yield "};";
}
