// npm run bench: the benchmarks as one bundled file, like the command line that users run.

import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { build } from "esbuild";

// The compile benchmark starts the command that users start.
spawnSync(process.execPath, [new URL("build.mjs", import.meta.url).pathname], { stdio: "inherit" });
// Beside its sources: they find their workspace by their own place, and the thread in which scripts run.
const folder = new URL("../bench/", import.meta.url).pathname;
const built = [".built.mjs", "thread.mjs"].map((name) => `${folder}${name}`);
await build({
  absWorkingDir: new URL("..", import.meta.url).pathname,
  entryPoints: { ".built": "bench/run.ts", thread: "runtime/script/thread.mjs" },
  outdir: folder,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node20",
  logLevel: "warning",
});
const done = spawnSync(process.execPath, [built[0], ...process.argv.slice(2)], { stdio: "inherit" });
for (const file of built) rmSync(file);
process.exit(done.status ?? 1);
