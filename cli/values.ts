// The values that a context gives to bundles: settings as they are written, secrets from the provider.

import { startFailure } from "../runtime/start-failure.ts";
import type { Bundle } from "../schema/bundle.ts";
import type { JsonObject } from "../schema/json.ts";
import type { Env } from "../schema/worker.ts";
import type { Cluster } from "./cluster.ts";
import type { Ready } from "./compile-workspace.ts";
import { ok, type Result } from "./exit.ts";
import type { Io } from "./io.ts";
import { readSecrets } from "./secrets.ts";

export interface ValuesOptions {
  readonly ready: Ready;
  readonly cluster: Cluster;
  /** Instead of the context's own values: what a demo or test must point elsewhere. */
  readonly settings?: JsonObject;
  readonly io: Io;
}

/** What the bundles of one tenant are given. A name without a value is refused with what to do about it. */
export function valuesFor(
  { ready, cluster, settings, io }: ValuesOptions,
  tenant: string,
  bundles: readonly Bundle[],
): Result<Env> {
  const context = ready.manifest.contexts[cluster.name] ?? cluster.context;
  const names = [...new Set(bundles.flatMap(({ secrets }) => secrets))].sort();
  const secrets = readSecrets(context.secrets, tenant, names, { folder: ready.folder, env: io.env });
  return secrets.ok ? ok({ settings: { ...context.settings, ...settings }, secrets: secrets.value }) : secrets;
}

/** The same for one bundle; throws a StartFailure. */
export function bundleValues(options: ValuesOptions, bundle: Bundle): Env {
  const values = valuesFor(options, bundle.tenant, [bundle]);
  if (values.ok) return values.value;
  const { message, help } = values.refusal;
  throw startFailure("incomplete", help === undefined ? message : `${message} ${help}`);
}
