// The differences of a replay for a terminal: a line for each integration, then what is different, where, in how many
// messages, and which to look at. Values stand below, where they were asked for.

import {
  comparedCount,
  detailText,
  figure,
  headText,
  limitTexts,
  type Mark,
  nameOf,
  placeText,
  verdictTexts,
} from "../../control/difference-text.ts";
import { visible } from "../../control/units.ts";
import type {
  Compared,
  Difference,
  DifferenceGroup,
  IntegrationDifference,
  ReplayDifference,
  Shown,
  Verdict,
} from "../../schema/difference.ts";
import { type Paint, paint } from "../paint.ts";

/** Places that a terminal shows of one integration; `--json` has them all. */
const mostShown = 40;
const widestPlace = 40;

export function renderDifference({ messages, integrations }: ReplayDifference, colored: boolean): string {
  const color = paint(colored);
  if (integrations.length === 0) {
    return "The plan gives no integration another bundle: nothing was replayed.\n";
  }
  const title = `The last ${figure(messages)} messages through what runs and through what would run; nothing was sent:`;
  return `${[title, ...integrations.map((each) => renderIntegration(each, color))].join("\n\n")}\n`;
}

function renderIntegration(each: IntegrationDifference, color: Paint): string {
  const name = color.bold(nameOf(each));
  if (each.kind !== "compared") {
    const reason = each.kind === "impossible" ? color.yellow(each.reason) : color.dim(each.reason);
    return `  ${name}: ${each.kind === "impossible" ? "not compared: " : ""}${reason}`;
  }
  const count = comparedCount(each);
  const head = [
    `  ${name}: ${figure(count)} ${count === 1 ? "message" : "messages"} replayed`,
    ...verdictTexts(each).map(([verdict, text]) => verdictPaint(color)[verdict](text)),
  ].join(" · ");
  return [head, ...renderGroups(each, color), ...limitTexts(each).map((text) => `    ${color.dim(text)}`)].join("\n");
}

const verdictPaint = (color: Paint): Readonly<Record<Verdict, (text: string) => string>> => ({
  refused: color.red,
  dies: color.red,
  differs: color.yellow,
  open: color.dim,
  same: (text) => text,
});

function renderGroups({ groups }: Compared, color: Paint): readonly string[] {
  const shown = groups.slice(0, mostShown);
  const rows = shown.map((group) => {
    const [mark, head] = headText(group);
    return {
      group,
      mark,
      head,
      place: placeText(group.difference),
      count: figure(group.count),
      detail: detailText(group),
    };
  });
  const widest = (texts: readonly string[], most: number): number =>
    Math.min(most, Math.max(0, ...texts.map((text) => text.length)));
  const width = {
    place: widest(
      rows.map(({ place }) => place),
      widestPlace,
    ),
    head: widest(
      rows.map(({ head }) => head),
      48,
    ),
    count: widest(
      rows.map(({ count }) => count),
      9,
    ),
    detail: widest(
      rows.map(({ detail }) => detail),
      24,
    ),
  };
  const lines = rows.flatMap(({ group, mark, head, place, count, detail }) => [
    [
      `    ${place.padEnd(width.place)}`,
      marks(color)[mark](`${mark} ${head.padEnd(width.head)}`),
      count.padStart(width.count),
      detail.padEnd(width.detail),
      color.dim(`e.g. ${group.examples.map(({ id }) => visible(id)).join(", ")}`),
    ].join("  "),
    ...renderValues(group, width.place, color),
  ]);
  const more = groups.length - shown.length;
  return more === 0 ? lines : [...lines, `    ${color.dim(`… and ${figure(more)} more places: --json has them all`)}`];
}

const marks = (color: Paint): Readonly<Record<Mark, (text: string) => string>> => ({
  "+": color.green,
  "-": color.red,
  "~": color.yellow,
  "!": color.red,
});

/** `ord-17  120 → 12000`; none where values were not asked for. */
function renderValues({ examples }: DifferenceGroup, indent: number, color: Paint): readonly string[] {
  const rows = examples.flatMap(({ id, difference }) => {
    const values = valuesOf(difference);
    return values === undefined ? [] : [{ id: visible(id), ...values }];
  });
  const [ids, froms] = [rows.map(({ id }) => id.length), rows.map(({ from }) => from.length)];
  return rows.map(({ id, from, to }) => {
    const name = color.dim(id.padEnd(Math.max(...ids)));
    return `    ${" ".repeat(indent)}    ${name}  ${color.red(from.padEnd(Math.max(...froms)))} → ${color.green(to)}`;
  });
}

function valuesOf(difference: Difference): { readonly from: string; readonly to: string } | undefined {
  const from = "from" in difference && typeof difference.from === "object" ? difference.from : undefined;
  const to = "to" in difference && typeof difference.to === "object" ? difference.to : undefined;
  if (from?.value === undefined && to?.value === undefined) return undefined;
  return { from: valueText(from), to: valueText(to) };
}

const longest = 60;

function valueText(given: Shown | undefined): string {
  if (given?.value === undefined) return "(none)";
  const text = visible(JSON.stringify(given.value));
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
