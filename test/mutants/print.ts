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

/** `workspace` is where the file's path begins. */
export interface Placed extends Judged {
  readonly workspace: string;
}

export function printed(all: readonly Placed[], colour: boolean): string {
  const shades = paint(colour);
  const names = [...new Set(all.map(nameOf))];
  const figure = (count: number, shade?: (text: string) => string): Cell => ({
    text: String(count),
    right: true,
    ...(shade !== undefined && count > 0 ? { paint: shade } : {}),
  });
  const count = (of: readonly Placed[], kind: string): number =>
    of.filter(({ verdict }) => verdict.kind === kind).length;
  const row = (name: string, of: readonly Placed[]): readonly Cell[] => {
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
    ...(survived.length === 0 ? [] : ["", shades.bold("nobody noticed")]),
    ...survived.map(({ workspace, file, line, what }) => `  ${workspace}/${file}:${line}  ${what}`),
    "",
  ].join("\n");
}

/** `examples/shop/orders`. */
const nameOf = ({ workspace, file, unit }: Placed): string =>
  [workspace, file.split("/")[1], unit].filter((part) => part !== undefined).join("/");

export const percent = (share: number): string => `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
