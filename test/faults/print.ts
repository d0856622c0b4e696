// The ledger of a whole run on the terminal.

import { type Column, paint, table } from "../rig/ledger.ts";
import type { Verdict } from "../rig/oracle.ts";
import { type Line, passed } from "./run.ts";

interface Row {
  readonly line: Line;
  readonly verdict?: Verdict;
  readonly first: boolean;
}

const ofVerdict = (title: string, value: (verdict: Verdict) => number): Column<Row> => ({
  title,
  value: ({ verdict }) => (verdict === undefined ? "–" : value(verdict)),
});
const ofLine = (title: string, value: (line: Line) => string | number): Column<Row> => ({
  title,
  value: ({ line, first }) => (first ? value(line) : ""),
});

const columns: readonly Column<Row>[] = [
  ofLine("scenario", ({ scenario }) => scenario),
  ofLine("faults", ({ faults }) => faults),
  ofLine("hit", ({ hits }) => hits),
  { title: "target", value: ({ verdict }) => verdict?.target ?? "–" },
  ofVerdict("accepted", ({ accepted }) => accepted),
  ofVerdict("delivered", ({ delivered }) => delivered),
  ofVerdict("dropped", ({ dropped }) => dropped),
  ofVerdict("dead", ({ dead }) => dead),
  ofVerdict("in flight", ({ inFlight }) => inFlight),
  ofVerdict("lost", ({ lost }) => lost),
  ofVerdict("again", ({ repeats }) => repeats),
  ofVerdict("may", ({ allowed }) => allowed),
  ofVerdict("twice", ({ duplicates }) => duplicates),
  ofLine("s", ({ seconds }) => seconds),
  ofLine("", (line) => (line.notRun === undefined ? (passed(line) ? "ok" : "FAILED") : "NOT RUN")),
];

export function printed(lines: readonly Line[], colour: boolean): string {
  const { bad, good, dim } = paint(colour);
  const rows = lines.flatMap((line): Row[] => {
    const [one, ...more] = line.verdicts;
    return [
      { line, first: true, ...(one === undefined ? {} : { verdict: one }) },
      ...more.map((verdict) => ({ line, verdict, first: false })),
    ];
  });
  const body = table(columns, rows, ({ line }, text) => (passed(line) ? text : bad(text)));
  const notes = lines.flatMap((line) => [
    ...(line.notRun === undefined ? [] : [bad(`not run: ${line.scenario}: ${line.notRun}`)]),
    ...line.findings.map((finding) => bad(`${line.scenario}: ${finding}`)),
    ...line.notes.map((note) => dim(`${line.scenario}: ${note}`)),
  ]);
  const faults = lines.reduce((sum, { hits }) => sum + hits, 0);
  const lost = lines.flatMap(({ verdicts }) => verdicts).reduce((sum, verdict) => sum + verdict.lost, 0);
  const failed = lines.filter((line) => line.findings.length > 0).length;
  const notRun = lines.filter((line) => line.notRun !== undefined).length;
  const end = `${faults} faults that hit, ${lost} lost; ${lines.length - failed - notRun} of ${lines.length} scenarios passed${
    notRun === 0 ? "" : `, ${notRun} not run`
  }.`;
  const legend =
    "accepted = delivered + dropped + dead + in flight + lost. again: deliveries that the target knew already; may: so many were in flight when a fault came.";
  return [...body, "", dim(legend), ...notes, (failed + notRun === 0 ? good : bad)(end), ""].join("\n");
}
