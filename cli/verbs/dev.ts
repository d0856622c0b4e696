// vrsky dev: embedded NATS, compile, apply, run, watch. A broken edit shows its error while the last good version
// keeps running.

import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { watch } from "chokidar";
import { renderText } from "../../compiler/report/text.ts";
import { sha256 } from "../../schema/canonical.ts";
import type { RunEvent } from "../../schema/outcome.ts";
import { networkRefusal, sayWhomNobodyIs } from "../allow-network.ts";
import { applyTopology } from "../apply-topology.ts";
import { type Cluster, tenantsOf } from "../cluster.ts";
import { type OpenCompiler, openCompiler, type Ready, shown } from "../compile-workspace.ts";
import { type Embedded, embeddedIn, startEmbedded } from "../embedded.ts";
import { eventLine } from "../events.ts";
import { type ExitCode, exit, ok, type Result, refuse } from "../exit.ts";
import { readAnywhere, watchedFiles } from "../files.ts";
import { type House, startHouse } from "../house.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";
import { progressWhile } from "../progress.ts";
import { allAtOnce } from "../rollout/at-once.ts";
import { stopSignal } from "../stop-signal.ts";
import { counted, firstTrace, welcome } from "../welcome.ts";
import { openAccess } from "../with-access.ts";

export interface DevOptions {
  readonly httpPort: number;
  readonly dataDir?: string;
  readonly allowNetwork: readonly string[];
  readonly metricsPort?: number;
}

export async function devVerb(path: string, options: DevOptions, io: Io): Promise<ExitCode> {
  const folder = resolve(io.cwd, path);
  if (!existsSync(join(folder, "vrsky.yaml"))) {
    return say(io, refuse(exit.findings, `${shown(folder, io)} is no workspace: it has no vrsky.yaml.`).refusal);
  }
  const refusal = networkRefusal(options.allowNetwork);
  if (refusal !== undefined) return say(io, refusal);
  // Who develops here wrote the specs, and has the other systems on this machine or next to it.
  const allowNetwork = ["loopback", "private", ...options.allowNetwork];
  const stop = stopSignal();
  const compiler = openCompiler(folder, watchedFiles(folder));
  try {
    const first = compiled(folder, compiler, io);
    if (first === undefined) return exit.findings;
    sayWhomNobodyIs(options.allowNetwork, first, io);
    const state = join(folder, ".vrsky");
    const dataDir = options.dataDir === undefined ? join(state, "data") : resolve(io.cwd, options.dataDir);
    mkdirSync(dataDir, { recursive: true });
    const server = await startEmbedded(embeddedIn(folder), first.topology, io);
    if (!server.ok) return say(io, server.refusal);
    await using nats = server.value;
    const applied = await apply(first, clusterOf(first, nats.url, nats.admin()), io);
    if (!applied.ok) return say(io, applied.refusal);
    const color = paint(io.colorErr);
    const hint = firstTrace(first, io);
    const onEvent = (event: RunEvent): void => {
      io.err(`${eventLine(event, color)}\n`);
      hint(event);
    };
    const start = (ready: Ready, httpPort: number): Promise<Result<House>> => {
      const cluster = clusterOf(ready, nats.url, nats.workers());
      return startHouse({ ...options, httpPort, ready, cluster, dataDir, allowNetwork, quiet: true, onEvent, io });
    };
    const house = await start(first, options.httpPort);
    if (!house.ok) return say(io, house.refusal);
    welcome(first, house.value, nats.url, dataDir, io);
    const watcher = watch(folder, {
      ignoreInitial: true,
      ignored: (file) => /(?:^|\/)(?:\.vrsky|\.git|node_modules)(?:\/|$)/.test(file.slice(folder.length)),
    });
    const running: Running = { nats, start, house: house.value, ready: first, behind: false };
    watcher.on(
      "all",
      debounced(() =>
        edited(folder, compiler, running, io).catch((error: unknown) =>
          io.err(`${color.red("error:")} ${error instanceof Error ? error.message : String(error)}\n`),
        ),
      ),
    );
    const code = await stop;
    await watcher.close();
    await running.house.close();
    return code;
  } finally {
    compiler.close();
  }
}

/** What the files say, and what they say it with. */
interface Version extends Ready {
  /** Settings of all contexts, and hashes of their secrets' files. */
  readonly values: string;
}

