// vrsky run: a worker of what is deployed, until it is told to stop. It switches on its own when somebody applies.

import { resolve } from "node:path";
import type { Following } from "../../runtime/following.ts";
import { networkRefusal, sayWhomNobodyIs } from "../allow-network.ts";
import { type ClusterOptions, chooseCluster } from "../cluster.ts";
import { openFolder, type Ready } from "../compile-workspace.ts";
import type { ExitCode } from "../exit.ts";
import { type House, startHouse } from "../house.ts";
import { type Io, say } from "../io.ts";
import { leaveSoon, stopSignal } from "../stop-signal.ts";
import { counted } from "../welcome.ts";

export interface RunVerbOptions extends ClusterOptions {
  readonly httpPort: number;
  readonly host: string;
  readonly dataDir: string;
  readonly allowNetwork: readonly string[];
  readonly metricsPort?: number;
  /** The folder's own bundles. */
  readonly local: boolean;
}

export async function runVerb(path: string, options: RunVerbOptions, io: Io): Promise<ExitCode> {
  const refusal = networkRefusal(options.allowNetwork);
  if (refusal !== undefined) return say(io, refusal);
  const ready = openFolder(path, io, options);
  if (!ready.ok) return say(io, ready.refusal);
  const cluster = chooseCluster(ready.value, options, io);
  if (!cluster.ok) return say(io, cluster.refusal);
  sayWhoShares(ready.value, options.dataDir, io);
  sayWhomNobodyIs(options.allowNetwork, ready.value, io);
  const stop = stopSignal();
  let announced = false;
  const house = await startHouse({
    ready: ready.value,
    cluster: cluster.value,
    httpPort: options.httpPort,
    host: options.host,
    dataDir: resolve(io.cwd, options.dataDir),
    allowNetwork: options.allowNetwork,
    ...(options.metricsPort === undefined ? {} : { metricsPort: options.metricsPort }),
    follow: !options.local,
    onListening: (port) => {
      if (announced) io.err(`webhooks on port ${port}\n`);
    },
    io,
  });
  if (!house.ok) return say(io, house.refusal);
  announced = true;
  const { following } = house.value;
  if (following !== undefined) sayWhatIsMissing(following, cluster.value.name, io);
  io.err(`running: ${running(house.value, ready.value.bundles.length)}\n`);
  const code = await stop;
  await house.value.close();
  leaveSoon(code);
  return code;
}

/** Files of two tenants below one root: each could name the other's. */
function sayWhoShares({ bundles }: Ready, dataDir: string, io: Io): void {
  if (dataDir.includes("{tenant}")) return;
  const withFiles = bundles.filter(({ bundle: { sources, targets } }) =>
    [...Object.values(sources), ...Object.values(targets)].some(({ connector }) => connector === "file"),
  );
  const tenants = [...new Set(withFiles.map(({ bundle }) => bundle.tenant))];
  if (tenants.length < 2) return;
  io.err(`note: ${tenants.join(", ")} share the data directory; --data-dir "${dataDir}/{tenant}" gives each its own\n`);
}

function running({ following, httpPort, metricsPort }: House, own: number): string {
  const count = following === undefined ? own : sum([...following.now().values()].map(({ running }) => running));
  const webhooks = httpPort === undefined ? "" : `, webhooks on port ${httpPort}`;
  return `${counted(count)}${webhooks}${metricsPort === undefined ? "" : `, metrics on port ${metricsPort}`}`;
}

function sayWhatIsMissing(following: Following, context: string, io: Io): void {
  for (const [tenant, { deployed }] of following.now()) {
    if (deployed === 0)
      io.err(`waiting: nothing is deployed for ${tenant} yet; \`vrsky apply --context ${context}\` does\n`);
    if (deployed === undefined) io.err(`waiting: what is deployed for ${tenant} cannot be read yet\n`);
  }
}

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
