// One integration: from a validated spec to names looked up and defaults filled in.

import type { Retention } from "../../schema/bundle.ts";
import type { Manifest } from "../../schema/connector.ts";
import { isJsonObject, type JsonObject, type JsonSchema } from "../../schema/json.ts";
import type { IntegrationSpec } from "../../schema/spec.gen.ts";
import type { Spec, Unchecked } from "../2-parse/spec.ts";
import type { Connection, Contract, Integration, Source, Step, Target, Use } from "../integration.ts";
import type { ScriptTools } from "../script/bundle.ts";
import { child, type Site } from "../value.ts";
import { resolveArchive } from "./archive.ts";
import { type Contracts, resolveContract } from "./contracts.ts";
import { inMemory, reportKept } from "./ephemeral.ts";
import { objectsOf } from "./objects.ts";
import { errorTargets } from "./on-error.ts";
import { reportUnordered, resolveOrder } from "./order.ts";
import { reportOwnInput } from "./own-input.ts";
import { isAsking, resolveReply } from "./reply.ts";
import { resolveRollout } from "./rollout.ts";
import { reportTarget, resolveRoute } from "./route.ts";
import { resolveSource } from "./source.ts";
import { type Reading, resolveSteps } from "./steps.ts";
import type { Streams } from "./stream.ts";
import { resolveTargets } from "./target.ts";
import type { ReadText } from "./template.ts";

/** What an integration is resolved against. */
export interface Surroundings {
  readonly tenant: string;
  readonly manifests: readonly Manifest[];
  readonly contracts: Contracts;
  readonly connections: ReadonlyMap<string, Connection>;
  readonly fragments: ReadonlyMap<string, Spec>;
  readonly streams: Streams;
  /** Files of the workspace. */
  readonly text: ReadText;
  readonly scripts: ScriptTools;
  readonly secrets: ReadonlySet<string>;
  readonly settingsSchema: JsonSchema;
  /** Absent: standard. */
  readonly retention?: Retention;
  /** The tenant's connection for large contents, and what it says beside. */
  readonly objects?: Use;
  /** The workspace's `defaults.retry`, unread. */
  readonly retry: unknown;
}

type Report = Reading["report"];

export function resolveIntegration(spec: Spec, around: Surroundings, report: Report): Integration | undefined {
  if (!isJsonObject(spec.value)) return undefined;
  const raw: Unchecked<IntegrationSpec> = spec.value;
  const site: Site = { spec, path: [] };
  const found = new Map<string, Contract>();
  const ephemeral = raw.transport === "ephemeral";
  const reading = createReading(ephemeral ? { ...around, retry: inMemory } : around, found, report);
  const sources = resolveSources(raw, site, reading);
  for (const { contract, stream } of sources) {
    for (const each of [contract, stream?.contract]) if (each !== undefined) found.set(each.key, each);
  }
  const steps = resolveSteps(raw.steps, child(site, "steps"), reading);
  const failing = failingTargets(raw);
  const targets = resolveTargets(raw.targets, child(site, "targets"), failing, reading);
  for (const { contract, stream, table } of targets) {
    for (const each of [contract, stream?.contract, table?.contract]) if (each !== undefined) found.set(each.key, each);
  }
  reportErrorTargets(sources, steps, targets, report);
  const route = resolveRoute(raw.route, child(site, "route"), targets, failing, report);
  reportOwnInput({ sources, steps, ...(route === undefined ? {} : { route }), targets }, failing, report);
  const path = { sources, steps: allSteps([...sources.filter(isAsking), { steps }]) };
  const reply = resolveReply(raw.reply, child(site, "reply"), path, reading);
  const orderBy = resolveOrder(raw["order-by"], child(site, "order-by"), allSteps(sources), report);
  if (raw["order-by"] === undefined) reportUnordered(targets, report);
  const rollout = resolveRollout(raw.rollout, child(site, "rollout"), report);
  if (ephemeral) reportKept(raw, site, report);
  const archive = resolveArchive(raw.archive, child(site, "archive"), raw.transport, report);
  if (sources.length === 0) return undefined;
  const objects = objectsOf(sources, around.objects);
  return {
    tenant: spec.tenant,
    name: spec.name,
    site,
    ...(typeof raw.description === "string" ? { description: raw.description } : {}),
    ...(isJsonObject(raw.labels) ? { labels: texts(raw.labels) } : {}),
    paused: raw.paused === true,
    ...(typeof raw["moved-from"] === "string" ? { movedFrom: raw["moved-from"] } : {}),
    sources,
    steps,
    ...(route === undefined ? {} : { route }),
    targets,
    ...(reply === undefined ? {} : { reply }),
    ...(orderBy === undefined ? {} : { orderBy }),
    ...(archive === undefined ? {} : { archive }),
    ephemeral,
    ...(rollout === undefined ? {} : { rollout }),
    ...(objects === undefined ? {} : { objects }),
    ...(around.retention === undefined ? {} : { retention: around.retention }),
    contracts: found,
    settingsSchema: around.settingsSchema,
    secrets: around.secrets,
  };
}

