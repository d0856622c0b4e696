// The books of a fleet on the terminal, and in a page.

import { type Column, paint, table } from "../rig/ledger.ts";
import type { Books } from "./fleet.ts";

type Row = Books["verdicts"][number];

const columns: readonly Column<Row>[] = [
  { title: "integration", value: ({ integration }) => integration },
  { title: "target", value: ({ target }) => target },
  { title: "accepted", value: ({ accepted }) => accepted },
  { title: "delivered", value: ({ delivered }) => delivered },
  { title: "dropped", value: ({ dropped }) => dropped },
  { title: "dead", value: ({ dead }) => dead },
  { title: "in flight", value: ({ inFlight }) => inFlight },
  { title: "lost", value: ({ lost }) => lost },
  { title: "again", value: ({ repeats }) => repeats },
  { title: "may", value: ({ allowed }) => allowed },
  { title: "twice", value: ({ duplicates }) => duplicates },
];

export function printed({ verdicts, findings }: Books, colour: boolean): string {
  const { bad, good, dim } = paint(colour);
  const body = table(columns, verdicts, ({ findings: own }, line) => (own.length === 0 ? line : bad(line)));
  const legend = "again: deliveries that the target knew already; may: so many were in flight when a fault came.";
  const end =
    findings.length === 0
      ? good("The ledger is clean, and order per key was kept.")
      : bad(`${findings.length} findings.`);
  return [...body, "", dim(legend), ...findings.map((finding) => bad(`FAILED ${finding}`)), end, ""].join("\n");
}
