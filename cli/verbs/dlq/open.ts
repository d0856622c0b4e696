// The way of every `dlq` verb: the tenants that are meant, connected, and the filters as the control plane takes them.

import { type ClusterAccess, openTenants } from "../../../control/access.ts";
import type { TenantConnection } from "../../../control/connect.ts";
import type { LetterFilter } from "../../../control/letters/filter.ts";
import type { ErrorClass } from "../../../schema/outcome.ts";
import { type Cluster, type ClusterOptions, fromControl, tenantsOf } from "../../cluster.ts";
import type { Ready } from "../../compile-workspace.ts";
import { type ExitCode, exit, refuse } from "../../exit.ts";
import { type Io, say } from "../../io.ts";
import { withAccess } from "../../with-access.ts";

export interface LetterOptions extends ClusterOptions {
  readonly json: boolean;
  readonly tenant?: string;
  readonly integration?: string;
  readonly target?: string;
}

export interface FilterOptions extends LetterOptions {
  readonly class?: ErrorClass;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly until?: number;
  readonly id?: string;
  readonly error?: string;
  readonly bundle?: string;
}

export interface Letters {
  readonly ready: Ready;
  readonly access: ClusterAccess;
  readonly cluster: Cluster;
  readonly tenants: readonly TenantConnection[];
}

export function withLetters(
  path: string,
  options: LetterOptions,
  io: Io,
  work: (letters: Letters) => Promise<ExitCode>,
): Promise<ExitCode> {
  return withAccess(path, options, io, async (ready, access, cluster) => {
    const all = tenantsOf(ready);
    const meant = all.filter((tenant) => options.tenant === undefined || tenant === options.tenant);
    if (options.tenant !== undefined && meant.length === 0) {
      const help = `It has ${all.join(", ")}.`;
      return say(io, refuse(exit.findings, `The workspace has no tenant \`${options.tenant}\`.`, help).refusal);
    }
    const opened = await openTenants(access, meant);
    if (!opened.ok) return say(io, fromControl(opened.failure).refusal);
    return await work({ ready, access, cluster, tenants: opened.value });
  });
}

export function filterOf(options: FilterOptions, ids: readonly string[] = []): LetterFilter {
  const { integration, target, class: kind, since, until, id, error, bundle } = options;
  return {
    ...(integration === undefined ? {} : { integration }),
    ...(target === undefined ? {} : { target }),
    ...(kind === undefined ? {} : { class: kind }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(id === undefined ? {} : { idPrefix: id }),
    ...(error === undefined ? {} : { error }),
    ...(bundle === undefined ? {} : { bundle }),
    ...(ids.length === 0 ? {} : { ids }),
  };
}
