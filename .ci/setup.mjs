// Makes a fresh clone ready: installs the locked dependencies when they are absent or older than the lock file.
// Runs before `npm run demo`, `npm start` and `npm test`; plain JavaScript, since nothing is installed yet.

import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`VRSky needs Node 20.19 or newer; this is ${process.versions.node}.\n`);
  process.exit(64);
}

const root = new URL("..", import.meta.url);
const installed = new URL("node_modules/.package-lock.json", root);
const lock = new URL("package-lock.json", root);

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  process.stderr.write("Installing dependencies …\n");
  // Takes the versions of the lock file and leaves it alone. Not `npm ci`: it refuses the lock file wherever the
  // registry does not carry the optional binaries of every other platform.
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const done = spawnSync(npm, ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (done.status !== 0) {
    process.stderr.write("`npm install` failed: is a package registry reachable? Its own words are above.\n");
    process.exit(done.status ?? 1);
  }
}
