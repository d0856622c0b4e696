// A status as people read it: one line for each target, what needs a look in colour, and the totals below.

import { counted, visible } from "../../control/units.ts";
import type { IntegrationStatus, Status, TargetStatus } from "../../control/watch/status.ts";
import type { Paint } from "../paint.ts";
import { age } from "./age.ts";

export interface Totals {
  readonly integrations: number;
  readonly targets: number;
  readonly waiting: number;
  readonly inFlight: number;
  readonly parked: number;
  readonly dead: number;
  /** Deliveries per second. */
  readonly rate: number;
  /** Durables that should be there and are not. */
  readonly missing: number;
}

interface Row {
  readonly of: IntegrationStatus;
  /** Absent: an integration without targets. */
  readonly target?: TargetStatus;
}

interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
  readonly right?: boolean;
}

export type Order = "name" | "lag";

const heads = [
  "INTEGRATION",
  "TARGET",
  "WAITING",
  "IN FLIGHT",
  "PARKED",
  "DEAD",
  "RATE",
  "LAG",
  "OLDEST",
  "BUNDLE",
  "STATE",
];
const figures = { from: 2, to: 8 };

export interface Room {
  readonly order?: Order;
  /** Lines of targets. */
  readonly most?: number;
  /** On a narrower screen columns are left out, those first that say least. */
  readonly columns?: number;
}

export function statusTable(status: Status, color: Paint, room: Room = {}): readonly string[] {
  const { order = "name", most, columns = Number.POSITIVE_INFINITY } = room;
  const now = Date.parse(status.at);
  const rows = rowsOf(status);
  const sorted = order === "lag" ? [...rows].sort((a, b) => urgency(b) - urgency(a)) : rows;
  const shown = most === undefined ? sorted : sorted.slice(0, most);
  const cells = shown.map((row) => cellsOf(row, now, color));
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...cells.map((line) => line[column]?.text.length ?? 0)),
  );
  const head = heads.map((text, column) => ({ text, right: column >= figures.from && column <= figures.to }));
  const left = leftOut(widths, columns);
  const shownOf = <T>(line: readonly T[]): readonly T[] => line.filter((_, column) => !left.has(column));
  const drawn = (line: readonly Cell[]): string => lineOf(shownOf(line), shownOf(widths));
  const more = sorted.length - shown.length;
  return [
    color.bold(drawn(head)),
    ...cells.map(drawn),
    ...(more > 0 ? [color.dim(`… and ${more} more`)] : []),
    color.bold(totalsLine(totalsOf(status), nextDueOf(status, now))),
  ];
}

const dispensable = ["BUNDLE", "LAG", "RATE", "OLDEST"];

function leftOut(widths: readonly number[], columns: number): ReadonlySet<number> {
  const left = new Set<number>();
  const width = (): number => widths.reduce((sum, each, column) => (left.has(column) ? sum : sum + each + 2), -2);
  for (const head of dispensable) if (width() > columns) left.add(heads.indexOf(head));
  return left;
}

export function totalsOf(status: Status): Totals {
  const targets = status.integrations.flatMap((each) => each.targets);
  const sum = (figure: (target: TargetStatus) => number): number =>
    targets.reduce((total, target) => total + figure(target), 0);
  return {
    integrations: status.integrations.length,
    targets: targets.length,
    waiting: sum(({ waiting }) => waiting),
    inFlight: sum(({ inFlight }) => inFlight),
    parked: sum(({ parked }) => parked),
    dead: sum(({ dead }) => dead),
    rate: sum(({ rate }) => rate ?? 0),
    missing: sum(({ missing }) => missing.length),
  };
}

const rowsOf = ({ integrations }: Status): readonly Row[] =>
  integrations.flatMap((of): readonly Row[] =>
    of.targets.length === 0 ? [{ of }] : of.targets.map((target) => ({ of, target })),
  );

/** What is behind comes first, then what is parked, then what is busy. */
const urgency = ({ target }: Row): number =>
  target === undefined ? -1 : target.lag * 1e6 + target.parked * 1e3 + (target.rate ?? 0);

