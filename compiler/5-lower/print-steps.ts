// Steps in worker.mjs: lines that change `body` and `vars`, or return. What follows a `split` is a function of its own,
// run once for each item; what follows everything else stands below it.

import { mayContinue } from "../3-resolve/on-error.ts";
import type { Step } from "../integration.ts";
import type { MapValue } from "../value.ts";
import {
  at,
  atValue,
  checkLines,
  condition,
  contractLines,
  failure,
  guarded,
  guardLines,
  indented,
  itemOf,
  type Lines,
  type Lowering,
  settingLines,
} from "./lines.ts";
import { literal, printKey, printValue } from "./print-value.ts";
import { readsOf } from "./reads.ts";

type Of<Kind extends Step["kind"]> = Extract<Step, { kind: Kind }>;

/** The steps, then `tail`, which always returns. */
export function* stepLines(steps: readonly Step[], lowering: Lowering, tail: () => Lines): Lines {
  for (const [index, step] of steps.entries()) {
    const rest = steps.slice(index + 1);
    if (step.kind === "split") {
      yield* splitLines(step, lowering, () => stepLines(rest, lowering, tail));
      return;
    }
    if (step.kind === "use") {
      yield* useLines(step, lowering, () => stepLines(rest, lowering, tail));
      return;
    }
    yield* plainLines(step, lowering);
  }
  yield* tail();
}

function* plainLines(step: Exclude<Step, { kind: "split" | "use" }>, lowering: Lowering): Lines {
  switch (step.kind) {
    case "filter":
      yield* guardLines(step.condition, "filter", lowering);
      return;
    case "validate":
      yield* validateLines(step, lowering);
      return;
    default:
      yield* makingLines(step, lowering);
  }
}

type Making = Of<"map"> | Of<"call"> | Of<"script">;

function* makingLines(step: Making, lowering: Lowering): Lines {
  if (step.when !== undefined) yield atValue(step.when, lowering);
  yield step.when === undefined ? "{" : `if (${condition(step.when)}) {`;
  const made = step.kind === "map" ? mapLines(step, lowering) : askLines(step, lowering);
  if (reacts(step)) {
    yield "  let next;";
    yield* indented(caughtLines(step, made, lowering));
  } else yield* indented(made);
  yield step.as === undefined ? "  body = next;" : `  vars = { ...vars, ${literal(step.as)}: next };`;
  yield "}";
}

const reacts = ({ onError }: { readonly onError: object }): boolean => Object.keys(onError).length > 0;

/** A failure inside becomes the `failure` that `on-error` reacts to. */
function* caughtLines(step: Making | Of<"validate">, made: Iterable<string>, lowering: Lowering): Lines {
  yield "let failure;";
  yield "try {";
  yield* indented(made);
  yield "} catch (error) {";
  yield `  failure = ${failure("$.failed(at, error)", lowering)};`;
  yield "}";
  yield `if (failure !== undefined) {`;
  yield `  const end = react(${JSON.stringify(step.onError)}, failure, ${senderOf(step, lowering)}${itemOf(lowering)});`;
  yield "  if (end !== undefined) return end;";
  if (mayContinue(step.onError)) yield step.kind === "validate" ? "  body = undefined;" : "  next = undefined;";
  yield "}";
}

/**
 * Who must send what failed to the targets of `on-error`. Pure steps fail alike in the walk to each target, so the walk
 * to those targets goes on with it by itself: `undefined`. What others do not see is sent: by a question's name, since
 * another walk may be answered otherwise; by the target's, in its own steps.
 */
function senderOf(step: Making | Of<"validate">, { inTarget }: Lowering): string {
  if (inTarget) return "{}";
  return step.kind === "call" ? `{ step: ${literal(step.key)} }` : "undefined";
}

/** Field by field, so that a failure names the field's own line. */
function* mapLines(step: Of<"map">, lowering: Lowering): Lines {
  const caught = reacts(step);
  const record = yield* mapEntryLines(step.value, lowering);
  yield caught ? `next = ${record};` : `const next = ${record};`;
  yield* contractLines("next", step.contract, step.site, caught ? "failure =" : "return", lowering);
}

