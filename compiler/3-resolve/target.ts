// Where messages leave: `targets:`, by name.

import { isJsonObject, type JsonObject } from "../../schema/json.ts";
import type { TargetSpec } from "../../schema/spec.gen.ts";
import type { Unchecked } from "../2-parse/spec.ts";
import type { Contract, Target } from "../integration.ts";
import { child, findingAt, type Report, type Site } from "../value.ts";
import { reportBatch, resolveBatch } from "./batch.ts";
import { resolveConnector } from "./connector.ts";
import { changesSetting, declaredTable } from "./declared-table.ts";
import { errorTargets, resolveOnError } from "./on-error.ts";
import { reportOutlasted } from "./outlasts.ts";
import { resolveLimit, resolveRetry } from "./read-keys.ts";
import { batchRoots, messageScope } from "./scope.ts";
import { type Reading, resolveCondition, resolveSteps } from "./steps.ts";
import { streamOf } from "./stream.ts";
import { reportSubject } from "./subject.ts";

/** `failing`: names that some `on-error` sends to; only there is there an `error`. */
export function resolveTargets(
  raw: unknown,
  site: Site,
  failing: ReadonlySet<string>,
  reading: Reading,
): readonly Target[] {
  if (!isJsonObject(raw)) return [];
  return Object.entries(raw).flatMap(([name, member]) => {
    const own: Reading = { ...reading, roots: failing.has(name) ? ["error"] : [] };
    const target = isJsonObject(member) ? resolveTarget(name, member, child(site, name), own) : undefined;
    return target === undefined ? [] : [target];
  });
}

function resolveTarget(name: string, raw: JsonObject, site: Site, reading: Reading): Target | undefined {
  const { around, report } = reading;
  const keys: Unchecked<TargetSpec> = raw;
  const batch = resolveBatch(keys.batch, child(site, "batch"), reading);
  const message = messageScope(reading.roots).roots;
  const roots =
    batch === undefined ? { delivery: message, payload: message } : { delivery: batchRoots, payload: batchRoots };
  const use = resolveConnector(raw, site, "target", around, report, roots);
  if (use === undefined) return undefined;
  reportSubject(use, report);
  reportBatch(batch, use, report);
  const own = keys.contract === undefined ? undefined : reading.contract(keys.contract, child(site, "contract"));
  const stream = streamOf(use, around.tenant, around.streams, "target", report);
  const retry = resolveRetry(keys.retry, around.retry);
  reportOutlasted(use, retry.for, report);
  const table = declaredTable(use, around.contracts, report);
  const rows = changesSetting(use) === undefined ? table?.contract : undefined;
  const contract: Contract | undefined = own ?? stream?.contract ?? rows;
  const when = keys.when === undefined ? undefined : resolveCondition(keys.when, child(site, "when"), reading);
  const limit = resolveLimit(keys.limit);
  const onError = resolveOnError(keys["on-error"], child(site, "on-error"), true, report);
  if (errorTargets(onError).includes(name)) reportItself(name, child(site, "on-error"), report);
  return {
    name,
    site,
    use,
    ...(when === undefined ? {} : { when }),
    steps: resolveSteps(keys.steps, child(site, "steps"), reading),
    ...(contract === undefined ? {} : { contract }),
    retry,
    onError,
    ...(limit === undefined ? {} : { limit }),
    ...(batch === undefined ? {} : { batch }),
    ...(keys.backfill === true ? { backfill: true } : {}),
    ...(stream === undefined ? {} : { stream }),
    ...(table === undefined ? {} : { table }),
  };
}

function reportItself(name: string, site: Site, report: Report): void {
  report(
    findingAt("VRS2033", site, {
      message: `\`${name}\` is not given what it could not take.`,
      help: "Name another target; `retry` is what tries again.",
    }),
  );
}
