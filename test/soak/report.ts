// What a soak has shown: a table for the terminal or a page, and a picture of memory and open files over its time.

import { type Column, paint, table } from "../rig/ledger.ts";
import { printed as printedBooks } from "../versions/print.ts";
import type { Sample, Trend } from "./sample.ts";
import { clock, type Event, type Soaked } from "./soak.ts";

const mebibytes = (value: number): string => value.toFixed(0);

const columns: readonly Column<Trend>[] = [
  { title: "process", value: ({ of }) => of },
  { title: "samples", value: ({ samples }) => samples },
  { title: "MiB, first third", value: ({ rssMiB }) => mebibytes(rssMiB[0]) },
  { title: "last third", value: ({ rssMiB }) => mebibytes(rssMiB[1]) },
  { title: "most", value: ({ mostRssMiB }) => mebibytes(mostRssMiB) },
  { title: "files, first third", value: ({ files }) => files[0] },
  { title: "last third", value: ({ files }) => files[1] },
];

export function printed(soaked: Soaked, colour: boolean): string {
  const { dim } = paint(colour);
  const memory = soaked.judgedMemory
    ? "Medians of the first and the last third after a fifth of warm-up. A worker's memory may be an eighth and 16 MiB more, files 16."
    : "Too short to judge memory: that takes 10 minutes. Files may be 16 more in the last third than in the first.";
  return [
    ...table(columns, soaked.trends),
    "",
    dim(memory),
    `The server held ${soaked.held} messages at the end. ${told(soaked.events)}`,
    "",
    printedBooks(soaked, colour),
  ].join("\n");
}

function told(events: readonly Event[]): string {
  const counts = new Map<string, number>();
  for (const { trouble } of events) counts.set(trouble, (counts.get(trouble) ?? 0) + 1);
  const each = [...counts].map(([trouble, count]) => `${trouble} ${count}×`).join(", ");
  return `${events.length} events: ${each}.`;
}

const width = 860;
const plot = { left: 56, right: 790, height: 170 };
const colours: Readonly<Record<string, string>> = { worker: "#2563eb", server: "#d97706" };

/** As SVG, to be committed beside the page that tells of it. */
export function drawn({ samples, events, seconds, trends }: Soaked): string {
  const shown = samples.filter(({ of }) => colours[of] !== undefined);
  const places = [
    { top: 34, title: "memory, MiB", value: (sample: Sample) => sample.rssMiB },
    { top: 34 + plot.height + 56, title: "open files", value: (sample: Sample) => sample.files },
  ] as const;
  const height = 34 + 2 * plot.height + 56 + 40;
  const x = (at: number): number => plot.left + (at / Math.max(1, seconds)) * (plot.right - plot.left);
  const kills = events.filter(({ trouble }) => trouble === "server killed");
  const parts = places.flatMap(({ top, title, value }) => {
    const most = roundUp(Math.max(1, ...shown.map(value)));
    const y = (amount: number): number => top + plot.height - (amount / most) * plot.height;
    return [
      text(plot.left, top - 10, title, "start"),
      ...[0, 0.5, 1].flatMap((share) => [
        `<path d="M${plot.left} ${y(most * share)}H${plot.right}" stroke="#8884"/>`,
        text(plot.left - 8, y(most * share) + 4, String(most * share), "end"),
      ]),
      ...kills.map(
        ({ at }) => `<path d="M${x(at).toFixed(1)} ${top}v${plot.height}" stroke="#dc262688" stroke-dasharray="3 3"/>`,
      ),
      ...Object.entries(colours).map(([of, colour]) => {
        const own = shown.filter((sample) => sample.of === of);
        const points = own.map((sample) => `${x(sample.at).toFixed(1)},${y(value(sample)).toFixed(1)}`).join(" ");
        const last = own.at(-1);
        const label = last === undefined ? "" : text(plot.right + 8, y(value(last)) + 4, of, "start", colour);
        return `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="1.5"/>${label}`;
      }),
    ];
  });
  const end = `0:00 – ${clock(seconds)}, dashed: the server was killed and started again; ${trends.length > 0 ? `${events.length} events` : ""}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-sans-serif, system-ui, sans-serif" font-size="12" fill="#888">`,
    ...parts,
    text(plot.left, height - 14, end, "start"),
    "</svg>",
    "",
  ].join("\n");
}

const text = (x: number, y: number, content: string, anchor: "start" | "end", colour = "#888"): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="${colour}">${content}</text>`;

/** A number that a scale may end with. */
function roundUp(value: number): number {
  const step = 10 ** Math.floor(Math.log10(value));
  return Math.ceil(value / (step / 2)) * (step / 2);
}