function* mapEntryLines(map: MapValue, lowering: Lowering): Generator<string, string> {
  if (map.spread !== undefined) {
    yield atValue(map.spread, lowering);
    yield `const rest = ${printValue(map.spread)};`;
  }
  const fields: string[] = [];
  for (const [index, entry] of map.entries.entries()) {
    if (entry.value.kind === "constant") {
      fields.push(`${printKey(entry.key)}: ${printValue(entry.value)}`);
      continue;
    }
    yield atValue(entry.value, lowering);
    yield `const f${index} = ${printValue(entry.value)};`;
    fields.push(`${printKey(entry.key)}: f${index}`);
  }
  const spread = map.spread === undefined ? [] : ["...rest"];
  return `{ ${[...spread, ...fields].join(", ")} }`;
}

/** Asks once: without an answer the walk ends here, and is walked again when there is one. */
function* askLines(step: Of<"call"> | Of<"script">, lowering: Lowering): Lines {
  const caught = reacts(step);
  const asked = step.kind === "call" ? step.use.settings.filter(({ bound }) => bound !== undefined) : [];
  const place = lowering.places.number(step.site, readsOf(asked.map(({ value }) => value)));
  const key = lowering.splits ? `${literal(step.key)} + item` : literal(step.key);
  yield `const answer = answers?.[${key}];`;
  yield "if (answer === undefined) {";
  const settings =
    step.kind === "call"
      ? yield* indentedWith(settingLines(asked, "s", lowering))
      : "{ body, headers, meta, vars, settings }";
  yield `  ${at(step.site, lowering)}`;
  yield `  return { kind: "ask", key: ${key}, ask: ${literal(step.key)}, settings: $.json(${settings})${step.kind === "call" ? ", body: $.json(body)" : ""}, place: ${place} };`;
  yield "}";
  const failed = failure(`{ kind: "failed", place: ${place}, class: answer.class, message: answer.message }`, lowering);
  if (!caught) {
    yield `if (answer.kind === "failed") return ${failed};`;
    yield "const given = answer.value;";
  } else {
    yield `if (answer.kind === "failed") failure = ${failed};`;
    yield "const given = answer.value;";
  }
  const { contract } = step;
  const take = contract === undefined ? "given" : `${lowering.project(contract)}(given)`;
  const check =
    contract === undefined
      ? []
      : [...checkLines("given", contract, contract.site, caught ? "failure =" : "return", lowering)];
  if (!caught) {
    yield* check;
    yield `const next = ${take};`;
    return;
  }
  if (check.length > 0) yield `else ${check.join(" ")}`.replace(/^else /, "if (failure === undefined) ");
  yield `if (failure === undefined) next = ${take};`;
}

function* indentedWith(lines: Generator<string, string>): Generator<string, string> {
  for (;;) {
    const line = lines.next();
    if (line.done === true) return line.value;
    yield `  ${line.value}`;
  }
}

function* validateLines(step: Of<"validate">, lowering: Lowering): Lines {
  const { contract } = step;
  if (contract === undefined) return;
  const caught = reacts(step);
  function* made(): Lines {
    if (contract === undefined) return;
    yield at(step.site, lowering);
    yield* checkLines("body", contract, step.site, caught ? "failure =" : "return", lowering);
    yield `${caught ? "if (failure === undefined) " : ""}body = ${lowering.project(contract)}(body);`;
  }
  yield "{";
  yield* indented(caught ? caughtLines(step, made(), lowering) : made());
  yield "}";
}

function* splitLines(step: Of<"split">, lowering: Lowering, rest: () => Lines): Lines {
  const one = lowering.next("one");
  yield atValue(step.list, lowering);
  yield `const ${one}List = $.items(${printValue(step.list)});`;
  yield `const ${one} = (body, vars, params, item) => {`;
  yield* indented(guarded(rest(), lowering));
  yield "};";
  yield `return many(${one}List.map((body, index) => ${one}(body, vars, params, item + "." + index)));`;
}

function* useLines(step: Of<"use">, lowering: Lowering, rest: () => Lines): Lines {
  const outer = lowering.next("outer");
  yield `const ${outer} = params;`;
  yield "{";
  const record = yield* indentedWith(mapEntryLines(step.params, lowering));
  yield `  params = ${record};`;
  yield* indented(contractLines("params", step.paramsContract, step.site, "return", lowering));
  yield "}";
  yield* stepLines(step.steps, lowering, function* () {
    yield `params = ${outer};`;
    yield* rest();
  });
}
