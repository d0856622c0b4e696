// npm run build: the command line as one file that runs from any folder, heavy parts loaded on demand.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { build, transform } from "esbuild";

const root = new URL("..", import.meta.url).pathname;

/** Names the compiler for its caches: all that it is made of, its packages by their locked versions. */
function fingerprint() {
  const hash = createHash("sha256");
  const folders = ["schema", "compiler", "connectors", "cli"];
  const files = folders.flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`),
  );
  for (const file of [...files.sort(), `${root}package-lock.json`])
    hash.update(`${file.slice(root.length)}\n`).update(readFileSync(file));
  return hash.digest("hex").slice(0, 32);
}

/** The language's schemas as code, in place of the module that would make them at every start. */
const validators = {
  name: "validators",
  async setup({ onLoad }) {
    const options = { bundle: true, write: false, format: "esm", platform: "node", logLevel: "warning" };
    const { outputFiles } = await build({ ...options, entryPoints: [`${root}.ci/validators.ts`] });
    const { writtenValidators } = await import(
      `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
    );
    const { code: contents } = await transform(writtenValidators(), { minify: true, format: "esm" });
    onLoad({ filter: /\/compiler\/2-parse\/validators\.ts$/ }, () => ({
      contents,
      loader: "js",
      resolveDir: `${root}compiler/2-parse`,
    }));
  },
};

const dist = new URL("../dist/", import.meta.url).pathname;
rmSync(dist, { recursive: true, force: true });
await build({
  absWorkingDir: new URL("..", import.meta.url).pathname,
  // A thread is started from a file: it lies beside each file that may start it.
  entryPoints: {
    vrsky: "cli/main.ts",
    thread: "runtime/script/thread.mjs",
    "chunks/thread": "runtime/script/thread.mjs",
    "checker-thread": "cli/checker/thread.ts",
    "chunks/checker-thread": "cli/checker/thread.ts",
  },
  outdir: dist,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  define: { VRSKY_BUILD: JSON.stringify(fingerprint()) },
  plugins: [validators],
  // The native type checker and esbuild ship as binaries beside their packages. ssh2 does without its own.
  external: ["typescript", "esbuild", "*.node"],
  banner: {
    js: '#!/usr/bin/env node\nimport { createRequire as vrskyRequire } from "node:module"; const require = vrskyRequire(import.meta.url), __dirname = import.meta.dirname;',
  },
  chunkNames: "chunks/[name]-[hash]",
  legalComments: "none",
  logLevel: "warning",
});
