// npm run bench: every figure of docs/performance.md, measured on this machine. `npm run bench -- hop` runs one.

import { hop } from "./hop.ts";
import { mapping } from "./mapping.ts";
import type { Ratio } from "./paired.ts";

const wanted = process.argv.slice(2);
const runs = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const shown = ({ median, lowest, highest }: Ratio): string =>
  `${median.toFixed(2)}   (${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
const row = (what: string, ratio: Ratio, target: string): void =>
  say(`${what.padEnd(58)} ${shown(ratio).padEnd(24)} target ${target}`);

say("Ratios: median of pairs that ran in turns (lowest to highest)\n");
if (runs("mapping")) {
  const { bytes, ratio } = await mapping();
  row(`mapping an order of ${bytes} B : parse + stringify`, ratio, "<= 1.25");
}
if (runs("hop")) {
  for await (const { what, ratio, ours, theirs } of hop()) {
    row(what, ratio, ">= 0.85");
    say(`  ${Math.round(ours)} messages/s : ${Math.round(theirs)} messages/s`);
  }
}
