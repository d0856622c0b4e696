// The bundles of one integration that are loaded: the newest, and older ones while messages that they accepted may
// still come. A message is run by the newest one that accepts its contract, else by the one that accepted it; of those
// that the newest runs, a canary runs a share.

import { canonical } from "../schema/canonical.ts";
import type { Connector, OpenTarget } from "../schema/connector.ts";
import type { Envelope } from "../schema/envelope.ts";
import type { JsonObject } from "../schema/json.ts";
import { answerCache } from "./answer-cache.ts";
import { type Context, defaultLimits } from "./context.ts";
import type { Lease, Program } from "./program.ts";
import { reasonOf, startFailure } from "./start-failure.ts";

export interface Editions {
  /** The newest. */
  current(): Program;
  /** Undefined when no loaded bundle knows the target, or a bundle that would fit is on its way here. */
  lease(target: string, envelope: Envelope): Lease | undefined;
  /** The newest, held until `done`; or the canary, where the message is one of its share. */
  answering(): Answering;
  answeringFor(envelope: Envelope): Answering;
  /** Makes it the newest; messages already started finish where they are. Throws a StartFailure and changes nothing. */
  add(program: Program): Promise<void>;
  /** Ends those that are not needed beside the newest. */
  retire(): Promise<void>;
  /**
   * Lets a program run what `takes` says of the messages that the newest runs, in place of another that did: undefined
   * for none any more. What was begun is finished where it is. Throws a StartFailure and changes nothing.
   */
  try(trial: Trial | undefined): Promise<void>;
  close(): Promise<void>;
}

export interface Trial {
  readonly program: Program;
  takes(envelope: Envelope): boolean;
}

export type Answering = Pick<Lease, "program" | "asks" | "done">;

/** Open targets are shared by the editions that want the same. */
interface SharedTarget {
  readonly key: string;
  readonly open: OpenTarget;
  owners: number;
}

interface Edition {
  readonly program: Program;
  readonly targets: ReadonlyMap<string, SharedTarget>;
  readonly asks: ReadonlyMap<string, OpenTarget>;
  /** By source, the hash of the contract that it checks. */
  readonly contracts: ReadonlyMap<string, string>;
  /** By target; made once, not for each message: they are counted, not told apart. */
  readonly checked: ReadonlyMap<string, Lease>;
  readonly unchecked: ReadonlyMap<string, Lease>;
  leases: number;
  retired: boolean;
}

/** Older bundles with other contracts that are kept loaded. */
const kept = 4;

type Connectors = Readonly<Record<string, Connector>>;

