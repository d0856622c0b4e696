// One integration: from a validated spec to names looked up and defaults filled in.

import type { RetryPolicy } from "../../schema/bundle.ts";
import type { Manifest } from "../../schema/connector.ts";
import { isJsonObject, type JsonObject, type JsonSchema } from "../../schema/json.ts";
import type { ArmSpec, IntegrationSpec, RetrySpec, SourceSpec, TargetSpec } from "../../schema/spec.gen.ts";
import { parseDuration } from "../../schema/units.ts";
import type { Spec, Unchecked } from "../2-parse/spec.ts";
import type { Arm, Connection, Contract, Integration, Source, Target, Use } from "../integration.ts";
import { child, findingAt, type Report, readValue, type Site } from "../value.ts";
import { type Contracts, resolveContract } from "./contracts.ts";
import { dedupeDefault, retryDefaults } from "./defaults.ts";
import { unknownName } from "./names.ts";
import { sourceScope } from "./scope.ts";
import { resolveCondition, resolveSteps } from "./steps.ts";
import { resolveUse } from "./use.ts";

/** What an integration is resolved against. */
export interface Surroundings {
  readonly manifests: readonly Manifest[];
  readonly contracts: Contracts;
  readonly connections: ReadonlyMap<string, Connection>;
  readonly secrets: ReadonlySet<string>;
  readonly settingsSchema: JsonSchema;
  /** The workspace's `defaults.retry`, unread. */
  readonly retry: unknown;
}

export function resolveIntegration(spec: Spec, around: Surroundings, report: Report): Integration | undefined {
  if (!isJsonObject(spec.value)) return undefined;
  const raw: Unchecked<IntegrationSpec> = spec.value;
  const site: Site = { spec, path: [] };
  const found = new Map<string, Contract>();
  const contract = contractReader(around.contracts, found, report);
  const source = resolveSource(raw.source, child(site, "source"), around, contract, report);
  const steps = resolveSteps(raw.steps, child(site, "steps"), contract, report);
  const targets = resolveTargets(raw.targets, child(site, "targets"), around, contract, report);
  const route = resolveRoute(raw.route, child(site, "route"), targets, report);
  if (source === undefined) return undefined;
  return {
    tenant: spec.tenant,
    name: spec.name,
    site,
    ...(typeof raw.description === "string" ? { description: raw.description } : {}),
    ...(isJsonObject(raw.labels) ? { labels: texts(raw.labels) } : {}),
    paused: raw.paused === true,
    source,
    steps,
    ...(route === undefined ? {} : { route }),
    targets,
    contracts: found,
    settingsSchema: around.settingsSchema,
    secrets: around.secrets,
  };
}

type ContractReader = (raw: unknown, site: Site) => Contract | undefined;

function contractReader(contracts: Contracts, found: Map<string, Contract>, report: Report): ContractReader {
  return (raw, site) => {
    const contract = resolveContract(raw, site, inlineKey(site), contracts, report);
    if (contract !== undefined) found.set(contract.key, contract);
    return contract;
  };
}

/** `source.contract` → `source`; `targets.slack.steps.0.contract` → `targets.slack.steps.0`. */
function inlineKey(site: Site): string {
  return site.path.slice(0, -1).join(".");
}

function resolveSource(
  raw: unknown,
  site: Site,
  around: Surroundings,
  readContract: ContractReader,
  report: Report,
): Source | undefined {
  if (!isJsonObject(raw)) return undefined;
  const use = resolveConnector(raw, site, "source", around, report);
  if (use === undefined) return undefined;
  const keys: Unchecked<SourceSpec> = raw;
  const contract = resolveSourceContract(keys, site, use, readContract, report);
  const messageId =
    keys["message-id"] === undefined
      ? undefined
      : readValue(keys["message-id"], child(site, "message-id"), sourceScope, report);
  return {
    name: use.manifest.name,
    site,
    use,
    ...(contract === undefined ? {} : { contract }),
    ...(messageId === undefined ? {} : { messageId }),
    steps: resolveSteps(keys.steps, child(site, "steps"), readContract, report),
    dedupe: duration(keys.dedupe) ?? dedupeDefault,
  };
}

function resolveSourceContract(
  raw: Unchecked<SourceSpec>,
  site: Site,
  use: Use,
  readContract: ContractReader,
  report: Report,
): Contract | undefined {
  if ("contract" in raw) return readContract(raw.contract, child(site, "contract"));
  const own = use.manifest.source?.body;
  if (own !== undefined) return { key: "source", name: `${use.manifest.name} body`, schema: own, site };
  report(
    findingAt(
      "VRS2009",
      site,
      {
        message: "The source has no contract, so nothing after it can be checked.",
        help: "Add `contract: order@1`, a short one such as `contract: { id: string }`, or `contract: any`.",
      },
      "key",
    ),
  );
  return undefined;
}

