// Where a folder lies in its repository, for what GitHub shows at a file.

import { relative } from "node:path";
import type { Io } from "./io.ts";

/** The folder that GitHub names is the repository's, else the one that the command runs in. `flows/` or "". */
export function inRepository(folder: string, { env, cwd }: Io): string {
  const path = relative(env.GITHUB_WORKSPACE ?? cwd, folder).replaceAll("\\", "/");
  return path === "" || path.startsWith("..") ? "" : `${path}/`;
}
