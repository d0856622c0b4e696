// The command line as one file, for tests that start it many times: from sources each start costs seconds.

import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const root = new URL("../..", import.meta.url).pathname;

/** Into this folder; the path of what Node runs. */
export async function builtCommand(folder: string): Promise<string> {
  await build({
    absWorkingDir: root,
    entryPoints: { vrsky: "cli/main.ts" },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    // These two find their binaries beside their packages.
    external: ["typescript", "esbuild"],
    banner: {
      js: 'import { createRequire as vrskyRequire } from "node:module"; const require = vrskyRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  return join(folder, "vrsky.mjs");
}
