// The whole line of a worker on one page: Source → Envelope → intake ║ pull → walk → deliver → Outcome → settle.
// Each call below is a file of its own; what is handed in makes it the same line in a test and in production.

import { retryStream } from "../schema/address.ts";
import type { CodedBundle } from "../schema/bundle.ts";
import type { Clock, Connector, Log } from "../schema/connector.ts";
import type { RunEvent } from "../schema/outcome.ts";
import type { Canary } from "../schema/rollout.ts";
import type { Env } from "../schema/worker.ts";
import { createAttempts } from "./attempts.ts";
import { systemClock, within } from "./clock.ts";
import { createRoom } from "./content/room.ts";
import { createSpool, type Spool } from "./content/spool.ts";
import { type Context, defaultLimits, type Limits, type StepTimer, teller } from "./context.ts";
import type { CrashHook } from "./crash-point.ts";
import { finish, flushed } from "./drain.ts";
import { createFailureWrites } from "./failure-writes.ts";
import { type IntegrationFigures, readAll, remembered } from "./figures.ts";
import { createGate } from "./gate.ts";
import { type Health, healthOf } from "./health.ts";
import { type Rollout, type RunningIntegration, startIntegration } from "./integration.ts";
import { createLanes } from "./lanes.ts";
import { createLink } from "./link.ts";
import { scopedLog } from "./log.ts";
import { createLookUps } from "./look-ups.ts";
import type { Mask } from "./mask.ts";
import { objectPlaces } from "./objects/places.ts";
import { createPace } from "./pace.ts";
import { type LibraryFactory, loadProgram, type Program } from "./program.ts";
import { publishBatch } from "./publish.ts";
import { createTally } from "./rollout/tally.ts";
import { createScriptHosts, type ScriptHosts } from "./script/hosts.ts";
import { checkServer } from "./server-check.ts";
import { reasonOf, startFailure } from "./start-failure.ts";
import { createTenant, inTurn, setEnv, type Tenant } from "./tenant.ts";
import type { Wire } from "./wire.ts";