export async function openEditions(context: Context, connectors: Connectors, first: Program): Promise<Editions> {
  let newestFirst: readonly Edition[] = [];
  let canary: { readonly edition: Edition; readonly takes: Trial["takes"] } | undefined;
  /** Canaries: the one that is given messages, and those that finish theirs. */
  let tried: readonly Edition[] = [];
  const loaded = (): readonly Edition[] => [...newestFirst, ...tried];

  const openTargets = async (program: Program): Promise<ReadonlyMap<string, SharedTarget>> => {
    const opened = new Map<string, SharedTarget>();
    try {
      for (const name of Object.keys(program.bundle.targets)) {
        const shared = await openTarget(context, connectors, program, name, loaded());
        shared.owners += 1;
        opened.set(name, shared);
      }
      for (const [name, asked] of Object.entries(program.bundle.asks ?? {})) {
        if (asked.kind !== "call") continue;
        const shared = await openCall(context, connectors, program, name, loaded());
        shared.owners += 1;
        opened.set(askKey(name), shared);
      }
    } catch (error) {
      await release(context, opened);
      throw error;
    }
    return opened;
  };
  const end = async (edition: Edition): Promise<void> => {
    if (edition.leases > 0 || !edition.retired) return;
    newestFirst = newestFirst.filter((other) => other !== edition);
    tried = tried.filter((other) => other !== edition);
    await release(context, edition.targets);
  };
  const open = async (program: Program, isCanary: boolean): Promise<Edition> => {
    const targets = await openTargets(program);
    const asks = asksIn(context, program, targets);
    const leasesOf = (checked: boolean): ReadonlyMap<string, Lease> =>
      new Map(
        [...targets].map(([name, { open }]) => {
          const together = togetherOf(connectors, program, name);
          return [name, { program, open, together, asks, checked, canary: isCanary, done }];
        }),
      );
    const done = (): void => {
      edition.leases -= 1;
      if (edition.retired) void end(edition);
    };
    const edition: Edition = {
      program,
      targets,
      asks,
      contracts: new Map(Object.keys(program.bundle.sources).map((name) => [name, contractOf(program, name) ?? ""])),
      checked: leasesOf(true),
      unchecked: leasesOf(false),
      leases: 0,
      retired: false,
    };
    return edition;
  };
  const add = async (program: Program): Promise<void> => {
    const edition = await open(program, false);
    newestFirst = [edition, ...newestFirst];
  };
  const putAside = async (edition: Edition | undefined): Promise<void> => {
    if (edition === undefined) return;
    edition.retired = true;
    await end(edition);
  };
  const newest = (): Edition => {
    const [edition] = newestFirst;
    if (edition === undefined) throw new Error("an integration has no bundle");
    return edition;
  };

  /** Those that were accepted before under another contract are not what the two are compared by. */
  const triedBy = (target: string, envelope: Envelope): Edition | undefined => {
    const [latest] = newestFirst;
    if (canary === undefined || latest === undefined || !canary.edition.targets.has(target)) return undefined;
    if (latest.contracts.get(envelope.source) !== envelope.contract) return undefined;
    return canary.takes(envelope) ? canary.edition : undefined;
  };
  const held = (edition: Edition): Answering => {
    edition.leases += 1;
    return {
      program: edition.program,
      asks: edition.asks,
      done: () => {
        edition.leases -= 1;
        void end(edition);
      },
    };
  };

  /** None accepts its contract: the one that accepted it, or any when that will not come. */
  const elsewhere = (target: string, envelope: Envelope): Edition | undefined => {
    const able = newestFirst.filter((edition) => edition.targets.has(target));
    // Where a canary is promoted already, it accepts messages that other workers get.
    const known = [...able, ...tried].find(({ program }) => program.bundle.hash === envelope.bundle);
    return known ?? (context.awaits(envelope.bundle) ? undefined : able[0]);
  };

  await add(first);
  return {
    current: () => newest().program,
    lease: (target, envelope) => {
      const fits = (edition: Edition): boolean =>
        edition.targets.has(target) && edition.contracts.get(envelope.source) === envelope.contract;
      const [latest] = newestFirst;
      const trying = canary === undefined ? undefined : triedBy(target, envelope);
      if (trying !== undefined) {
        trying.leases += 1;
        return (fits(trying) ? trying.checked : trying.unchecked).get(target);
      }
      const fitting = latest !== undefined && fits(latest) ? latest : newestFirst.find(fits);
      const edition = fitting ?? elsewhere(target, envelope);
      if (edition === undefined) return undefined;
      const checked = fitting !== undefined || edition.program.bundle.hash === envelope.bundle;
      edition.leases += 1;
      return (checked ? edition.checked : edition.unchecked).get(target);
    },
    answering: () => held(newest()),
    answeringFor: (envelope) => held(canary?.takes(envelope) === true ? canary.edition : newest()),
    add,
    retire: async () => {
      const [latest, ...older] = newestFirst;
      const covered = latest === undefined ? new Set<string>() : contractsOf(latest.program);
      for (const [index, edition] of older.entries()) {
        const needed = index < kept && [...contractsOf(edition.program)].some((contract) => !covered.has(contract));
        edition.retired = !needed;
        await end(edition);
      }
    },
    try: async (trial) => {
      const before = canary?.edition;
      const next = trial && { edition: await open(trial.program, true), takes: trial.takes };
      canary = next;
      if (next !== undefined) tried = [...tried, next.edition];
      await putAside(before);
    },
    close: async () => {
      // The list stays: health is asked to the end.
      for (const edition of loaded()) await release(context, edition.targets);
    },
  };
}

