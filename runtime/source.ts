// Starting a source: the connector is given its settings, its small memory and the door to the intake.

import type { Reaction } from "../schema/bundle.ts";
import { canonical, sha256 } from "../schema/canonical.ts";
import type { Accepted, Answered, Connector, Incoming, RunningSource } from "../schema/connector.ts";
import type { JsonObject } from "../schema/json.ts";
import { standalone } from "../schema/standalone.ts";
import type { Env, PollCode } from "../schema/worker.ts";
import { unavailable } from "./accept.ts";
import type { Sender } from "./accept-all.ts";
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
  { accept, acceptAll, answer }: Doors,
): SourcePlan {
  const { bundle, code, env } = program;
  const { tenant, integration, clock, log, mask } = context;
  const where = `${tenant}/${integration}: source ${name}`;
  const described = bundle.sources[name];
  const kind = described?.connector ?? "";
  const connector = Object.hasOwn(connectors, kind) ? connectors[kind] : undefined;
  const startSource = connector?.startSource?.bind(connector);
  const polls = described?.asks === undefined ? undefined : pollOf(connectors, program, name);
  if (startSource === undefined && polls === undefined) {
    const lacks = described?.asks?.connector ?? kind;
    throw startFailure("incomplete", `${where}: no connector ${lacks} is built in`);
  }
  const settings = evaluated(where, () => code.sources[name]?.settings(env) ?? {}, mask);
  const declared = bundle.contracts[described?.contract ?? ""];
  const contract = declared === undefined ? undefined : standalone(declared.schema, bundle.contracts);
  const replies = connector?.manifest.source?.replies === true && isReplying(program);
  const known = contract === undefined ? "" : sha256(canonical(contract));
  const itsCode = polls === undefined ? "" : ` ${bundle.worker} ${canonical(env)}`;
  const key = `${kind} ${canonical(settings)} ${known}${replies ? " reply" : ""}${itsCode}`;
  const { singleton } = connector?.manifest.source ?? {};
  const alone =
    polls !== undefined ||
    singleton === "always" ||
    (singleton === "on-connection" && described?.connection !== undefined);
  const seat = alone ? leaseOn(context, name) : undefined;
  const poll = ({ asks, code: asked }: Polls, { signal, mayStore, report, held }: Life) =>
    startPoll(context, {
      name,
      every: typeof settings.every === "number" ? settings.every : 60_000,
      code: asked,
      env,
      handlesInvalid: handles(described?.onError?.invalid),
      state: sourceState(context, name, held),
      signal,
      open: () => asks({ tenant, integration, name, settings: fixedOf(asked, env), clock, log }),
      acceptAll: (messages) => acceptAll({ source: name, signal, mayStore }, messages),
      report,
    });
  const begin = (life: Life, startSource: NonNullable<Connector["startSource"]>) => {
    const { signal, fail, mayStore, held } = life;
    return startSource({
      tenant,
      integration,
      name,
      settings,
      ...(contract === undefined ? {} : { contract }),
      accept: async (message) =>
        mayStore() ? accept(name, message) : unavailable("another worker may have the source"),
      acceptAll: (messages) => acceptAll({ source: name, signal, mayStore }, messages),
      ...(replies ? { answer: (message: Incoming, late: AbortSignal) => answer(name, message, late) } : {}),
      refuse: (reason, type) => context.tell({ kind: "refused", source: name, reason: mask(reason), class: type }),
      fail,
      signal,
      state: sourceState(context, name, held),
      clock,
      log,
    });
  };
  const start = (life: Life): Promise<RunningSource> => {
    if (polls !== undefined) return poll(polls, life);
    if (startSource === undefined) throw new Error("unreachable: it was there when it was planned");
    return begin(life, startSource);
  };
  return {
    name,
    key,
    start: async () => {
      try {
        return { name, key, running: await supervise(context, { name, seat, start }) };
      } catch (error) {
        throw startFailure("refused", mask(`${where} cannot be started: ${reasonOf(error)}`));
      }
    },
  };
}

interface Polls {
  readonly asks: NonNullable<Connector["openCall"]>;
  readonly code: PollCode;
}

/** Undefined: it cannot be asked here. */
function pollOf(
  connectors: Readonly<Record<string, Connector>>,
  { bundle, code }: Program,
  name: string,
): Polls | undefined {
  const kind = bundle.sources[name]?.asks?.connector ?? "";
  const connector = Object.hasOwn(connectors, kind) ? connectors[kind] : undefined;
  const asks = connector?.openCall?.bind(connector);
  const poll = code.sources[name]?.poll;
  return asks === undefined || poll === undefined ? undefined : { asks, code: poll };
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
