// npm run bench: the benchmarks as one bundled file, like the command line that users run, then its figures.

import { spawnSync } from "node:child_process";
import { build } from "esbuild";

const root = new URL("..", import.meta.url).pathname;
// Beside its sources: they find their workspace by their own place.
const outfile = new URL("../bench/.built.mjs", import.meta.url).pathname;
const [entry = "run", ...rest] = process.argv.slice(2);
const named = entry.startsWith("zz") ? entry : "run";
await build({
  absWorkingDir: root,
  entryPoints: [`bench/${named}.ts`],
  outfile,
  bundle: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node20",
  logLevel: "warning",
});
const done = spawnSync(process.execPath, [outfile, ...(named === "run" ? process.argv.slice(2) : rest)], { stdio: "inherit" });
process.exit(done.status ?? 1);
