// npm run mutants: breaks the examples, one small change at a time, and looks whether a case notices. `--only TEXT`
// takes the mutants whose place or change holds it, `--every N` each Nth, `--show` the first diff of each, `--json` data.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { scriptsAtWork } from "../../cli/cases/scripts.ts";
import { createTypeChecker } from "../../compiler/4-check/type-checker.ts";
import type { Texts } from "../rig/edited.ts";
import { running } from "./cases.ts";
import { judgeAll } from "./judge.ts";
import { type Placed, printed, scoreOf } from "./print.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    every: { type: "string", default: "1" },
    show: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const root = new URL("../..", import.meta.url).pathname;
const scripts = scriptsAtWork();
const run = running(scripts);
const workspaces = [
  "examples",
  "examples/csv-to-postgres",
  "examples/cdc-to-api",
  "examples/github-to-slack",
  "examples/orders-routed",
];
const least = 0.95;

function textsOf(folder: string): Texts {
  const own = ["vrsky.yaml", "tenants", "contracts", "scripts", "mails"];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => own.includes(path.split("/")[0] ?? ""));
  return new Map(files.sort().map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

const checker = createTypeChecker();
const live = process.stderr.isTTY && !values.json;
const all: Placed[] = [];
let seen = 0;
for (const workspace of workspaces) {
  await judgeAll(
    textsOf(join(root, workspace)),
    { checker, run },
    ({ file, line, what }) =>
      (values.only === undefined || `${workspace}/${file}:${line} ${what}`.includes(values.only)) &&
      seen++ % Number(values.every) === 0,
    (judged) => {
      all.push({ workspace, ...judged });
      if (live) process.stderr.write(`\r\u001b[K${all.length} mutants, in ${workspace}`);
    },
  );
}
checker.close();
await scripts.hosts.close();
if (live) process.stderr.write("\r\u001b[K");
const score = scoreOf(all);
process.stdout.write(
  values.json
    ? `${JSON.stringify({ score, mutants: all.map(({ text: _, ...each }) => each) }, null, 2)}\n`
    : printed(all, process.stdout.isTTY),
);
process.exit(score.share < least ? 1 : 0);
