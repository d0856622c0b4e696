// Starting a source: the connector is given its settings, its small memory and the door to the intake.

import { canonical, sha256 } from "../schema/canonical.ts";
import type { Accepted, Connector, Incoming, RunningSource } from "../schema/connector.ts";
import { standalone } from "../schema/standalone.ts";
import type { Context } from "./context.ts";
import type { Program } from "./program.ts";
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

/** What a bundle's sources are, not yet started. `accept` is asked per message, so that a swap needs no restart. */
export function planSources(
  context: Context,
  connectors: Readonly<Record<string, Connector>>,
  program: Program,
  accept: (source: string, message: Incoming) => Promise<Accepted>,
): readonly SourcePlan[] {
  if (program.bundle.paused || program.draining) return [];
  return Object.keys(program.bundle.sources).map((name) => planSource(context, connectors, program, name, accept));
}

function planSource(
  context: Context,
  connectors: Readonly<Record<string, Connector>>,
  { bundle, code, env }: Program,
  name: string,
  accept: (source: string, message: Incoming) => Promise<Accepted>,
): SourcePlan {
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
  const key = `${kind} ${canonical(settings)} ${contract === undefined ? "" : sha256(canonical(contract))}`;
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
