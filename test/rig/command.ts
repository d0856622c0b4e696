// The built command line, for tests that start it: `spawn(process.execPath, [...command, "plan", …])`.

import { join } from "node:path";

export const command: readonly string[] = [join(new URL("../..", import.meta.url).pathname, "dist/vrsky.mjs")];
