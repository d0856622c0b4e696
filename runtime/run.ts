// The whole line of a worker on one page: Source → Envelope → intake ║ pull → walk → deliver → Outcome → settle.
// Each call below is a file of its own; what is handed in makes it the same line in a test and in production.

import type { NatsConnection } from "@nats-io/nats-core";
import type { CodedBundle } from "../schema/bundle.ts";
import type { Clock, Connector, Log } from "../schema/connector.ts";
import type { RunEvent } from "../schema/outcome.ts";
import type { Env } from "../schema/worker.ts";
import { createAttempts } from "./attempts.ts";
import { systemClock, within } from "./clock.ts";
import { type Context, defaultLimits, type Limits, teller } from "./context.ts";
import type { CrashHook } from "./crash-point.ts";
import { finish, flushed } from "./drain.ts";
import { createGate } from "./gate.ts";
import { type Health, healthOf } from "./health.ts";
import { type RunningIntegration, startIntegration } from "./integration.ts";
import { createLink, type Link } from "./link.ts";
import { scopedLog } from "./log.ts";
import { createMask, type Mask } from "./mask.ts";
import { createPace, type Pace } from "./pace.ts";
import { type LibraryFactory, loadProgram } from "./program.ts";
import { createScriptHost, type ScriptHost } from "./script/host.ts";
import { checkServer } from "./server-check.ts";
import { startFailure } from "./start-failure.ts";

export interface TenantRun {
  readonly tenant: string;
  /** Open, as the tenant's worker user; made with `connectOptions`. The caller closes it after `drain` or `stop`. */
  readonly connection: NatsConnection;
  /** The connection's own inbox prefix; "_INBOX" unless told. */
  readonly inboxPrefix?: string;
  readonly env: Env;
  readonly bundles: readonly CodedBundle[];
  /** What its integrations may take in together; no limit unless told. */
  readonly messagesPerSecond?: number;
}

export interface RunOptions {
  readonly tenants: readonly TenantRun[];
  /** By name of their manifests. The worker closes them. */
  readonly connectors: Readonly<Record<string, Connector>>;
  readonly library: LibraryFactory;
  readonly log: Log;
  /** The machine's clock unless told. */
  readonly clock?: Clock;
  /** From 0 inclusive to 1 exclusive; Math.random unless told. */
  readonly random?: () => number;
  /** Told of everything that is accepted, refused or settled, as it happens. Must be quick. */
  readonly onEvent?: (event: RunEvent) => void;
  readonly limits?: Partial<Limits>;
  /** For tests that let a worker die. */
  readonly crash?: CrashHook;
}

/** What shall run for a tenant from now on. */
export interface TenantBundles {
  readonly tenant: string;
  /** The values before unless told. */
  readonly env?: Env;
  readonly bundles: readonly CodedBundle[];
  /** No limit unless told. */
  readonly messagesPerSecond?: number;
}

export interface Worker {
  health(): Health;
  /**
   * Makes the tenants named run exactly these bundles: changed ones are exchanged while messages pass, new ones start,
   * those left out are drained. Throws a StartFailure; what could not be exchanged goes on as before.
   */
  swap(tenants: readonly TenantBundles[]): Promise<void>;
  /** Sources stop, what is in hand is finished or handed back, acks are flushed. Takes no longer than `limits.drainMs`. */
  drain(): Promise<void>;
  /** As `drain`, but breaks off what is in hand. */
  stop(): Promise<void>;
}

interface Tenant {
  readonly link: Link;
  env: Env;
  /** Every secret value that it ever had here. */
  readonly secrets: Set<string>;
  mask: Mask;
  readonly running: Map<string, RunningIntegration>;
  /** Its own: another tenant's scripts do not wait for it. */
  readonly scripts: ScriptHost;
  readonly pace: Pace;
}

