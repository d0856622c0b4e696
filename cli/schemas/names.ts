// The names that a workspace declares, as far as its documents can be read: what editors offer where one is wanted.

import type { Spec } from "../../compiler/2-parse/spec.ts";
import { isJsonObject, type JsonObject } from "../../schema/json.ts";

export interface WorkspaceNames {
  readonly contracts: readonly string[];
  readonly settings: readonly string[];
  /** In order of their names. */
  readonly tenants: ReadonlyMap<string, TenantNames>;
}

export interface TenantNames {
  /** By name: the connector of each. */
  readonly connections: ReadonlyMap<string, string>;
  readonly secrets: readonly string[];
  /** By name: the parameters as they are declared, `country?` may be left out. */
  readonly fragments: ReadonlyMap<string, readonly string[]>;
  readonly streams: readonly string[];
  /** Streams of other tenants that this one may read: `acme/contacts`. */
  readonly imports: readonly string[];
  readonly integrations: readonly string[];
  /** Of all its integrations. */
  readonly targets: readonly string[];
}

export function namesOf(specs: readonly Spec[], contracts: Iterable<string>): WorkspaceNames {
  const root = specs.find(({ kind }) => kind === "workspace");
  const owners = specs.filter(({ kind }) => kind !== "workspace").map(({ tenant }) => tenant);
  return {
    contracts: [...contracts].sort(),
    settings: keysAt(root, "settings"),
    tenants: new Map(sorted(owners).map((tenant) => [tenant, tenantNames(tenant, specs)])),
  };
}

export const noNames: TenantNames = {
  connections: new Map(),
  secrets: [],
  fragments: new Map(),
  streams: [],
  imports: [],
  integrations: [],
  targets: [],
};

function tenantNames(tenant: string, all: readonly Spec[]): TenantNames {
  const own = all.filter((spec) => spec.tenant === tenant);
  const of = (kind: Spec["kind"]): readonly Spec[] => own.filter((spec) => spec.kind === kind);
  const declared = of("tenant")[0];
  const secrets = memberOf(declared, "secrets");
  const connections = of("connections").flatMap((spec) =>
    Object.entries(objectAt(spec, "connections")).flatMap(([name, one]) => {
      const [connector] = isJsonObject(one) ? Object.keys(one) : [];
      return connector === undefined ? [] : [[name, connector] as const];
    }),
  );
  return {
    connections: new Map(connections),
    secrets: Array.isArray(secrets) ? sorted(secrets.filter((name) => typeof name === "string")) : [],
    fragments: new Map(of("fragment").map((spec) => [spec.name, keysAt(spec, "params")])),
    streams: keysAt(declared, "streams"),
    imports: all.flatMap((spec) => (spec.kind === "tenant" && spec !== declared ? exportedTo(tenant, spec) : [])),
    integrations: sorted(of("integration").map(({ name }) => name)),
    targets: sorted(of("integration").flatMap((spec) => keysAt(spec, "targets"))),
  };
}

function exportedTo(tenant: string, owner: Spec): readonly string[] {
  return Object.entries(objectAt(owner, "streams")).flatMap(([name, stream]) => {
    const to = isJsonObject(stream) ? stream["export-to"] : undefined;
    return Array.isArray(to) && to.includes(tenant) ? [`${owner.tenant}/${name}`] : [];
  });
}

const memberOf = (spec: Spec | undefined, key: string) => (isJsonObject(spec?.value) ? spec.value[key] : undefined);

function objectAt(spec: Spec | undefined, key: string): JsonObject {
  const value = memberOf(spec, key);
  return isJsonObject(value) ? value : {};
}

const keysAt = (spec: Spec | undefined, key: string): readonly string[] => Object.keys(objectAt(spec, key));

const sorted = (names: readonly string[]): readonly string[] => [...new Set(names)].sort();
