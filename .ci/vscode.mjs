// The VS Code extension packs: in a copy of its folder, with the tool that publishes it. `node .ci/vscode.mjs OUT` keeps
// the package.

import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "vrsky-vscode-"));
const run = (command, ...args) => {
  const done = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")}\n${done.stdout}${done.stderr}`);
  return done.stdout;
};
try {
  cpSync(new URL("../deploy/vscode", import.meta.url).pathname, folder, { recursive: true });
  run("npm", "install", "--no-audit", "--no-fund", "--no-package-lock");
  run("npx", "--yes", "@vscode/vsce@3.9.2", "package", "--allow-missing-repository", "--no-git-tag-version");
  const [made] = readdirSync(folder).filter((name) => name.endsWith(".vsix"));
  if (made === undefined) throw new Error("nothing was packed");
  const out = process.argv[2];
  if (out !== undefined) cpSync(join(folder, made), join(out, made));
  process.stdout.write(`${made} packs\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
