// What redrive and purge have in common: they act upon exactly what was there when they began, in view of the user, leave
// word of it in the audit record before and after, and stop cleanly when told to.

import { setTimeout as sleep } from "node:timers/promises";
import { failureOf } from "../../../control/failure.ts";
import type { LetterFilter } from "../../../control/letters/filter.ts";
import { type PaceClock, paced } from "../../../control/letters/paced.ts";
import { groupsOf, type Selected, selectLetters } from "../../../control/letters/select.ts";
import { type AuditKind, audit } from "../../../control/platform/audit.ts";
import { headRevision, isDamaged } from "../../../control/platform/revisions.ts";
import type { JsonObject } from "../../../schema/json.ts";
import { actorOf } from "../../actor.ts";
import { fromControl } from "../../cluster.ts";
import { exit, ok, type Refusal, type Result, refuse } from "../../exit.ts";
import type { Io } from "../../io.ts";
import { progress } from "../../progress.ts";
import { type FilterOptions, filterOf, type Letters } from "./open.ts";

export interface ActOptions extends FilterOptions {
  readonly all?: boolean;
  readonly limit?: number;
}

export interface Chosen {
  readonly selected: readonly Selected[];
  /** Of the ids that were given. */
  readonly unknown: readonly string[];
  readonly filter: LetterFilter;
}

export async function choose(
  { tenants }: Letters,
  ids: readonly string[],
  options: ActOptions,
): Promise<Result<Chosen>> {
  const filter = filterOf(options, ids);
  const found = await selectLetters(tenants, filter, options.limit);
  if (!found.ok) return fromControl(found.failure);
  const known = new Set(found.value.flatMap(({ id, idHash }) => [id, idHash]));
  return ok({ selected: found.value, unknown: ids.filter((id) => !known.has(id)), filter });
}

export const unknownIds = (unknown: readonly string[]): Refusal =>
  refuse(
    exit.findings,
    unknown.length === 1 ? `No dead letter has the id ${unknown[0]}.` : `No dead letters: ${unknown.join(", ")}.`,
    "`vrsky dlq list` shows them; what was redriven or purged is gone from there. Items of a split: `--id ID.`",
  ).refusal;

export interface Ended {
  readonly interrupted: boolean;
  /** What stopped it before its end. */
  readonly refusal?: Refusal;
}

export interface Acting {
  readonly what: "redriven" | "purged" | "checked";
  /** Letters. */
  readonly perSecond?: number;
  /** So many letters at once; one when not said. */
  readonly together?: number;
  readonly work: (letters: readonly Selected[]) => Promise<void>;
}

const doing = { redriven: "redriving", purged: "purging", checked: "checking" } as const;

/** Never throws: what was done until then is for the caller to tell. */
export async function actUpon(selected: readonly Selected[], acting: Acting, io: Io): Promise<Ended> {
  const { what, perSecond, together = 1, work } = acting;
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, abort);
  let done = 0;
  using shown = progress(io, doing[what], selected.length);
  try {
    const pace = perSecond === undefined ? {} : { perSecond: perSecond / together };
    await paced(groupsOf(selected, together), { signal: stop.signal, clock, ...pace }, async (letters) => {
      await work(letters);
      done += letters.length;
      shown.at(done);
    });
    return { interrupted: stop.signal.aborted && done < selected.length };
  } catch (error) {
    return { interrupted: false, refusal: fromControl(failureOf(error, "the dead letters")).refusal };
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, abort);
  }
}

const clock: PaceClock = {
  monotonic: () => performance.now(),
  pause: async (ms, signal) => {
    await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  },
};

/** Who does it, for the record and for the letters. */
export const whoActs = ({ ready }: Letters, io: Io): string => actorOf(ready.folder, io.env).by;

/** Undefined when it is written down. */
export async function writeAudit(
  { access, ready }: Pick<Letters, "access" | "ready">,
  io: Io,
  what: AuditKind,
  detail: JsonObject,
): Promise<Refusal | undefined> {
  const { workspace } = ready.topology;
  try {
    const head = await headRevision(access.platform, workspace);
    const revision = head === undefined || isDamaged(head) ? 0 : head.revision;
    const at = new Date().toISOString();
    await audit(access.platform, { workspace, what, at, revision, detail, ...actorOf(ready.folder, io.env) });
    return undefined;
  } catch (error) {
    return fromControl(failureOf(error, "writing the audit record")).refusal;
  }
}

/** Names of messages in an audit record: enough to find them, not so many that it does not fit. */
const mostNamed = 1_000;

export function auditDetail({ selected, filter }: Chosen, options: ActOptions): JsonObject {
  const { ids: _, since, until, ...rest } = filter;
  return {
    letters: selected.length,
    ...(options.tenant === undefined ? {} : { tenant: options.tenant }),
    ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, String(value)])),
    ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
    named: selected
      .slice(0, mostNamed)
      .map(({ of, integration, target, id, idHash }) => `${of.tenant}/${integration}/${target} ${id ?? idHash}`),
  };
}
