// A bundle, loaded: its code checked against its hash, its settings and secrets put in.

import type { Bundle, CodedBundle } from "../schema/bundle.ts";
import { canonical, sha256 } from "../schema/canonical.ts";
import type { Delivery, OpenTarget } from "../schema/connector.ts";
import type { Json } from "../schema/json.ts";
import type { DeliveryResult } from "../schema/outcome.ts";
import type { Env, WorkerCode, WorkerModule } from "../schema/worker.ts";
import { type MayPass, mayPass } from "./prefilter.ts";
import { reasonOf, startFailure } from "./start-failure.ts";

export interface Program {
  readonly bundle: Bundle;
  readonly code: WorkerCode;
  /** A look at the bytes that spares parsing what the first filter drops. */
  readonly mayPass?: MayPass;
  /** What the bundle names of the context, nothing else. */
  readonly env: Env;
  /** Nothing is taken in any more; what was accepted is delivered. */
  readonly draining?: true;
  /** Changes with the bundle, with the values it reads and with whether it drains. */
  readonly key: string;
}

/** The bundle that shall run a message, held until `done`. */
export interface Lease {
  readonly program: Program;
  readonly open: OpenTarget;
  /** Instead of `open`, where deliveries are collected. Never rejects. */
  readonly send?: (delivery: Omit<Delivery, "signal">) => Promise<DeliveryResult>;
  /** Items of one split message that the target is given at once. */
  readonly together: number;
  /** What its steps may ask, by name. */
  readonly asks: ReadonlyMap<string, OpenTarget>;
  /** False: it was accepted under a contract that the program does not know; ask before the steps run. */
  readonly checked: boolean;
  /** It runs on a share of the keys: what fails with it says nothing of the target. */
  readonly canary: boolean;
  done(): void;
}

/** Makes the `$` that the code of bundles is given (runtime/expression/library.ts). */
export type LibraryFactory = () => unknown;

/** Throws a StartFailure. */
export async function loadProgram(
  { bundle, code }: CodedBundle,
  env: Env,
  library: LibraryFactory,
  draining = false,
): Promise<Program> {
  const name = `${bundle.tenant}/${bundle.integration}`;
  const lacking = (bundle.needs ?? []).filter((need) => !able.has(need));
  if (lacking.length > 0) {
    const what = lacking.map((need) => `\`${need}\``).join(", ");
    throw startFailure("incomplete", `${name} uses ${what}, which this version compiles and does not run yet`);
  }
  const own = ownEnv(bundle, env, name);
  const made = await loadCode({ bundle, code }, library);
  for (const [kind, names] of [
    ["source", Object.keys(bundle.sources)],
    ["target", Object.keys(bundle.targets)],
  ] as const) {
    const known = kind === "source" ? made.sources : made.targets;
    const lost = names.find((member) => !Object.hasOwn(known, member));
    if (lost !== undefined) throw startFailure("damaged", `${name}: the code lacks the ${kind} ${lost}; compile again`);
  }
  const early = made.prefilter === undefined ? {} : { mayPass: mayPass(made.prefilter) };
  const key = `${bundle.hash} ${sha256(canonical(own))}`;
  const program = { bundle, code: made, ...early, env: own };
  return draining ? { ...program, draining, key: `${key} draining` } : { ...program, key };
}

/** Its code alone, without values of a context. Throws a StartFailure. */
export async function loadCode({ bundle, code }: CodedBundle, library: LibraryFactory): Promise<WorkerCode> {
  const name = `${bundle.tenant}/${bundle.integration}`;
  if (sha256(code) !== bundle.worker) {
    throw startFailure("damaged", `${name}: the code is not the one that the bundle was made with; compile again`);
  }
  return makeWorker(await importWorker(code, name), library, name);
}

/** Of what bundles name under `needs`. */
const able: ReadonlySet<string> = new Set([
  "batch",
  "call",
  "format: blob",
  "limit.rate",
  "objects",
  "on-error to a target",
  "order-by",
  "reply",
  "script",
  "transport: ephemeral",
]);

function ownEnv(bundle: Bundle, env: Env, name: string): Env {
  const take = <V extends Json>(
    kind: "setting" | "secret",
    names: readonly string[],
    from: Readonly<Record<string, V>>,
  ) =>
    Object.fromEntries(
      names.map((key): [string, V] => {
        const value = Object.hasOwn(from, key) ? from[key] : undefined;
        if (value !== undefined) return [key, value];
        throw startFailure("incomplete", `${name}: the ${kind} ${key} has no value in this context; give it one`);
      }),
    );
  return {
    settings: take("setting", bundle.settings, env.settings),
    secrets: take("secret", bundle.secrets, env.secrets),
  };
}

async function importWorker(code: string, name: string): Promise<unknown> {
  const url = `data:text/javascript;base64,${Buffer.from(code, "utf8").toString("base64")}`;
  try {
    return await import(url);
  } catch (error) {
    throw startFailure("damaged", `${name}: the code does not load (${reasonOf(error)}); compile again`);
  }
}

function makeWorker(module: unknown, library: LibraryFactory, name: string): WorkerCode {
  if (!isWorkerModule(module)) throw startFailure("damaged", `${name}: the code exports no worker; compile again`);
  try {
    return module.worker(library());
  } catch (error) {
    throw startFailure("damaged", `${name}: the code does not start (${reasonOf(error)})`);
  }
}

function isWorkerModule(module: unknown): module is WorkerModule<unknown> {
  return typeof module === "object" && module !== null && "worker" in module && typeof module.worker === "function";
}
