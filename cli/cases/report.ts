// What people see of cases: a line for each, and for one that fails what differs, where it stands and how to see it again.

import { diffLines } from "diff";
import type { JsonObject } from "../../schema/json.ts";
import type { Paint } from "../paint.ts";
import { timeText } from "./expect.ts";
import type { CaseResult } from "./run-cases.ts";

const placeText = ({ test: { place } }: CaseResult): string => {
  const { start } = place.spec.locate(["cases", place.index, "name"]);
  return `${place.spec.file}:${start.line}`;
};

export function headLine({ tenant, integration, test }: CaseResult, { bold, dim }: Paint): string {
  return `${bold(`${tenant}/${integration}`)}  ${dim(test.place.spec.file)}`;
}

export function caseLines(result: CaseResult, updated: boolean, color: Paint): readonly string[] {
  const { test, ok } = result;
  if (ok) return [`  ${color.green("✓")} ${test.name}`];
  if (updated) return [`  ${color.yellow("●")} ${test.name}  ${color.dim("written")}`];
  return [
    `  ${color.red("✗")} ${test.name}`,
    `      ${color.dim(`${placeText(result)} · seed ${test.seed}`)}`,
    ...whyLines(result, color).map((line) => (line === "" ? "" : `      ${line}`)),
  ];
}

export function whyLines(result: CaseResult, color: Paint): readonly string[] {
  const { test, happened, expected, actual } = result;
  const flaws = happened.flaws.map((flaw) => color.yellow(flaw));
  if (test.expect === undefined) return [...flaws, "it expects nothing yet; `vrsky test -u` writes what happened"];
  return [...flaws, ...differenceLines(expected, actual, color), ...reasonLines(result).map((line) => color.dim(line))];
}

const context = 3;

/** The parts that differ, with a few lines around. */
function differenceLines(expected: JsonObject, actual: JsonObject, color: Paint): readonly string[] {
  const [before, after] = [pretty(expected), pretty(actual)];
  if (before === after) return [];
  const lines: string[] = [];
  const changes = diffLines(before, after);
  for (const [index, { value, added, removed }] of changes.entries()) {
    const own = value.replace(/\n$/, "").split("\n");
    if (added) lines.push(...own.map((line) => color.green(`+ ${line}`)));
    else if (removed) lines.push(...own.map((line) => color.red(`- ${line}`)));
    else lines.push(...around(own, index > 0, index < changes.length - 1).map((line) => color.dim(line)));
  }
  return [`${color.red("- expected")}  ${color.green("+ happened")}`, ...lines];
}

function around(lines: readonly string[], before: boolean, after: boolean): readonly string[] {
  const most = (before ? context : 0) + (after ? context : 0);
  if (lines.length <= most + 1) return lines.map((line) => `  ${line}`);
  const head = before ? lines.slice(0, context) : [];
  const tail = after ? lines.slice(-context) : [];
  return [...head.map((line) => `  ${line}`), "  …", ...tail.map((line) => `  ${line}`)];
}

/** Commas at the ends of lines would be differences of their own. */
const pretty = (value: JsonObject): string => `${JSON.stringify(value, null, 2).replaceAll(/,$/gm, "")}\n`;

/** What became of messages, in words, where that explains a difference. */
function reasonLines({ happened }: CaseResult): readonly string[] {
  const { outcomes, dead, refused } = happened;
  const at = (place: { readonly file: string; readonly line: number; readonly column: number } | undefined): string =>
    place === undefined ? "" : ` (${place.file}:${place.line}:${place.column})`;
  const lines = [
    ...refused.map(({ source, reason, issues }) => {
      const what = issues.map(({ path, message }) => `${path || "the body"} ${message}`).join("; ");
      return `refused at source ${source}: ${what === "" ? reason : what}`;
    }),
    ...dead.map(
      ({ target, letter: { failure, item = "" } }) =>
        `dead at ${target}${item}: ${failure.class}: ${failure.message}${at(failure.place)}`,
    ),
    ...outcomes.flatMap(({ target, began, outcome }) => {
      if (outcome.kind === "dropped") return [`dropped at ${target} by ${outcome.reason}${at(outcome.place)}`];
      if (outcome.kind === "lost")
        return [`lost at ${target}: ${outcome.failure?.message ?? outcome.reason}${at(outcome.failure?.place)}`];
      if (outcome.kind === "retry")
        return [`failed at ${target} after ${timeText(began)}: ${outcome.failure.message}${at(outcome.failure.place)}`];
      return [];
    }),
  ];
  return lines.length > 8 ? [...lines.slice(0, 7), `… and ${lines.length - 7} more`] : lines;
}

export function summaryLine(results: readonly CaseResult[], written: number, ms: number, color: Paint): string {
  const failed = results.filter(({ ok }) => !ok).length - written;
  const passed = results.length - failed - written;
  const parts = [
    ...(passed > 0 || failed + written === 0 ? [color.green(`${passed} passed`)] : []),
    ...(failed > 0 ? [color.red(`${failed} failed`)] : []),
    ...(written > 0 ? [color.yellow(`${written} written`)] : []),
  ];
  const count = `${results.length} ${results.length === 1 ? "case" : "cases"}`;
  return `${color.bold(count)}: ${parts.join(", ")}  ${color.dim(timeText(Math.round(ms)))}`;
}