/** Resolves when all sources have started. Throws a StartFailure and leaves nothing running. */
export async function run(options: RunOptions): Promise<Worker> {
  const clock = options.clock ?? systemClock;
  const limits = { ...defaultLimits, ...options.limits };
  const suspects = createGate();
  const tenants = new Map<string, Tenant>();
  let ending: Promise<void> | undefined;
  let changing: Promise<void> = Promise.resolve();

  const integrations = (): readonly RunningIntegration[] =>
    [...tenants.values()].flatMap((tenant) => [...tenant.running.values()]);
  const contextOf = (name: string, tenant: Tenant, integration: string): Context =>
    makeContext(options, { clock, limits, suspects }, name, tenant, integration);
  const close = async (): Promise<void> => {
    for (const integration of integrations()) await integration.close();
    for (const connector of Object.values(options.connectors)) await connector.close?.();
    for (const { link, scripts } of tenants.values()) {
      link.close();
      await scripts.close();
    }
  };
  const apply = async (name: string, tenant: Tenant, wanted: readonly CodedBundle[]): Promise<void> => {
    for (const coded of wanted) {
      const program = await loadProgram(coded, tenant.env, options.library);
      const { integration } = program.bundle;
      const known = tenant.running.get(integration);
      if (known === undefined) {
        const context = contextOf(name, tenant, integration);
        tenant.running.set(integration, await startIntegration(context, options.connectors, program));
      } else if (known.program().key !== program.key) await known.swap(program);
    }
    for (const [integration, running] of [...tenant.running]) {
      if (wanted.some(({ bundle }) => bundle.integration === integration)) continue;
      tenant.running.delete(integration);
      await finish(clock, limits.drainMs, [running]);
      await running.close();
    }
  };
  const exchange = async (wanted: readonly TenantBundles[]): Promise<void> => {
    for (const { tenant: name, env, bundles, messagesPerSecond } of wanted) {
      if (ending !== undefined) throw startFailure("refused", "the worker is stopping");
      const tenant = tenants.get(name);
      if (tenant === undefined)
        throw startFailure("incomplete", `tenant ${name} is new to this worker; start it again`);
      if (env !== undefined) setEnv(tenant, env);
      tenant.pace.set(messagesPerSecond);
      await apply(name, tenant, bundles);
    }
  };
  const end = (ms: number): Promise<void> => {
    ending ??= (async () => {
      await finish(clock, ms, integrations());
      await Promise.all([...tenants.values()].map(({ link }) => flushed(clock, link)));
      await within(clock, 1_000, close(), undefined);
    })();
    return ending;
  };

  try {
    for (const { tenant: name, connection, inboxPrefix, env, bundles, messagesPerSecond } of options.tenants) {
      const link = createLink(
        connection,
        inboxPrefix ?? "_INBOX",
        clock,
        scopedLog(options.log, { tenant: name }, plain),
      );
      const tenant: Tenant = {
        link,
        env,
        secrets: new Set(),
        mask: plain,
        running: new Map(),
        scripts: createScriptHost(),
        pace: createPace(clock, messagesPerSecond),
      };
      setEnv(tenant, env);
      tenants.set(name, tenant);
      await checkServer(connection, link.requests);
      await apply(name, tenant, bundles);
    }
  } catch (error) {
    await end(0);
    throw error;
  }

  return {
    health: () => healthOf(tenants, integrations(), ending !== undefined),
    swap: (wanted) => {
      // One after the other: two at once would each see half of what the other did.
      const change = changing.then(() => exchange(wanted));
      changing = change.catch(() => undefined);
      return change;
    },
    drain: () => end(limits.drainMs),
    stop: () => end(0),
  };
}

/** Values before are masked on: they may still be in force elsewhere. */
function setEnv(tenant: Tenant, env: Env): void {
  tenant.env = env;
  for (const value of Object.values(env.secrets)) tenant.secrets.add(value);
  tenant.mask = createMask(tenant.secrets);
}

type Shared = Pick<Context, "clock" | "limits" | "suspects">;

const plain = (text: string): string => text;

function makeContext(options: RunOptions, shared: Shared, tenant: string, owner: Tenant, integration: string): Context {
  const { link, scripts, pace } = owner;
  const mask: Mask = (text) => owner.mask(text);
  const log = scopedLog(options.log, { tenant, integration }, mask);
  return {
    ...shared,
    attempts: createAttempts(shared.clock, shared.limits.attemptMs),
    tenant,
    integration,
    link,
    scripts,
    pace,
    log,
    mask,
    random: options.random ?? Math.random,
    crash: options.crash,
    tell: teller({ tenant, integration, clock: shared.clock, log }, options.onEvent),
  };
}