/** Items of one split message that a target is given at once, where nobody bounds what is under way. */
const itemsTogether = 8;

function togetherOf(connectors: Connectors, { bundle }: Program, name: string): number {
  const target = bundle.targets[name];
  const bound = connectors[target?.connector ?? ""]?.manifest.target?.inFlight ?? Number.POSITIVE_INFINITY;
  const inOrder = bundle.order !== undefined;
  return inOrder || target?.limit?.concurrency !== undefined || bound < defaultLimits.inFlight ? 1 : itemsTogether;
}

/** What steps ask is opened like a target; no target can have such a name. */
const askKey = (name: string): string => `?${name}`;

function asksIn(
  { clock }: Context,
  { bundle }: Program,
  opened: ReadonlyMap<string, SharedTarget>,
): ReadonlyMap<string, OpenTarget> {
  const asks = new Map<string, OpenTarget>();
  for (const [key, { open }] of opened) {
    if (!key.startsWith("?")) continue;
    const name = key.slice(1);
    const asked = bundle.asks?.[name];
    const forMs = asked?.kind === "call" ? asked.cache : undefined;
    asks.set(name, forMs === undefined ? open : answerCache(open, forMs, clock));
  }
  return asks;
}

function openTarget(
  context: Context,
  connectors: Connectors,
  program: Program,
  name: string,
  others: readonly Edition[],
): Promise<SharedTarget> {
  const { bundle, code, env } = program;
  const kind = bundle.targets[name]?.connector ?? "";
  const opens = { kind, what: "target", name, settings: () => code.targets[name]?.settings(env) ?? {} } as const;
  return openShared(context, connectors, opens, name, others);
}

function openCall(
  context: Context,
  connectors: Connectors,
  program: Program,
  name: string,
  others: readonly Edition[],
): Promise<SharedTarget> {
  const { bundle, code, env } = program;
  const asked = bundle.asks?.[name];
  const kind = asked?.kind === "call" ? asked.connector : "";
  const opens = { kind, what: "call", name, settings: () => code.asks?.[name]?.settings(env) ?? {} } as const;
  return openShared(context, connectors, opens, askKey(name), others);
}

interface Opens {
  readonly kind: string;
  readonly what: "target" | "call";
  readonly name: string;
  readonly settings: () => JsonObject;
}

async function openShared(
  context: Context,
  connectors: Connectors,
  { kind, what, name, settings: evaluate }: Opens,
  key: string,
  others: readonly Edition[],
): Promise<SharedTarget> {
  const { tenant, integration, clock, log } = context;
  const where = `${tenant}/${integration}: ${what} ${name}`;
  const connector = Object.hasOwn(connectors, kind) ? connectors[kind] : undefined;
  const open = what === "target" ? connector?.openTarget : connector?.openCall;
  if (open === undefined) throw startFailure("incomplete", `${where}: no connector ${kind} is built in`);
  try {
    const settings = evaluate();
    const shared = `${kind} ${canonical(settings)}`;
    const same = others.map((edition) => edition.targets.get(key)).find((target) => target?.key === shared);
    if (same !== undefined) return same;
    return { key: shared, owners: 0, open: await open({ tenant, integration, name, settings, clock, log }) };
  } catch (error) {
    throw startFailure("refused", context.mask(`${where} cannot be opened: ${reasonOf(error)}`));
  }
}

async function release(context: Context, targets: ReadonlyMap<string, SharedTarget>): Promise<void> {
  for (const [name, target] of targets) {
    target.owners -= 1;
    if (target.owners > 0) continue;
    await target.open.close().catch((error: unknown) => {
      context.log.warn({ target: name, error: reasonOf(error) }, "a target did not close in order");
    });
  }
}

/** Hash of the contract that a bundle's source checks; "" for `any`. */
function contractOf({ bundle }: Program, source: string): string | undefined {
  const known = bundle.sources[source];
  return known === undefined ? undefined : (bundle.contracts[known.contract ?? ""]?.hash ?? "");
}

const contractsOf = (program: Program): ReadonlySet<string> =>
  new Set(Object.keys(program.bundle.sources).map((source) => `${source} ${contractOf(program, source)}`));
