// One real nats-server with a workspace in which each case has integrations of its own, and workers that run those of one
// case: compiled, applied, with the compiled rights, through the real run time.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { applyTopology } from "../../../cli/apply-topology.ts";
import { startEmbedded } from "../../../cli/embedded.ts";
import type { Result } from "../../../cli/exit.ts";
import { natsDoor } from "../../../cli/nats-door.ts";
import { scriptTools } from "../../../cli/script-tools.ts";
import { openAccess } from "../../../cli/with-access.ts";
import { createTypeChecker } from "../../../compiler/4-check/type-checker.ts";
import { compile } from "../../../compiler/compile.ts";
import { manifests } from "../../../connectors/all.ts";
import { createConnectors } from "../../../connectors/create.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { connectOptions } from "../../../runtime/connect-options.ts";
import { createLibrary } from "../../../runtime/expression/library.ts";
import { createLink } from "../../../runtime/link.ts";
import { run, type Worker } from "../../../runtime/run.ts";
import * as address from "../../../schema/address.ts";
import type { Connector } from "../../../schema/connector.ts";
import type { RunEvent } from "../../../schema/outcome.ts";
import { cutWire } from "../../rig/cut-wire.ts";
import { filesOf } from "../../rig/texts.ts";
import { createGate, type Gate, gated } from "./gate.ts";
import { createLedger, type Ledger, ledgerManifest } from "./ledger.ts";
import type { ConnectorRig, Outside, Scene } from "./rig.ts";

/** Puts a connector somewhere else than into this process. */
export type Elsewhere = (connector: Connector, dataDir: string) => Connector;

export interface Acting extends Scene, AsyncDisposable {
  readonly worker: Worker;
  readonly events: RunEvent[];
}

export interface Stage extends AsyncDisposable {
  readonly outside: Outside;
  readonly gate: Gate;
  readonly ledger: Ledger;
  /** A worker of these integrations. */
  act(integrations: readonly string[]): Promise<Acting>;
}

const io = {
  out: () => undefined,
  err: () => undefined,
  colorOut: false,
  colorErr: false,
  interactive: false,
  env: process.env,
  cwd: tmpdir(),
};

const silent = { info: () => undefined, warn: () => undefined };

const workspace = {
  workspace: "suite",
  language: 1,
  defaults: { retry: { for: "10m", initial: "20ms", max: "200ms" } },
};

const itemSchema = {
  type: "object",
  required: ["id", "n", "text"],
  properties: { id: { type: "string" }, n: { type: "integer" }, text: { type: "string" } },
};

/** `integrations` are specs, by name. */
export async function openStage(
  rig: ConnectorRig,
  integrations: (outside: Outside) => Readonly<Record<string, object>>,
  elsewhere?: Elsewhere,
): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "vrsky-suite-"));
  const outside = await rig.open(join(folder, "outside"));
  const ready = { folder, ...compiled(outside, integrations(outside)) };
  const nats = must(await startEmbedded(join(folder, "nats"), ready.topology, io));
  const admin = await connect({ servers: nats.url, ...loginOf(nats.admin()) });
  await outside.before?.(admin);
  const cluster = {
    name: "dev",
    context: { settings: {}, secrets: "env" as const },
    url: nats.url,
    credentials: nats.admin(),
  };
  {
    await using access = must(await openAccess(ready, cluster));
    must(await applyTopology(ready, access, {}));
  }
  const wire = await cutWire(Number(new URL(nats.url).port));
  const gate = createGate();
  const ledger = createLedger();
  const dataDir = outside.dataDir ?? join(folder, "data");

  const act = async (names: readonly string[]): Promise<Acting> => {
    gate.open();
    const connection = await connect({
      ...connectOptions("acme-worker"),
      reconnectTimeWait: 50,
      reconnectJitter: 10,
      servers: wire.url,
      ...loginOf(nats.workers()),
    });
    const inboxPrefix = address.inboxPrefix("acme-worker");
    const link = createLink(connection, inboxPrefix, systemClock, silent);
    const door = natsDoor(link);
    let httpPort: number | undefined;
    const made = createConnectors({
      httpPort: 0,
      httpHost: "127.0.0.1",
      dataDir,
      allowNetwork: ["loopback"],
      onListening: (port) => {
        httpPort = port;
      },
      natsFor: () => door,
    });
    const all = Object.entries(made).map(([name, connector]) => {
      if (name !== rig.connector) return [name, connector] as const;
      return [name, gated(elsewhere === undefined ? connector : elsewhere(connector, dataDir), gate)] as const;
    });
    const events: RunEvent[] = [];
    const bundles = ready.bundles.filter(({ bundle }) => names.includes(bundle.integration));
    const worker = await run({
      tenants: [
        { tenant: "acme", connection, inboxPrefix, env: { settings: {}, secrets: outside.secrets ?? {} }, bundles },
      ],
      connectors: { ...Object.fromEntries(all), ledger: ledger.connector },
      library: () => createLibrary(),
      log: silent,
      onEvent: (event) => events.push(event),
    }).catch(async (error: unknown) => {
      await connection.close();
      throw error;
    });
    return {
      worker,
      events,
      admin,
      wire,
      httpPort: () => httpPort,
      [Symbol.asyncDispose]: async () => {
        await worker.stop();
        await connection.close();
      },
    };
  };

  return {
    outside,
    gate,
    ledger,
    act,
    [Symbol.asyncDispose]: async () => {
      await admin.close();
      await wire[Symbol.asyncDispose]();
      await nats[Symbol.asyncDispose]();
      await outside[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function compiled(outside: Outside, integrations: Readonly<Record<string, object>>) {
  const specs = Object.entries(integrations).map(([name, spec]) => [
    `tenants/acme/${name}.yaml`,
    // JSON is YAML.
    JSON.stringify({ integration: name, ...spec }, undefined, 1),
  ]);
  const secrets = Object.keys(outside.secrets ?? {});
  const texts: Readonly<Record<string, string>> = {
    "vrsky.yaml": JSON.stringify(workspace),
    "contracts/item@1.yaml": JSON.stringify(itemSchema),
    "tenants/acme/tenant.yaml": JSON.stringify({ tenant: "acme", secrets, streams: outside.streams?.() ?? {} }),
    ...(outside.connections === undefined
      ? {}
      : { "tenants/acme/connections.yaml": JSON.stringify({ connections: outside.connections }) }),
    ...Object.fromEntries(specs),
  };
  const checker = createTypeChecker();
  try {
    const { emitted, diagnostics } = compile({
      root: "/w",
      manifests: [...manifests, ledgerManifest],
      scripts: scriptTools(),
      checker,
      files: filesOf("/w", () => new Map(Object.entries(texts))),
    });
    if (emitted === undefined) throw new Error(JSON.stringify(diagnostics, undefined, 2));
    return emitted;
  } finally {
    checker.close();
  }
}

function loginOf(credentials: string): { readonly user: string; readonly pass: string } {
  const { acme }: Readonly<Record<string, { readonly user: string; readonly password: string }>> =
    JSON.parse(credentials);
  if (acme === undefined) throw new Error("nobody may log in");
  return { user: acme.user, pass: acme.password };
}

function must<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.refusal.message} ${result.refusal.help ?? ""}`);
}
