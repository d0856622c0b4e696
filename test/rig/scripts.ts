// Scripts that tests start as processes of their own. Put together once (`build.ts`), each start takes a tenth of what it
// would take from sources.

import { basename, join } from "node:path";

export const scriptSources = {
  connectors: new URL("../connectors/suite/elsewhere/child.ts", import.meta.url),
  counting: new URL("./counting-process.ts", import.meta.url),
  disk: new URL("./fill-disk.ts", import.meta.url),
  order: new URL("./order-worker.ts", import.meta.url),
  poison: new URL("./poison-process.ts", import.meta.url),
  progress: new URL("./progress-process.ts", import.meta.url),
  worker: new URL("./worker-process.ts", import.meta.url),
};

export const scriptFolder = new URL("../../dist/test/", import.meta.url).pathname;

export type Script = keyof typeof scriptSources;

/** Where it is in a run of the suite. */
export const scriptFile = (script: Script): string =>
  join(scriptFolder, basename(scriptSources[script].pathname).replace(/\.ts$/, ".mjs"));
