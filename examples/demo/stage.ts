// One workspace on its stage: a real nats-server, apply and a worker, all of them gone with the block that asked for it.

import { join } from "node:path";
import type { NatsConnection } from "@nats-io/transport-node";
import { applyTopology } from "../../cli/apply-topology.ts";
import { type Cluster, openCluster } from "../../cli/cluster.ts";
import { openFolder } from "../../cli/compile-workspace.ts";
import { startEmbedded } from "../../cli/embedded.ts";
import type { Result } from "../../cli/exit.ts";
import { startHouse } from "../../cli/house.ts";
import type { Io } from "../../cli/io.ts";
import { openAccess } from "../../cli/with-access.ts";
import { listDeadLetters } from "../../control/dead-letters.ts";
import type { JsonObject } from "../../schema/json.ts";
import type { RunEvent } from "../../schema/outcome.ts";

export interface Stage extends AsyncDisposable {
  /** Of the webhooks: `http://127.0.0.1:…/acme`. */
  readonly url: string;
  readonly dataDir: string;
  /** Messages by their end, once each target that they had has one. */
  count(outcome: "delivered" | "dropped" | "dead" | "retry", target?: string): number;
  /** Resolves once it holds; false when it has not within that many seconds. */
  until(holds: () => boolean | Promise<boolean>, seconds?: number): Promise<boolean>;
  deadLetters(): Promise<number>;
  /** Unrestricted, in a tenant's account. */
  connection(tenant: string): NatsConnection;
}

export interface StageOptions {
  /** The workspace. */
  readonly workspace: string;
  /** An empty folder to work in. */
  readonly folder: string;
  readonly settings?: JsonObject;
  /** `dev` unless told. */
  readonly context?: string;
  /** Of tenant acme, by name. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly io: Io;
}

/** Throws an Error with what a command would say. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const ends: (() => Promise<void>)[] = [];
  const end = async (): Promise<void> => {
    for (const close of ends.splice(0).reverse()) await close();
  };
  try {
    const stage = await raise(options, ends);
    return { ...stage, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function raise(
  options: StageOptions,
  ends: (() => Promise<void>)[],
): Promise<Omit<Stage, typeof Symbol.asyncDispose>> {
  const use = <T extends AsyncDisposable>(part: T): T => {
    ends.push(async () => part[Symbol.asyncDispose]());
    return part;
  };
  const secrets = Object.entries(options.secrets ?? {}).map(([name, value]) => [
    `VRSKY_SECRET_ACME_${name.toUpperCase()}`,
    value,
  ]);
  const io = { ...options.io, env: { ...options.io.env, ...Object.fromEntries(secrets) } };
  const ready = must(openFolder(options.workspace, io));
  const nats = use(must(await startEmbedded(join(options.folder, "nats"), ready.topology, io)));
  const context = ready.manifest.contexts.dev ?? { settings: {}, secrets: "env" as const };
  const cluster: Cluster = { name: "dev", context, url: nats.url, credentials: nats.admin() };
  const admin = use(must(await openCluster(ready, cluster)));
  const access = use(must(await openAccess(ready, cluster)));
  must(await applyTopology(ready, access, {}));
  const events: RunEvent[] = [];
  const dataDir = join(options.folder, "data");
  const house = must(
    await startHouse({
      ready,
      cluster: { ...cluster, credentials: nats.workers() },
      httpPort: 0,
      dataDir,
      settings: options.settings ?? {},
      allowNetwork: ["loopback"],
      quiet: true,
      onEvent: (event) => events.push(event),
      io,
    }),
  );
  ends.push(() => house.close());
  return {
    url: `http://127.0.0.1:${house.httpPort ?? 0}/acme`,
    dataDir,
    count: (kind, target) =>
      events.filter(
        (event) =>
          event.kind === "outcome" && event.outcome.kind === kind && (target === undefined || event.target === target),
      ).length,
    until: async (holds, seconds = 60) => {
      for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
        if (await holds()) return true;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      return false;
    },
    connection: (tenant) => {
      const found = admin.tenants.find((each) => each.tenant === tenant);
      if (found === undefined) throw new Error(`there is no tenant ${tenant}`);
      return found.connection;
    },
    deadLetters: async () => {
      const [tenant] = admin.tenants;
      const letters = tenant === undefined ? undefined : await listDeadLetters(tenant.connection, { limit: 1000 });
      return letters?.ok === true ? letters.value.letters.length : 0;
    },
  };
}

function must<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.refusal.message} ${result.refusal.help ?? ""}`);
}
