// npm run demo: the tour of two integrations, then the four demos, each on real parts; `npm run demo -- NAME` plays one.
// Exits 0 only if every message arrived where and how it should.

import { processIo } from "../cli/io.ts";
import { paint } from "../cli/paint.ts";
import { demos, playDemo } from "./demo/demos.ts";
import { inFolder } from "./demo/folder.ts";
import { tour } from "./demo/tour.ts";

const io = processIo();
const color = paint(io.colorOut);
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !demos.some((demo) => demo.name === name));
const titleWidth = Math.max(...demos.map(({ title }) => title.length));

async function playAll(): Promise<readonly string[]> {
  const wrong = asked.length === 0 ? [...(await inFolder("vrsky-demo-", (folder) => tour(folder, io)))] : [];
  for (const demo of demos.filter(({ name }) => asked.length === 0 || asked.includes(name))) {
    if (io.interactive) io.err(`  … ${demo.title}`);
    const played = await playDemo(demo, io).catch((error: unknown) => ({
      line: "could not be played",
      wrong: [`${demo.name}: ${error instanceof Error ? error.message : String(error)}`],
    }));
    if (io.interactive) io.err("\r\u001b[K");
    const mark = played.wrong.length === 0 ? color.green("✓") : color.red("✗");
    io.out(`  ${mark} ${color.bold(demo.title.padEnd(titleWidth))}  ${played.line}\n`);
    wrong.push(...played.wrong);
  }
  return wrong;
}

if (unknown.length > 0) {
  io.err(`There is no demo ${unknown.join(", ")}. There are: ${demos.map(({ name }) => name).join(", ")}.\n`);
  process.exit(64);
}
// What is under way is ended, and what it has made removed, as the process exits. A second signal
// changes nothing.
for (const [signal, code] of [["SIGINT", 130] as const, ["SIGTERM", 143] as const]) {
  process.on(signal, () => process.exit(code));
}
const started = Date.now();
const wrong = await playAll();
for (const line of wrong) io.out(`  ${color.red("✗ not so:")} ${line}\n`);
const seconds = ((Date.now() - started) / 1000).toFixed(1);
if (wrong.length === 0)
  io.out(
    `\n${color.green("Everything arrived where and how it should")} in ${seconds} s.  Next: ${color.cyan("npm start")}\n`,
  );
process.exitCode = wrong.length === 0 ? 0 : 1;
