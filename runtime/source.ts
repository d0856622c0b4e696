// Starting a source: the connector is given its settings, its small memory and the door to the intake.

import type { Reaction } from "../schema/bundle.ts";
import { canonical, sha256 } from "../schema/canonical.ts";
import type { Accepted, Answered, Connector, Incoming, RunningSource } from "../schema/connector.ts";
import type { JsonObject } from "../schema/json.ts";
import { standalone } from "../schema/standalone.ts";
import type { Env, PollCode } from "../schema/worker.ts";
import { notOurs, type Sender } from "./accept-all.ts";
import type { Context } from "./context.ts";
import { leaseOn } from "./lease.ts";
import { startPoll } from "./poll.ts";
import type { Program } from "./program.ts";
import { isReplying } from "./reply.ts";
import { sourceState } from "./source-state.ts";
import { reasonOf, startFailure } from "./start-failure.ts";
import { type Life, type Supervised, supervise } from "./supervise.ts";

export interface Source {
  readonly name: string;
  /** Two sources with the same key need no restart between them. */
  readonly key: string;
  readonly running: Supervised;
}

export interface SourcePlan {
  readonly name: string;
  readonly key: string;
  /** Throws a StartFailure. */
  start(): Promise<Source>;
}

/** How messages come in. Both are asked per message, so that a swap needs no restart. */
export interface Doors {
  accept(source: string, message: Incoming): Promise<Accepted>;
  acceptAll(sender: Sender, messages: readonly Incoming[]): Promise<readonly Accepted[]>;
  answer(source: string, message: Incoming, signal: AbortSignal): Promise<Answered>;
}

/** What a bundle's sources are, not yet started. */
export function planSources(
  context: Context,
  connectors: Readonly<Record<string, Connector>>,
  program: Program,
  doors: Doors,
): readonly SourcePlan[] {
  if (program.bundle.paused || program.draining) return [];
  return Object.keys(program.bundle.sources).map((name) => planSource(context, connectors, program, name, doors));
}

function planSource(
  context: Context,
  connectors: Readonly<Record<string, Connector>>,
  program: Program,
  name: string,
  doors: Doors,
): SourcePlan {
  const { bundle, code, env } = program;
  const { tenant, integration, mask } = context;
  const where = `${tenant}/${integration}: source ${name}`;
  const described = bundle.sources[name];
  const kind = described?.connector ?? "";
  const connector = built(connectors, kind);
  const begin = beginOf(connectors, program, name);
  if (begin === undefined) {
    throw startFailure("incomplete", `${where}: no connector ${described?.asks?.connector ?? kind} is built in`);
  }
  const settings = evaluated(where, () => code.sources[name]?.settings(env) ?? {}, mask);
  const declared = bundle.contracts[described?.contract ?? ""];
  const contract = declared === undefined ? undefined : standalone(declared.schema, bundle.contracts);
  const replies = connector?.manifest.source?.replies === true && isReplying(program);
  const known = contract === undefined ? "" : sha256(canonical(contract));
  const polls = described?.asks !== undefined;
  const itsCode = polls ? ` ${bundle.worker} ${canonical(env)}` : "";
  const key = `${kind} ${canonical(settings)} ${known}${replies ? " reply" : ""}${itsCode}`;
  const { singleton } = connector?.manifest.source ?? {};
  const onConnection = singleton === "on-connection" && described?.connection !== undefined;
  const seat = polls || singleton === "always" || onConnection ? leaseOn(context, name) : undefined;
  const made = { context, program, name, settings, contract, replies, doors };
  return {
    name,
    key,
    start: async () => {
      try {
        const running = await supervise(context, { name, seat, start: (life) => begin(made, life) });
        return { name, key, running };
      } catch (error) {
        throw startFailure("refused", mask(`${where} cannot be started: ${reasonOf(error)}`));
      }
    },
  };
}

interface Made {
  readonly context: Context;
  readonly program: Program;
  readonly name: string;
  readonly settings: JsonObject;
  readonly contract: JsonObject | undefined;
  readonly replies: boolean;
  readonly doors: Doors;
}

type Begin = (made: Made, life: Life) => Promise<RunningSource>;

/** Undefined: what it needs is not built in. */
function beginOf(
  connectors: Readonly<Record<string, Connector>>,
  { bundle, code }: Program,
  name: string,
): Begin | undefined {
  const described = bundle.sources[name];
  if (described?.asks !== undefined) {
    const asked = built(connectors, described.asks.connector);
    const asks = asked?.openCall?.bind(asked);
    const polling = code.sources[name]?.poll;
    return asks && polling && ((made, life) => poll(asks, polling, made, life));
  }
  const connector = built(connectors, described?.connector ?? "");
  const startSource = connector?.startSource?.bind(connector);
  return startSource && ((made, life) => own(startSource, made, life));
}

const built = (connectors: Readonly<Record<string, Connector>>, kind: string): Connector | undefined =>
  Object.hasOwn(connectors, kind) ? connectors[kind] : undefined;

function own(
  startSource: NonNullable<Connector["startSource"]>,
  { context, name, settings, contract, replies, doors }: Made,
  { signal, fail, mayStore, held }: Life,
): Promise<RunningSource> {
  const { tenant, integration, clock, log, mask, limits, objects } = context;
  return startSource({
    tenant,
    integration,
    name,
    settings,
    ...(contract === undefined ? {} : { contract }),
    accept: (message) => (mayStore() ? doors.accept(name, message) : Promise.resolve(notOurs)),
    acceptAll: (messages) => doors.acceptAll({ source: name, signal, mayStore }, messages),
    ...(replies ? { answer: (message: Incoming, late: AbortSignal) => doors.answer(name, message, late) } : {}),
    keep: (bytes, options) =>
      context.spool.keep(bytes, { ...options, chunked: limits.chunkedBytes, objects: objects.current() }),
    refuse: (reason, type) => context.tell({ kind: "refused", source: name, reason: mask(reason), class: type }),
    fail,
    signal,
    state: sourceState(context, name, held),
    clock,
    log,
  });
}

function poll(
  asks: NonNullable<Connector["openCall"]>,
  code: PollCode,
  { context, program: { bundle, env }, name, settings, doors }: Made,
  { signal, mayStore, report, held }: Life,
): Promise<RunningSource> {
  const { tenant, integration, clock, log } = context;
  return startPoll(context, {
    name,
    every: typeof settings.every === "number" ? settings.every : 60_000,
    code,
    env,
    handlesInvalid: handles(bundle.sources[name]?.onError?.invalid),
    state: sourceState(context, name, held),
    signal,
    open: () => asks({ tenant, integration, name, settings: fixedOf(code, env), clock, log }),
    acceptAll: (messages) => doors.acceptAll({ source: name, signal, mayStore }, messages),
    report,
  });
}

/** Of the request, what is the same for all pages; the rest is there too and says nothing. */
const fixedOf = (code: PollCode, env: Env): JsonObject =>
  code.request({ ...env, page: undefined, cursor: code.start?.(env) });

const handles = (reaction: Reaction | undefined): boolean => reaction === "drop" || typeof reaction === "object";

function evaluated<T>(where: string, run: () => T, mask: (text: string) => string): T {
  try {
    return run();
  } catch (error) {
    throw startFailure("refused", mask(`${where}: its settings cannot be evaluated: ${reasonOf(error)}`));
  }
}
