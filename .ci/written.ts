// A file that is written from others and committed: written anew, or, with `--check`, compared.

import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** `path` from the repository's root; exits with 1 when `--check` finds another text there. */
export function written(path: string, text: string, command: string): void {
  const file = new URL(`../${path}`, import.meta.url);
  const before = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  if (before === text) return;
  if (process.argv.includes("--check")) {
    process.stderr.write(`${path} is stale. Run \`${command}\` and commit the result.\n`);
    process.exit(1);
  }
  writeFileSync(file, text);
  process.stderr.write(`wrote ${path}\n`);
}