export interface TenantRun {
  readonly tenant: string;
  /** Open, as the tenant's worker user; made with `connectOptions`. The caller closes it after `drain` or `stop`. */
  readonly connection: Wire;
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
  /** Told how long the steps of each message took. `now` in milliseconds of a clock that does not go back. */
  readonly steps?: {
    now(): number;
    took(tenant: string, integration: string, target: string, ms: number): void;
  };
  readonly limits?: Partial<Limits>;
  /** Where bytes wait for their messages; files in a temporary folder unless told. The worker closes it. */
  readonly spool?: Spool;
  /** Where the scripts of a tenant run; on a thread of its own unless told. */
  readonly scripts?: () => ScriptHosts;
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

/** One integration as it shall run from now on. */
export interface Deployed {
  readonly tenant: string;
  readonly coded: CodedBundle;
  /** The values before unless told. */
  readonly env?: Env;
  /** Its sources take nothing in, its targets go on. */
  readonly draining?: boolean;
  /** Runs beside it, on a share of the keys. */
  readonly beside?: Beside;
}

export interface Beside {
  readonly canary: Canary;
  /** Or why it cannot be started here. */
  readonly coded: CodedBundle | string;
  readonly env?: Env;
}

export interface Worker {
  health(): Health;
  /** What waits, read from NATS or remembered for some seconds. Never rejects. */
  figures(): Promise<readonly IntegrationFigures[]>;
  /**
   * Makes the tenants named run exactly these bundles: changed ones are exchanged while messages pass, new ones start,
   * those left out are drained. Throws a StartFailure; what could not be exchanged goes on as before.
   */
  swap(tenants: readonly TenantBundles[]): Promise<void>;
  /** The same for one integration, beside whatever happens to the others. */
  deploy(deployed: Deployed): Promise<void>;
  /** What the tenant's integrations may take in together, messages per second; undefined: no limit. */
  pace(tenant: string, messagesPerSecond: number | undefined): void;
  /** Asked about a bundle that accepted a message and is not loaded: true hands the message back for a moment. */
  awaiting(tenant: string, awaits: (integration: string, bundle: string) => boolean): void;
  /** Ends one integration: its sources stop, what is in hand is finished or handed back. */
  remove(tenant: string, integration: string): Promise<void>;
  /** Sources stop, what is in hand is finished or handed back, acks are flushed. Takes no longer than `limits.drainMs`. */
  drain(): Promise<void>;
  /** As `drain`, but breaks off what is in hand. */
  stop(): Promise<void>;
}

/** Resolves when all sources have started. Throws a StartFailure and leaves nothing running. */
export async function run(options: RunOptions): Promise<Worker> {
  const clock = options.clock ?? systemClock;
  const limits = { ...defaultLimits, ...options.limits };
  const suspects = createGate(clock);
  const spool = options.spool ?? createSpool({ most: limits.spoolBytes });
  const room = createRoom(limits.inFlightBytes);
  const large = createLanes(1);
  const tenants = new Map<string, Tenant>();
  let ending: Promise<void> | undefined;
  let changing: Promise<void> = Promise.resolve();

  const integrations = (): readonly RunningIntegration[] =>
    [...tenants.values()].flatMap((tenant) => [...tenant.running.values()]);
  const contextOf = (tenant: Tenant, integration: string): Context =>
    makeContext(options, { clock, limits, suspects, spool, room }, tenant, integration);
  const tenantOf = (name: string): Tenant => {
    if (ending !== undefined) throw startFailure("refused", "the worker is stopping");
    const tenant = tenants.get(name);
    if (tenant !== undefined) return tenant;
    throw startFailure("incomplete", `tenant ${name} is new to this worker; start it again`);
  };
  const close = async (): Promise<void> => {
    for (const integration of integrations()) await integration.close();
    for (const connector of Object.values(options.connectors)) await connector.close?.();
    for (const { link, scripts } of tenants.values()) {
      link.close();
      await scripts.close();
    }
    await spool.close();
  };
  const put = async (tenant: Tenant, coded: CodedBundle, draining = false, beside?: Beside): Promise<void> => {
    const program = await loadProgram(coded, tenant.env, options.library, draining);
    const { integration } = program.bundle;
    const known = tenant.running.get(integration);
    if (beside !== undefined && known?.hasPromoted(beside.canary)) return;
    const rollout = beside && (await rolloutOf(tenant, integration, beside));
    if (known !== undefined) {
      // First what was beside it: the canary may be what takes its place.
      await known.rollOut(undefined);
      if (known.program().key !== program.key) await known.swap(program);
      return known.rollOut(rollout);
    }
    const started = await startIntegration(contextOf(tenant, integration), options.connectors, program);
    tenant.running.set(integration, started);
    await started.rollOut(rollout);
    // It came too late for the end: that one has not seen it.
    if (ending !== undefined) await take(tenant, integration);
  };
  const rolloutOf = async (tenant: Tenant, integration: string, { canary, coded }: Beside): Promise<Rollout> => {
    const program = typeof coded === "string" ? coded : await loadBeside(coded, tenant.env, options.library);
    return { canary, program, inTurn: (change) => inTurn(tenant, integration, change) };
  };
  const take = async (tenant: Tenant, integration: string): Promise<void> => {
    const running = tenant.running.get(integration);
    if (running === undefined) return;
    tenant.running.delete(integration);
    await finish(clock, limits.drainMs, [running]);
    await running.close();
  };
  const apply = async (tenant: Tenant, wanted: readonly CodedBundle[]): Promise<void> => {
    for (const coded of wanted) await inTurn(tenant, coded.bundle.integration, () => put(tenant, coded));
    for (const integration of [...tenant.running.keys()]) {
      if (wanted.some(({ bundle }) => bundle.integration === integration)) continue;
      await inTurn(tenant, integration, () => take(tenant, integration));
    }
  };
  const exchange = async (wanted: readonly TenantBundles[]): Promise<void> => {
    for (const { tenant: name, env, bundles, messagesPerSecond } of wanted) {
      const tenant = tenantOf(name);
      if (env !== undefined) setEnv(tenant, env);
      tenant.pace.set(messagesPerSecond);
      await apply(tenant, bundles);
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
        large,
      );
      const scripts = options.scripts?.() ?? createScriptHosts(clock);
      const tenant = createTenant(name, link, env, createPace(clock, messagesPerSecond), scripts);
      tenants.set(name, tenant);
      await checkServer(connection, link.requests);
      await apply(tenant, bundles);
    }
  } catch (error) {
    await end(0);
    throw error;
  }

