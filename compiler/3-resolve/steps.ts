// Steps and conditions of an integration or a target.

import { isJsonObject } from "../../schema/json.ts";
import type { StepSpec } from "../../schema/spec.gen.ts";
import type { Unchecked } from "../2-parse/spec.ts";
import type { Contract, Step } from "../integration.ts";
import { child, type MapValue, type Report, readValue, type Site, type Value } from "../value.ts";
import { messageScope } from "./scope.ts";

/** Reads `contract:` of a step; the caller knows the workspace's contracts and how to name an inline one. */
export type ReadContract = (raw: unknown, site: Site) => Contract | undefined;

export function resolveSteps(raw: unknown, site: Site, contract: ReadContract, report: Report): readonly Step[] {
  if (!Array.isArray(raw)) return [];
  return raw.flatMap((step: unknown, index) => {
    const read = isJsonObject(step) ? resolveStep(step, child(site, index), contract, report) : undefined;
    return read === undefined ? [] : [read];
  });
}

function resolveStep(
  raw: Unchecked<StepSpec>,
  site: Site,
  readContract: ReadContract,
  report: Report,
): Step | undefined {
  if (raw.filter !== undefined)
    return { kind: "filter", site, condition: resolveCondition(raw.filter, child(site, "filter"), report) };
  if (!isJsonObject(raw.map)) return undefined;
  const value = readValue(raw.map, child(site, "map"), messageScope, report) as MapValue;
  const contract = raw.contract === undefined ? undefined : readContract(raw.contract, child(site, "contract"));
  const when = raw.when === undefined ? undefined : resolveCondition(raw.when, child(site, "when"), report);
  return {
    kind: "map",
    site,
    value,
    ...(typeof raw.as === "string" ? { as: raw.as } : {}),
    ...(when === undefined ? {} : { when }),
    ...(contract === undefined ? {} : { contract }),
  };
}

export function resolveCondition(raw: unknown, site: Site, report: Report): Value {
  return readValue(raw, site, messageScope, report);
}
