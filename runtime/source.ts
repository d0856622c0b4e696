// Starting a source: the connector is given its settings, its small memory and the door to the intake.

import { canonical, sha256 } from "../schema/canonical.ts";
import type { Accepted, Answered, Connector, Incoming } from "../schema/connector.ts";
import { standalone } from "../schema/standalone.ts";
import { unavailable } from "./accept.ts";
import type { Sender } from "./accept-all.ts";
import type { Context } from "./context.ts";
import { leaseOn } from "./lease.ts";
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
  if (startSource === undefined) throw startFailure("incomplete", `${where}: no connector ${kind} is built in`);
  const settings = evaluated(where, () => code.sources[name]?.settings(env) ?? {}, mask);
  const declared = bundle.contracts[described?.contract ?? ""];
  const contract = declared === undefined ? undefined : standalone(declared.schema, bundle.contracts);
  const replies = connector?.manifest.source?.replies === true && isReplying(program);
  const known = contract === undefined ? "" : sha256(canonical(contract));
  const key = `${kind} ${canonical(settings)} ${known}${replies ? " reply" : ""}`;
  const { singleton } = connector?.manifest.source ?? {};
  const alone = singleton === "always" || (singleton === "on-connection" && described?.connection !== undefined);
  const seat = alone ? leaseOn(context, name) : undefined;
  const start = ({ signal, fail, mayStore, held }: Life) =>
    startSource({
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

function evaluated<T>(where: string, run: () => T, mask: (text: string) => string): T {
  try {
    return run();
  } catch (error) {
    throw startFailure("refused", mask(`${where}: its settings cannot be evaluated: ${reasonOf(error)}`));
  }
}
