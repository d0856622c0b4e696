// npm run faults: every fault that can be made on one machine without containers, and the ledger of what became of the
// messages. `--seed S` replays the schedule of a run, `--rounds N` makes N times as many faults, `--only NAME` runs one
// scenario, `--long` makes the long list of docs/guarantees.md, `--json` prints data.

import { parseArgs } from "node:util";
import { openLab } from "./lab.ts";
import { scenarios } from "./list.ts";
import { printed } from "./print.ts";
import { type Line, passed, runScenario } from "./run.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    rounds: { type: "string", default: "1" },
    only: { type: "string", multiple: true },
    long: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
  },
});
const wholeNumber = (name: string, text: string, most: number): number => {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= most) return number;
  process.stderr.write(`--${name} takes a whole number from 1 to ${most}, not ${text}\n`);
  process.exit(64);
};
const rounds = wholeNumber("rounds", values.rounds, 1_000);
const seed = wholeNumber("seed", values.seed ?? String(1 + (Date.now() % 1_000_000)), 2 ** 31);
const only = values.only ?? [];
const unknown = only.find((name) => !scenarios.some((scenario) => scenario.name === name));
if (values.list || unknown !== undefined) {
  if (unknown !== undefined) process.stderr.write(`There is no scenario ${unknown}. There are:\n`);
  for (const { name, title } of scenarios) process.stdout.write(`${name.padEnd(18)} ${title}\n`);
  process.exit(unknown === undefined ? 0 : 64);
}
const wanted = scenarios.filter(({ name }) => only.length === 0 || only.includes(name));

const live = process.stderr.isTTY && !values.json;
const replay = (name: string): string =>
  `npm run faults -- --seed ${seed} --only ${name}${values.long ? " --long" : ""}${rounds > 1 ? ` --rounds ${rounds}` : ""}`;
process.stderr.write(`seed ${seed}\n`);

let current = "";
const lab = await openLab((text) => {
  if (live) process.stderr.write(`\r\u001b[K${current}: ${text}`);
});
// Servers end with their parent's pipes, workers and mounts with its exit.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
const lines: Line[] = [];
for (const scenario of wanted) {
  current = scenario.name;
  const faults = (values.long ? scenario.longFaults : scenario.faults) * rounds;
  const line = await runScenario(lab, scenario, { seed, faults, long: values.long });
  lines.push(line);
  if (live) process.stderr.write("\r\u001b[K");
  const end = line.notRun === undefined ? (passed(line) ? "ok" : "FAILED") : "NOT RUN";
  process.stderr.write(
    `${end.padEnd(8)} ${line.scenario}: ${line.hits} of ${line.faults} faults hit, ${line.seconds} s\n`,
  );
}
await lab[Symbol.asyncDispose]();

const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined;
const summary = { seed, rounds, long: values.long, lines };
process.stdout.write(values.json ? `${JSON.stringify(summary, null, 2)}\n` : `\n${printed(lines, colour)}`);
const failed = lines.filter((line) => !passed(line));
for (const { scenario, notRun } of failed) {
  if (notRun === undefined) process.stderr.write(`again: ${replay(scenario)}\n`);
}
process.exit(failed.some(({ notRun }) => notRun === undefined) ? 1 : 0);