function compiled(folder: string, compiler: OpenCompiler, io: Io): Version | undefined {
  const result = progressWhile(io, "compiling", compiler.compile);
  if (result.diagnostics.length > 0) io.err(renderText(result.diagnostics, result.sources, { color: io.colorErr }));
  if (result.emitted === undefined) return undefined;
  const { manifest, bundles, topology } = result.emitted;
  const files = Object.values(manifest.contexts).flatMap(({ secrets }) => (secrets === "env" ? [] : [secrets.file]));
  const texts = files.map((file) => readAnywhere(resolve(folder, file)));
  const values = JSON.stringify([manifest.contexts, texts.map((text) => text instanceof Uint8Array && sha256(text))]);
  return { folder, manifest, bundles, topology, values };
}

interface Running {
  readonly nats: Embedded;
  readonly start: (ready: Ready, httpPort: number) => Promise<Result<House>>;
  house: House;
  ready: Version;
  /** What the files say now does not compile or could not be swapped in. */
  behind: boolean;
}

function clusterOf({ manifest }: Ready, url: string, credentials: string): Cluster {
  const name = Object.keys(manifest.contexts)[0] ?? "dev";
  return { name, context: manifest.contexts[name] ?? { settings: {}, secrets: "env" }, url, credentials };
}

async function edited(folder: string, compiler: OpenCompiler, running: Running, io: Io): Promise<void> {
  const color = paint(io.colorErr);
  const next = compiled(folder, compiler, io);
  if (next === undefined) {
    running.behind = true;
    io.err(`${color.yellow("kept:")} the last good version is still running\n`);
    return;
  }
  const changed = changes(running.ready, next);
  if (changed.length === 0) {
    if (running.behind) io.err(`${color.green("as before:")} what runs is what the files say\n`);
    running.behind = false;
    return;
  }
  const swapped = await swapIn(running, next, io);
  running.behind = !swapped.ok;
  if (!swapped.ok) {
    say(io, swapped.refusal);
    return;
  }
  running.ready = next;
  io.err(`${color.green("swapped:")} ${changed.length > 3 ? counted(changed.length) : changed.join(", ")}\n`);
}

async function swapIn(running: Running, next: Ready, io: Io): Promise<Result<void>> {
  const { nats, ready } = running;
  await nats.grant(ready.topology, next.topology);
  const applied = await apply(next, clusterOf(next, nats.url, nats.admin()), io);
  const swapped = applied.ok ? await exchange(running, next) : applied;
  if (swapped.ok) await nats.grant(next.topology);
  return swapped;
}

/** Integrations that are new, other or gone; all of them when the values of the contexts are others. */
function changes(before: Version, next: Version): readonly string[] {
  const hashes = ({ manifest }: Ready) =>
    new Map(manifest.integrations.map((each) => [`${each.tenant}/${each.integration}`, each.hash]));
  const [old, now] = [hashes(before), hashes(next)];
  const all = [...new Set([...old.keys(), ...now.keys()])];
  return before.values === next.values ? all.filter((name) => old.get(name) !== now.get(name)) : all;
}

/** While messages pass; a tenant that is new needs a connection of its own, and so a worker that starts anew. */
async function exchange(running: Running, next: Ready): Promise<Result<void>> {
  const known = tenantsOf(running.ready);
  if (tenantsOf(next).every((tenant) => known.includes(tenant))) return running.house.swap(next);
  const { httpPort = 0 } = running.house;
  await running.house.close();
  const house = await running.start(next, httpPort);
  if (!house.ok) return house;
  running.house = house.value;
  return ok(undefined);
}

async function apply(ready: Ready, cluster: Cluster, io: Io): Promise<Result<number>> {
  const opened = await openAccess(ready, cluster);
  if (!opened.ok) return opened;
  await using access = opened.value;
  // What an edit takes away is gone at once, unless messages wait in it.
  // Nor is anything tried on a share of the keys first.
  const wanted = { topology: allAtOnce(ready.topology), bundles: ready.bundles };
  const applied = await applyTopology(wanted, access, { prune: true, io });
  return applied.ok ? ok(applied.value.done) : applied;
}

/** Edits come in bursts; runs never overlap. */
function debounced(work: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(work);
    }, 50);
  };
}
