// Starting a source: the connector is given its settings, its small memory and the door to the intake.

import { canonical, sha256 } from "../schema/canonical.ts";
import type { Accepted, Answered, Connector, Incoming, RunningSource } from "../schema/connector.ts";
import { standalone } from "../schema/standalone.ts";
import type { Context } from "./context.ts";
import type { Program } from "./program.ts";
import { isReplying } from "./reply.ts";
import { sourceState } from "./source-state.ts";
import { reasonOf, startFailure } from "./start-failure.ts";

export interface Source {
  readonly name: string;
  /** Two sources with the same key need no restart between them. */
  readonly key: string;
  readonly running: RunningSource;
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
  answer(source: string, message: Incoming, signal: AbortSignal): Promise<Answered>;
}

/** What a bundle's sources are, not yet started. */
export function planSources(
  context: Context,
  connectors: Readonly<Record<string, Connector>>,
  program: Program,
  { accept, answer }: Doors,
): readonly SourcePlan[] {
  if (program.bundle.paused || program.draining) return [];
  return Object.keys(program.bundle.sources).map((name) =>
    planSource(context, connectors, program, name, { accept, answer }),
  );
}

function planSource(
  context: Context,
  connectors: Readonly<Record<string, Connector>>,
  program: Program,
  name: string,
  { accept, answer }: Doors,
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
  return {
    name,
    key,
    start: async () => {
      try {
        const running = await startSource({
          tenant,
          integration,
          name,
          settings,
          ...(contract === undefined ? {} : { contract }),
          accept: (message) => accept(name, message),
          ...(replies ? { answer: (message: Incoming, signal: AbortSignal) => answer(name, message, signal) } : {}),
          refuse: (reason, type) => context.tell({ kind: "refused", source: name, reason: mask(reason), class: type }),
          state: sourceState(context, name),
          clock,
          log,
        });
        return { name, key, running };
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
