// The whole workspace: contexts and settings, contracts, tenants with their connections and integrations.

import type { Manifest } from "../../schema/connector.ts";
import { isJsonObject, type Json, type JsonSchema } from "../../schema/json.ts";
import type { DefaultsSpec, TenantSpec, WorkspaceSpec } from "../../schema/spec.gen.ts";
import type { Spec, Unchecked } from "../2-parse/spec.ts";
import type { Connection, Integration, Tenant, Workspace } from "../integration.ts";
import { child, findingAt, type Report, type Site } from "../value.ts";
import { reportSharedAddresses } from "./addresses.ts";
import { resolveContexts } from "./contexts.ts";
import type { Contracts } from "./contracts.ts";
import { checkGrants } from "./granted.ts";
import { resolveIntegration, type Surroundings } from "./integration.ts";
import { reportMoves } from "./moved.ts";
import { resolveObjects } from "./objects.ts";
import { resolveQuotas } from "./quotas.ts";
import type { ResolveIntegration } from "./resolver.ts";
import { resolveSettings } from "./settings.ts";
import { declaredStreams, type Streams } from "./stream.ts";
import { type Files, readSettings } from "./use.ts";

export function resolveWorkspace(
  specs: readonly Spec[],
  contracts: Contracts,
  manifests: readonly Manifest[],
  files: Pick<Surroundings, "text" | "scripts">,
  report: Report,
  resolve: ResolveIntegration = resolveIntegration,
): Workspace | undefined {
  reportTwins(specs, report);
  const root = specs.find((spec) => spec.kind === "workspace");
  if (root === undefined || !isJsonObject(root.value)) return undefined;
  const settingsSchema = resolveSettings(root, report);
  const { defaults }: Unchecked<WorkspaceSpec> = root.value;
  const { retry }: Unchecked<DefaultsSpec> = isJsonObject(defaults) ? defaults : {};
  const names = [...new Set(specs.filter((spec) => spec.kind !== "workspace").map((spec) => spec.tenant))].sort();
  const contexts = resolveContexts(root, settingsSchema, names, report);
  const streams: Streams = declaredStreams(specs, contracts, report);
  const tenants = names.map((name) => {
    const own = specs.filter((spec) => spec.tenant === name);
    return resolveTenant(
      name,
      own,
      { manifests, contracts, settingsSchema, retry, streams, ...files },
      report,
      resolve,
    );
  });
  const integrations = tenants.flatMap((tenant) => tenant.integrations);
  reportSharedAddresses(integrations, report);
  reportMoves(integrations, report);
  return { name: root.name, contexts, settings: settingsSchema, tenants };
}

function resolveTenant(
  name: string,
  specs: readonly Spec[],
  shared: Pick<Surroundings, "manifests" | "contracts" | "settingsSchema" | "retry" | "streams" | "text" | "scripts">,
  report: Report,
  resolve: ResolveIntegration,
): Tenant {
  const declared = specs.find((spec) => spec.kind === "tenant");
  const secrets = declaredSecrets(declared);
  const connections = resolveConnections(specs, shared.manifests, { secrets, text: shared.text }, report);
  const fragments = new Map(specs.filter(({ kind }) => kind === "fragment").map((spec) => [spec.name, spec]));
  const { quotas, retention, connectors, objects: kept } = tenantKeys(declared);
  const history: Pick<Tenant, "retention"> = retention === "short" || retention === "long" ? { retention } : {};
  const objects =
    declared === undefined
      ? undefined
      : resolveObjects(kept, { spec: declared, path: ["objects"] }, shared.manifests, connections, report);
  const around: Surroundings = {
    ...shared,
    ...history,
    ...(objects === undefined ? {} : { objects }),
    tenant: name,
    secrets,
    connections,
    fragments,
  };
  const integrations = specs
    .filter((spec) => spec.kind === "integration")
    .map((spec) => resolve(spec, around, report))
    .filter((integration): integration is Integration => integration !== undefined)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const owner = declared === undefined ? {} : { site: { spec: declared, path: [] } };
  if (declared !== undefined) {
    const grants = { raw: connectors, site: { spec: declared, path: ["connectors"] } };
    const known = shared.manifests.map((manifest) => manifest.name);
    checkGrants({ name, integrations }, connections.values(), grants, known, report);
  }
  const streams = [...shared.streams.values()].filter(({ tenant }) => tenant === name);
  return { name, ...owner, integrations, streams, quotas: resolveQuotas(quotas), ...history };
}

const tenantKeys = (spec: Spec | undefined): Unchecked<TenantSpec> => (isJsonObject(spec?.value) ? spec.value : {});

function declaredSecrets(spec: Spec | undefined): ReadonlySet<string> {
  const { secrets: raw } = tenantKeys(spec);
  return new Set(Array.isArray(raw) ? raw.filter((name): name is string => typeof name === "string") : []);
}

function resolveConnections(
  specs: readonly Spec[],
  manifests: readonly Manifest[],
  files: Files,
  report: Report,
): ReadonlyMap<string, Connection> {
  const connections = new Map<string, Connection>();
  for (const spec of specs.filter((candidate) => candidate.kind === "connections")) {
    const raw = isJsonObject(spec.value) ? spec.value.connections : undefined;
    if (!isJsonObject(raw)) continue;
    for (const [name, member] of Object.entries(raw)) {
      const site: Site = { spec, path: ["connections", name] };
      const connection = resolveConnection(name, member, site, manifests, files, report);
      const twin = connections.get(name);
      if (twin !== undefined) report(twinFinding("connection", name, site, twin.site));
      else if (connection !== undefined) connections.set(name, connection);
    }
  }
  return connections;
}

function resolveConnection(
  name: string,
  raw: Json | undefined,
  site: Site,
  manifests: readonly Manifest[],
  files: Files,
  report: Report,
): Connection | undefined {
  if (!isJsonObject(raw)) return undefined;
  for (const manifest of manifests) {
    const schema: JsonSchema | undefined = manifest.connection;
    const settings = raw[manifest.name];
    if (schema === undefined || !isJsonObject(settings)) continue;
    const at = child(site, manifest.name);
    return { name, connector: manifest.name, settings: readSettings(schema, settings, at, files, report), site };
  }
  return undefined;
}

/** Two documents of one kind and name in one tenant. */
function reportTwins(specs: readonly Spec[], report: Report): void {
  const seen = new Map<string, Spec>();
  for (const spec of specs) {
    if (spec.kind === "connections" || spec.kind === "tests") continue;
    const owner =
      spec.kind === "workspace"
        ? "workspace"
        : `${spec.tenant}/${spec.kind}/${spec.kind === "tenant" ? "" : spec.name}`;
    const twin = seen.get(owner);
    if (twin === undefined) seen.set(owner, spec);
    else report(twinFinding(spec.kind, spec.name, { spec, path: [spec.kind] }, { spec: twin, path: [twin.kind] }));
  }
}

function twinFinding(what: string, name: string, site: Site, first: Site) {
  return findingAt("VRS2011", site, {
    message: `There is already ${what === "integration" ? "an" : "a"} ${what} \`${name}\` here.`,
    help: "Rename one of them.",
    labels: [{ file: first.spec.file, range: first.spec.locate(first.path), message: "the first one" }],
  });
}
