// What the steps of a bundle ask for, and what its worker must be able to do.

import type { Bundle, BundleAsk } from "../../schema/bundle.ts";
import { allSteps } from "../3-resolve/integration.ts";
import { isBlob } from "../3-resolve/objects.ts";
import { toPlace } from "../5-lower/places.ts";
import type { CallStep, Integration, ScriptStep } from "../integration.ts";

export function emitAsks(integration: Integration): Pick<Bundle, "asks"> {
  const asks = allSteps([...integration.sources, integration, ...integration.targets]).flatMap((step) =>
    step.kind === "call" || step.kind === "script" ? [[step.key, emitAsk(step)] as const] : [],
  );
  return asks.length === 0 ? {} : { asks: Object.fromEntries(asks) };
}

function emitAsk(step: CallStep | ScriptStep): BundleAsk {
  const place = toPlace(step.site);
  if (step.kind === "script") {
    const { timeout, memory, code } = step;
    return {
      kind: "script",
      code,
      ...(timeout === undefined ? {} : { timeout }),
      ...(memory === undefined ? {} : { memory }),
      place,
    };
  }
  const { use, cache, retry, onError } = step;
  return {
    kind: "call",
    connector: use.manifest.name,
    ...(use.connection === undefined ? {} : { connection: use.connection.name }),
    ...(cache === undefined ? {} : { cache }),
    ...(retry === undefined ? {} : { retry }),
    ...(onError.unavailable === undefined || onError.unavailable === "dead" ? {} : { handles: true }),
    place,
  };
}

/** Named as the author knows them, so that a worker that lacks one can say so. */
export function emitNeeds(integration: Integration): Pick<Bundle, "needs"> {
  const { sources, targets, reply, orderBy, ephemeral } = integration;
  const asks = allSteps([...sources, integration, ...targets]);
  const used: Readonly<Record<string, boolean>> = {
    batch: targets.some(({ batch }) => batch !== undefined),
    call: asks.some(({ kind }) => kind === "call"),
    "limit.rate": targets.some(({ limit }) => limit?.rate !== undefined),
    "on-error to a target": targets.some(({ onError }) => Object.values(onError).some((r) => typeof r === "object")),
    "order-by": orderBy !== undefined,
    reply: reply !== undefined,
    "format: blob": [...sources, ...targets].some(({ use }) => isBlob(use)),
    objects: integration.objects !== undefined,
    script: asks.some(({ kind }) => kind === "script"),
    "transport: ephemeral": ephemeral,
  };
  const needs = Object.keys(used).filter((name) => used[name]);
  return needs.length === 0 ? {} : { needs };
}
