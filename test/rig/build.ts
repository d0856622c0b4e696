// Before any test: the command line is built once, as users get it. From its sources each start costs a second.

import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = new URL("../..", import.meta.url).pathname;

export function setup(): void {
  const done = spawnSync(process.execPath, [join(root, ".ci/build.mjs")], { stdio: ["ignore", "inherit", "inherit"] });
  if (done.status !== 0) throw new Error("the command line does not build");
}