function cellsOf({ of, target }: Row, now: number, color: Paint): readonly Cell[] {
  const count = (value: number, paint?: Cell["paint"]): Cell =>
    value > 0 && paint !== undefined ? { text: `${value}`, right: true, paint } : { text: `${value}`, right: true };
  const name = { text: `${of.tenant}/${of.integration}` };
  const bundle = { text: of.deployed?.bundle.slice(0, 8) ?? "-", paint: color.dim };
  if (target === undefined) {
    return [
      name,
      { text: "-" },
      ...Array.from({ length: 7 }, () => ({ text: "" })),
      bundle,
      stateOf(of, target, color),
    ];
  }
  const oldest = target.oldestAt === undefined ? "-" : age(now - Date.parse(target.oldestAt));
  return [
    name,
    { text: target.target },
    count(target.waiting),
    count(target.inFlight),
    { text: parkedText(target, now), right: true, ...(target.parked > 0 ? { paint: color.yellow } : {}) },
    count(target.dead, color.red),
    { text: rateText(target.rate), right: true },
    count(target.lag),
    { text: oldest, right: true },
    bundle,
    stateOf(of, target, color),
  ];
}

function stateOf(of: IntegrationStatus, target: TargetStatus | undefined, color: Paint): Cell {
  const missing = target?.missing ?? [];
  if (missing.length > 0) return { text: `no consumer ${missing.join(", ")}`, paint: color.red };
  const halted = of.sources.find(({ condition }) => condition === "halted");
  if (halted !== undefined) {
    return { text: visible(`source ${halted.source} halted: ${halted.reason ?? ""}`), paint: color.red };
  }
  const said = [
    ...of.sources
      .filter(({ condition }) => condition === "disconnected")
      .map(({ source, reason = "" }) => visible(`source ${source} not connected: ${reason}`)),
    of.deployed === undefined ? "not deployed" : undefined,
    of.wanted ? undefined : "not in the workspace",
    of.draining ? "draining" : undefined,
    of.paused ? "paused" : undefined,
    of.transport === "ephemeral" && target !== undefined ? "ephemeral by now" : undefined,
    nearlyFull(of) ? "intake nearly full" : undefined,
    of.archive?.full === true ? "archive full" : undefined,
    (target?.suspects ?? 0) > 0 ? counted(target?.suspects ?? 0, "suspect") : undefined,
    (target?.held ?? 0) > 0 ? `${counted(target?.held ?? 0, "partition")} held` : undefined,
    (target?.due ?? 0) > 0 ? `${target?.due} due again` : undefined,
    target?.highestAttempt === undefined ? undefined : `up to attempt ${target.highestAttempt}`,
  ].filter((part) => part !== undefined);
  if (said.length === 0 && of.transport === "ephemeral") return { text: "ephemeral: see its workers' metrics" };
  return said.length === 0 ? { text: "ok", paint: color.green } : { text: said.join(", "), paint: color.yellow };
}

/** The history takes at most 85 % of it. */
const nearlyFull = ({ intake }: IntegrationStatus): boolean =>
  intake !== undefined && intake.maxBytes > 0 && intake.bytes > 0.9 * intake.maxBytes;

function parkedText({ parked, nextDue, nextDueAtMost }: TargetStatus, now: number): string {
  if (nextDue === undefined) return `${parked}`;
  return `${parked} (${nextDueAtMost ? "≤ " : ""}${age(Date.parse(nextDue) - now)})`;
}

function nextDueOf({ integrations }: Status, now: number): string {
  const due = integrations.flatMap(({ targets }) =>
    targets.flatMap(({ nextDue }) => (nextDue === undefined ? [] : [Date.parse(nextDue)])),
  );
  return due.length === 0 ? "" : ` (next in ${age(Math.min(...due) - now)})`;
}

function totalsLine(totals: Totals, next: string): string {
  const { integrations, targets, waiting, inFlight, parked, dead, rate, missing } = totals;
  const lost = missing === 0 ? "" : `, ${counted(missing, "consumer")} missing`;
  return `${counted(integrations, "integration")}, ${counted(targets, "target")}: ${waiting} waiting, ${inFlight} in flight, ${parked} parked${next}, ${dead} dead, ${rateText(rate)}${lost}`;
}

function rateText(rate: number | undefined): string {
  if (rate === undefined) return "-";
  return rate === 0 ? "0/s" : rate < 10 ? `${rate.toFixed(1)}/s` : `${Math.round(rate)}/s`;
}

function lineOf(cells: readonly Cell[], widths: readonly number[]): string {
  const last = cells.length - 1;
  return cells
    .map(({ text, right, paint }, column) => {
      const width = column === last ? 0 : (widths[column] ?? 0);
      const padded = right ? text.padStart(width) : text.padEnd(width);
      return paint === undefined ? padded : paint(padded);
    })
    .join("  ");
}
