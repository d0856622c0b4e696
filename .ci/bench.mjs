// npm run bench: the benchmarks as one bundled file, like the command line that users run.

import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { build } from "esbuild";

// The compile benchmark starts the command that users start.
spawnSync(process.execPath, [new URL("build.mjs", import.meta.url).pathname], { stdio: "inherit" });
// Beside its sources: they find their workspace by their own place.
const outfile = new URL("../bench/.built.mjs", import.meta.url).pathname;
await build({
  absWorkingDir: new URL("..", import.meta.url).pathname,
  entryPoints: ["bench/run.ts"],
  outfile,
  bundle: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node20",
  logLevel: "warning",
});
const done = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], { stdio: "inherit" });
rmSync(outfile);
process.exit(done.status ?? 1);