/** The one key of a source or target that names a connector. Unknown keys were reported by the schema. */
function resolveConnector(
  raw: JsonObject,
  site: Site,
  side: "source" | "target",
  around: Surroundings,
  report: Report,
): Use | undefined {
  for (const manifest of around.manifests) {
    const schema = manifest[side]?.settings;
    if (schema === undefined || !Object.hasOwn(raw, manifest.name)) continue;
    return resolveUse(manifest, schema, raw[manifest.name], child(site, manifest.name), around, report);
  }
  return undefined;
}

function resolveTargets(
  raw: unknown,
  site: Site,
  around: Surroundings,
  readContract: ContractReader,
  report: Report,
): readonly Target[] {
  if (!isJsonObject(raw)) return [];
  return Object.entries(raw).flatMap(([name, member]) => {
    const at = child(site, name);
    if (!isJsonObject(member)) return [];
    const use = resolveConnector(member, at, "target", around, report);
    if (use === undefined) return [];
    const keys: Unchecked<TargetSpec> = member;
    const contract = keys.contract === undefined ? undefined : readContract(keys.contract, child(at, "contract"));
    const when = keys.when === undefined ? undefined : resolveCondition(keys.when, child(at, "when"), report);
    return [
      {
        name,
        site: at,
        use,
        ...(when === undefined ? {} : { when }),
        steps: resolveSteps(keys.steps, child(at, "steps"), readContract, report),
        ...(contract === undefined ? {} : { contract }),
        retry: resolveRetry(keys.retry, around.retry),
        onError: keys["on-error"] === "drop" ? ("drop" as const) : ("dead" as const),
      },
    ];
  });
}

function resolveRoute(
  raw: unknown,
  site: Site,
  targets: readonly Target[],
  report: Report,
): readonly Arm[] | undefined {
  if (!Array.isArray(raw)) return undefined;
  const names = new Set(targets.map((target) => target.name));
  const reached = new Set<string>();
  const arms = raw.flatMap((item: unknown, index): Arm[] => {
    if (!isJsonObject(item)) return [];
    const arm: Unchecked<ArmSpec> = item;
    const at = child(site, index);
    const to = Array.isArray(arm.to) ? arm.to.filter((name): name is string => typeof name === "string") : [];
    for (const [position, name] of to.entries()) {
      if (!names.has(name)) {
        const place = child(child(at, "to"), position);
        report(unknownName("VRS2008", place, name, names, { what: "target", where: "`targets`" }));
      }
      reached.add(name);
    }
    const when = arm.when === undefined ? undefined : resolveCondition(arm.when, child(at, "when"), report);
    return [{ site: at, to, ...(when === undefined ? {} : { when }) }];
  });
  reportDeadArms(arms, report);
  for (const target of targets) if (!reached.has(target.name)) reportUnreached(target, report);
  return arms;
}

function reportDeadArms(arms: readonly Arm[], report: Report): void {
  const open = arms.findIndex((arm) => arm.when === undefined);
  if (open === -1 || open === arms.length - 1) return;
  const arm = arms[open];
  if (arm === undefined) return;
  report(
    findingAt("VRS2018", arm.site, {
      message: "This arm has no `when`, so the arms below it are never reached.",
      help: "Move it to the end, or give it a `when`.",
    }),
  );
}

function reportUnreached(target: Target, report: Report): void {
  report(
    findingAt(
      "VRS2017",
      target.site,
      {
        message: `No route arm names target \`${target.name}\`, so it would never get a message.`,
        help: "Name it in an arm's `to`, or remove it.",
      },
      "key",
    ),
  );
}

function resolveRetry(own: unknown, inherited: unknown): RetryPolicy {
  const merged: Unchecked<RetrySpec> = { ...object(inherited), ...object(own) };
  const attempts = merged.attempts;
  return {
    for: duration(merged.for) ?? retryDefaults.for,
    initial: duration(merged.initial) ?? retryDefaults.initial,
    max: duration(merged.max) ?? retryDefaults.max,
    multiplier: typeof merged.multiplier === "number" ? merged.multiplier : retryDefaults.multiplier,
    ...(typeof attempts === "number" ? { attempts } : {}),
  };
}

function duration(raw: unknown): number | undefined {
  return typeof raw === "string" ? parseDuration(raw) : undefined;
}

function object(raw: unknown): JsonObject {
  return isJsonObject(raw) ? raw : {};
}

function texts(raw: JsonObject): Record<string, string> {
  return Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, String(value)]));
}