  return {
    figures: remembered(clock, () => readAll(integrations().map(({ figures }) => figures)), []),
    health: () => healthOf(tenants, integrations(), ending !== undefined),
    swap: (wanted) => {
      // One after the other: two at once would each see half of what the other did.
      const change = changing.then(() => exchange(wanted));
      changing = change.catch(() => undefined);
      return change;
    },
    deploy: async ({ tenant: name, coded, env, draining, beside }) => {
      const tenant = tenantOf(name);
      const { settings, secrets } = env ?? tenant.env;
      // Its neighbours' secrets stay.
      setEnv(tenant, { settings, secrets: { ...tenant.env.secrets, ...secrets, ...beside?.env?.secrets } });
      await inTurn(tenant, coded.bundle.integration, () => put(tenantOf(name), coded, draining, beside));
    },
    awaiting: (name, awaits) => {
      tenantOf(name).awaits = awaits;
    },
    pace: (name, messagesPerSecond) => tenants.get(name)?.pace.set(messagesPerSecond),
    remove: async (name, integration) => {
      const tenant = tenantOf(name);
      await inTurn(tenant, integration, () => take(tenant, integration));
    },
    drain: () => end(limits.drainMs),
    stop: () => end(0),
  };
}

/** A canary that this worker cannot start is a reason to give it up, not to refuse the deployment. */
async function loadBeside(coded: CodedBundle, env: Env, library: LibraryFactory): Promise<Program | string> {
  try {
    return await loadProgram(coded, env, library);
  } catch (error) {
    return reasonOf(error);
  }
}

function timerOf({ steps }: RunOptions, tenant: string, integration: string): StepTimer | undefined {
  if (steps === undefined) return undefined;
  return { now: steps.now, took: (target, ms) => steps.took(tenant, integration, target, ms) };
}

type Shared = Pick<Context, "clock" | "limits" | "suspects" | "spool" | "room">;

const plain = (text: string): string => text;

function makeContext(options: RunOptions, shared: Shared, owner: Tenant, integration: string): Context {
  const { name: tenant, link, scripts, pace } = owner;
  const mask: Mask = (text) => owner.mask(text);
  const log = scopedLog(options.log, { tenant, integration }, mask);
  return {
    ...shared,
    attempts: createAttempts(shared.clock, shared.limits.attemptMs),
    tenant,
    integration,
    link,
    records: createLookUps(link, shared.clock, retryStream(integration)),
    failures: createFailureWrites((messages) => publishBatch(link.requests, messages), link.largest),
    scripts: scripts.add(),
    pace,
    objects: objectPlaces({ tenant, integration, link, clock: shared.clock, log, mask }, options.connectors),
    log,
    mask,
    random: options.random ?? Math.random,
    crash: options.crash,
    steps: timerOf(options, tenant, integration),
    tally: createTally(),
    awaits: (bundle) => owner.awaits(integration, bundle),
    ...teller({ tenant, integration, clock: shared.clock, log }, options.onEvent),
  };
}
