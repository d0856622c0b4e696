// npm run rolling: workers of two versions of VRSky side by side on the same streams, rolled one after the other both
// ways under load. `--from REF` names the other version, `--rounds N` how often, `--deployments N` deploys so often
// instead, `--workers N`, `--seed S`, `--json`.

import { parseArgs } from "node:util";
import { buildHere, buildRef } from "./build.ts";
import { printed } from "./print.ts";
import { deployMany, type Rolled, roll } from "./rolling.ts";

const { values } = parseArgs({
  options: {
    from: { type: "string" },
    rounds: { type: "string", default: "20" },
    deployments: { type: "string" },
    workers: { type: "string", default: "3" },
    seed: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const wholeNumber = (name: string, text: string, most: number): number => {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= most) return number;
  process.stderr.write(`--${name} takes a whole number from 1 to ${most}, not ${text}\n`);
  process.exit(64);
};
const seed = wholeNumber("seed", values.seed ?? String(1 + (Date.now() % 1_000_000)), 2 ** 31);
const workers = wholeNumber("workers", values.workers, 20);
const rounds = wholeNumber("rounds", values.rounds, 1_000);
const deployments =
  values.deployments === undefined ? undefined : wholeNumber("deployments", values.deployments, 10_000);
process.stderr.write(`seed ${seed}\n`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

const live = process.stderr.isTTY && !values.json;
const say = (text: string): void => void (live && process.stderr.write(`\r\u001b[K${text}`));
const began = performance.now();
const rolled = await rolling();
const seconds = Math.round((performance.now() - began) / 1000);
if (live) process.stderr.write("\r\u001b[K");

if (values.json)
  process.stdout.write(
    `${JSON.stringify({ seed, seconds, ...rolled, drains: Object.fromEntries(rolled.drains) }, null, 2)}\n`,
  );
else {
  process.stdout.write(`\n${printed(rolled, process.stdout.isTTY && process.env.NO_COLOR === undefined)}`);
  const { replaced, drains } = rolled;
  process.stdout.write(`${rolled.deployments} deployments in ${seconds} s, ${replaced} workers replaced.\n`);
  for (const [build, ms] of drains) {
    process.stdout.write(`From SIGTERM to its end a worker of ${build} took ${(ms / 1000).toFixed(1)} s at most.\n`);
  }
}
process.exit(rolled.findings.length === 0 ? 0 : 1);

async function rolling(): Promise<Rolled> {
  using here = buildHere();
  if (deployments !== undefined) return await deployMany({ build: here, workers, deployments, seed, say });
  using before = buildRef(values.from ?? "69353f0");
  return await roll({ builds: [before, here], workers, rounds, seed, say });
}
