// vrsky run: a worker over a workspace or a compiled folder, until it is told to stop.

import { resolve } from "node:path";
import { type ClusterOptions, chooseCluster } from "../cluster.ts";
import { openFolder } from "../compile-workspace.ts";
import type { ExitCode } from "../exit.ts";
import { startHouse } from "../house.ts";
import { type Io, say } from "../io.ts";
import { stopSignal } from "../stop-signal.ts";

export interface RunVerbOptions extends ClusterOptions {
  readonly httpPort: number;
  readonly host: string;
  readonly dataDir: string;
  readonly metricsPort?: number;
}

export async function runVerb(path: string, options: RunVerbOptions, io: Io): Promise<ExitCode> {
  const ready = openFolder(path, io, options);
  if (!ready.ok) return say(io, ready.refusal);
  const cluster = chooseCluster(ready.value, options, io);
  if (!cluster.ok) return say(io, cluster.refusal);
  const stop = stopSignal();
  const house = await startHouse({
    ready: ready.value,
    cluster: cluster.value,
    httpPort: options.httpPort,
    host: options.host,
    dataDir: resolve(io.cwd, options.dataDir),
    ...(options.metricsPort === undefined ? {} : { metricsPort: options.metricsPort }),
    io,
  });
  if (!house.ok) return say(io, house.refusal);
  const { httpPort, metricsPort } = house.value;
  io.err(
    `running: ${ready.value.bundles.length} ${ready.value.bundles.length === 1 ? "integration" : "integrations"}${httpPort === undefined ? "" : `, webhooks on port ${httpPort}`}${metricsPort === undefined ? "" : `, metrics on port ${metricsPort}`}\n`,
  );
  const code = await stop;
  await house.value.close();
  return code;
}
