// npm run soak: a fleet of workers under load for as long as you like, with faults, deployments and replaced workers in
// between; memory and open files must stay flat, and the ledger must be clean at the end. `--minutes M`, `--seed S`,
// `--workers N`, `--from REF` (workers of that version beside those of this one), `--report FOLDER`, `--json`.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { errors } from "@nats-io/transport-node";
import { type Build, buildHere, buildRef } from "../versions/build.ts";
import { drawn, printed } from "./report.ts";
import { type Soaked, soak } from "./soak.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "2" },
    seed: { type: "string" },
    workers: { type: "string", default: "3" },
    from: { type: "string" },
    report: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const number = (name: string, given: string, least: number, most: number): number => {
  const value = Number(given);
  if (value >= least && value <= most) return value;
  process.stderr.write(`--${name} takes a number from ${least} to ${most}, not ${given}\n`);
  process.exit(64);
};
const minutes = number("minutes", values.minutes, 0.1, 100_000);
const workers = Math.round(number("workers", values.workers, 2, 20));
const seed = Math.round(number("seed", values.seed ?? String(1 + (Date.now() % 1_000_000)), 1, 2 ** 31));
process.stderr.write(`seed ${seed}\n`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
// The client of the one who looks on has timers of its own for servers that are gone: what it asked is asked again.
process.on("unhandledRejection", (reason) => {
  if (!(reason instanceof errors.TimeoutError)) throw reason;
});
const live = process.stderr.isTTY && !values.json;

const soaked = await soaking();
if (live) process.stderr.write("\r\u001b[K");
const { samples: _, ...summary } = soaked;
if (values.report !== undefined) {
  mkdirSync(values.report, { recursive: true });
  writeFileSync(join(values.report, "soak.svg"), drawn(soaked));
  writeFileSync(join(values.report, "soak.txt"), printed(soaked, false));
  writeFileSync(join(values.report, "soak.json"), `${JSON.stringify({ seed, minutes, ...soaked })}\n`);
}
const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined;
process.stdout.write(
  values.json ? `${JSON.stringify({ seed, minutes, ...summary }, null, 2)}\n` : `\n${printed(soaked, colour)}`,
);
process.exit(soaked.findings.length === 0 ? 0 : 1);

async function soaking(): Promise<Soaked> {
  using here = buildHere();
  using before: Build | undefined = values.from === undefined ? undefined : buildRef(values.from);
  const builds: readonly [Build, ...Build[]] = before === undefined ? [here] : [here, before];
  const say = (text: string): void => void (live && process.stderr.write(`\r\u001b[K${text}`));
  return await soak({ minutes, seed, workers, builds, say });
}
