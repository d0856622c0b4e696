// What became of the mutants: a line for each integration, those that nobody noticed with their place, and the score.

import { paint } from "../../cli/paint.ts";
import { type Cell, table } from "../../cli/table.ts";
import type { Judged } from "./judge.ts";

export interface Score {
  /** Of those that compile. */
  readonly caught: number;
  readonly ran: number;
  /** From 0 to 1. */
  readonly share: number;
}

export function scoreOf(all: readonly Judged[]): Score {
  const caught = all.filter(({ verdict }) => verdict.kind === "caught").length;
  const ran = caught + all.filter(({ verdict }) => verdict.kind === "survived").length;
  return { caught, ran, share: ran === 0 ? 1 : caught / ran };
}

export function printed(all: readonly Judged[], colour: boolean): string {
  const shades = paint(colour);
  const names = [...new Set(all.map(nameOf))];
  const figure = (count: number, shade?: (text: string) => string): Cell => ({
    text: String(count),
    right: true,
    ...(shade !== undefined && count > 0 ? { paint: shade } : {}),
  });
  const count = (of: readonly Judged[], kind: string): number =>
    of.filter(({ verdict }) => verdict.kind === kind).length;
  const row = (name: string, of: readonly Judged[]): readonly Cell[] => {
    const { share } = scoreOf(of);
    return [
      { text: name },
      figure(of.length),
      figure(count(of, "compiler")),
      figure(count(of, "caught")),
      figure(count(of, "survived"), shades.red),
      { text: percent(share), right: true, paint: share < 1 ? shades.yellow : shades.green },
    ];
  };
  const heads = ["integration", "mutants", "compiler", "a case", "nobody", "score"].map((text, index) => ({
    text,
    right: index > 0,
  }));
  const rows = names.map((name) =>
    row(
      name,
      all.filter((each) => nameOf(each) === name),
    ),
  );
  const survived = all.filter(({ verdict }) => verdict.kind === "survived");
  return [
    ...table(heads, [...rows, row("all", all)], shades),
    "",
    byHowMany(all),
    ...(survived.length === 0 ? [] : ["", shades.bold("nobody noticed")]),
    ...survived.map(({ workspace, file, line, what }) => `  ${workspace}/${file}:${line}  ${what}`),
    "",
  ].join("\n");
}

/** A change should show where it belongs, and not everywhere. */
function byHowMany(all: readonly Judged[]): string {
  const counts = all.flatMap(({ verdict }) => (verdict.kind === "caught" ? [verdict.by.length] : []));
  const share = (most: number): string =>
    percent(counts.length === 0 ? 1 : counts.filter((count) => count <= most).length / counts.length);
  return `Of those that a case noticed, ${share(1)} made one case fail, ${share(2)} no more than two; none made a case of another integration fail.`;
}

/** With what they say. */
export const shown = (all: readonly Judged[]): string =>
  all
    .flatMap(({ workspace, file, line, what, verdict }) =>
      verdict.kind === "caught"
        ? [`${workspace}/${file}:${line}  ${what}`, ...verdict.by.map(({ says }) => says), ""]
        : [],
    )
    .join("\n");

/** `examples/shop/orders`. */
const nameOf = ({ workspace, file, unit }: Judged): string =>
  [workspace, file.split("/")[1], unit].filter((part) => part !== undefined).join("/");

const percent = (share: number): string => `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
