// npm run mutants: breaks the examples, one small change at a time, and looks whether a case notices. `--only TEXT`
// takes the mutants whose place or change holds it, `--every N` each Nth, `--show` prints what the cases say, `--json`
// data. Exit 1 when fewer than 95 % of those that compile are noticed.

import { parseArgs } from "node:util";
import { scriptsAtWork } from "../../cli/cases/scripts.ts";
import { createTypeChecker } from "../../compiler/4-check/type-checker.ts";
import { running } from "./cases.ts";
import { textsOf, workspaces } from "./examples.ts";
import { type Judged, judgeAll } from "./judge.ts";
import { printed, scoreOf, shown } from "./print.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    every: { type: "string", default: "1" },
    show: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const every = Number(values.every);
if (!Number.isInteger(every) || every < 1) {
  process.stderr.write(`--every takes a whole number from 1, not ${values.every}\n`);
  process.exit(64);
}

/** Of those that compile. */
const least = 0.95;

const checker = createTypeChecker();
const scripts = scriptsAtWork();
const live = process.stderr.isTTY && !values.json;
const all: Judged[] = [];
let seen = 0;
for (const workspace of workspaces) {
  await judgeAll(
    workspace,
    textsOf(workspace),
    { checker, run: running(scripts) },
    ({ file, line, what }) => `${workspace}/${file}:${line} ${what}`.includes(values.only) && seen++ % every === 0,
    (judged) => {
      all.push(judged);
      if (live) process.stderr.write(`\r\u001b[K${all.length} mutants, in ${workspace}`);
    },
  );
}
checker.close();
await scripts.hosts.close();
if (live) process.stderr.write("\r\u001b[K");

const score = scoreOf(all);
const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined;
const data = { score, mutants: all.map(({ text: _, ...each }) => each) };
if (values.show) process.stdout.write(`${shown(all)}\n`);
process.stdout.write(values.json ? `${JSON.stringify(data, null, 2)}\n` : printed(all, colour));
process.exit(score.share < least ? 1 : 0);
