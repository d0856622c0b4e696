// Before any test: the command line is built once, as users get it, and so are the scripts that tests start. From their
// sources each start costs a second.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build } from "esbuild";
import { scriptFolder, scriptSources } from "./scripts.ts";

const root = new URL("../..", import.meta.url).pathname;

export async function setup(): Promise<void> {
  const done = spawnSync(process.execPath, [join(root, ".ci/build.mjs")], { stdio: ["ignore", "inherit", "inherit"] });
  if (done.status !== 0) throw new Error("the command line does not build");
  await buildScripts();
}

async function buildScripts(): Promise<void> {
  await build({
    entryPoints: Object.values(scriptSources).map(({ pathname }) => pathname),
    outdir: scriptFolder,
    entryNames: "[name]",
    chunkNames: "chunks/[name]-[hash]",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["typescript", "esbuild", "*.node"],
    banner: {
      js: 'import { createRequire as rigRequire } from "node:module"; const require = rigRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
}
