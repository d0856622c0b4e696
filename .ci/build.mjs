// npm run build: the command line as one file that runs from any folder, heavy parts loaded on demand.

import { rmSync } from "node:fs";
import { build } from "esbuild";

const dist = new URL("../dist/", import.meta.url).pathname;
rmSync(dist, { recursive: true, force: true });
await build({
  absWorkingDir: new URL("..", import.meta.url).pathname,
  // A thread is started from a file: it lies beside each file that may start it.
  entryPoints: {
    vrsky: "cli/main.ts",
    thread: "runtime/script/thread.mjs",
    "chunks/thread": "runtime/script/thread.mjs",
  },
  outdir: dist,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  // The native type checker and esbuild ship as binaries beside their packages.
  external: ["typescript", "esbuild"],
  banner: {
    js: '#!/usr/bin/env node\nimport { createRequire as vrskyRequire } from "node:module"; const require = vrskyRequire(import.meta.url);',
  },
  chunkNames: "chunks/[name]-[hash]",
  legalComments: "none",
  logLevel: "warning",
});