function createReading(around: Surroundings, found: Map<string, Contract>, report: Report): Reading {
  const keys = new Map<string, number>();
  return {
    around,
    report,
    roots: [],
    fragments: [],
    contract: (raw, site) => {
      const contract = resolveContract(raw, site, inlineKey(site), around.contracts, report);
      if (contract !== undefined) found.set(contract.key, contract);
      return contract;
    },
    key: (name) => {
      const count = (keys.get(name) ?? 0) + 1;
      keys.set(name, count);
      return count === 1 ? name : `${name}-${count}`;
    },
  };
}

/** `source.contract` → `source`; `targets.slack.steps.0.contract` → `targets.slack.steps.0`. */
function inlineKey({ spec, path, via }: Site): string {
  const own = path.slice(0, -1).join(".");
  return via === undefined ? own : `fragment.${spec.name}.${own}`;
}

function resolveSources(raw: Unchecked<IntegrationSpec>, site: Site, reading: Reading): readonly Source[] {
  const { sources } = raw;
  const read = isJsonObject(sources)
    ? Object.entries(sources).map(([name, member]) =>
        resolveSource(member, child(child(site, "sources"), name), reading, name),
      )
    : [resolveSource(raw.source, child(site, "source"), reading)];
  return read.filter((source): source is Source => source !== undefined);
}

/** Every target that an `on-error` anywhere in the document names, read before the targets are. */
function failingTargets(raw: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (value: unknown, inside: boolean): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, inside);
    else if (isJsonObject(value)) {
      for (const [key, member] of Object.entries(value)) {
        if (inside && key === "to") for (const name of [member].flat()) found.add(String(name));
        else visit(member, inside || key === "on-error");
      }
    }
  };
  visit(raw, false);
  return found;
}

function reportErrorTargets(
  sources: readonly Source[],
  steps: readonly Step[],
  targets: readonly Target[],
  report: Report,
): void {
  const names = new Set(targets.map(({ name }) => name));
  const all = [...sources, ...targets, ...allSteps([...sources, ...targets, { steps }])];
  for (const part of all) {
    if (!("onError" in part)) continue;
    for (const name of errorTargets(part.onError)) {
      if (!names.has(name)) reportTarget(name, child(part.site, "on-error"), names, report);
    }
  }
}

/** Targets that some `on-error` sends to. Without a route they get nothing else. */
export function failingNames(integration: Pick<Integration, "sources" | "steps" | "targets">): ReadonlySet<string> {
  const { sources, steps, targets } = integration;
  const owners = [...sources, ...targets, ...allSteps([...sources, { steps }, ...targets])];
  return new Set(owners.flatMap((owner) => ("onError" in owner ? errorTargets(owner.onError) : [])));
}

/** Steps of fragments included. */
export function allSteps(owners: readonly { readonly steps: readonly Step[] }[]): readonly Step[] {
  return owners.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.kind === "use" ? [step, ...allSteps([step])] : [step])),
  );
}

function texts(raw: JsonObject): Record<string, string> {
  return Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, String(value)]));
}
