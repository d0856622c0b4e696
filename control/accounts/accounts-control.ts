// Accounts of tenants in operator mode: what is live, what is wanted, and the change from one to the other while the
// server and its workers go on.

import type { JsonObject } from "../../schema/json.ts";
import { nothingShared, sharing } from "../../schema/sharing.ts";
import type { TenantTopology, Topology } from "../../schema/topology.ts";
import type { AccountsControl } from "../access.ts";
import { concurrently } from "../concurrently.ts";
import { type ControlFailure, controlError } from "../failure.ts";
import type { AccountFacts } from "../keys/claims-account.ts";
import { deletionClaims } from "../keys/claims-operator.ts";
import { seconds, signJwt } from "../keys/jwt.ts";
import { operatorSigner, withTenants } from "../keys/make.ts";
import type { KeyStore } from "../keys/store.ts";
import type { AccountKeys } from "../keys/stored.ts";
import { fieldsOf, mergedRevocations, readFacts, tenantFacts, tenantOf, workspaceOf } from "./facts.ts";
import type { Resolver } from "./resolver.ts";
import { accountJwt } from "./server-conf.ts";
import { sharingClaims } from "./sharing-claims.ts";

export interface AccountsControlOptions {
  readonly store: KeyStore;
  readonly resolver: Resolver;
  /** Whose accounts they are, and what they share. */
  readonly wanted: Topology;
  readonly now: () => Date;
}

export function createAccountsControl(options: AccountsControlOptions): AccountsControl {
  const { store, resolver, now } = options;
  const { workspace } = options.wanted;
  const shared = sharing(options.wanted);
  const keysOf = (tenant: string): AccountKeys | undefined => store.keys().tenants[tenant];
  let making: Promise<void> | undefined;
  const sharedBy = (tenant: TenantTopology) => shared.get(tenant.account.name) ?? nothingShared;
  const factsOf = (tenant: TenantTopology, keys: AccountKeys): AccountFacts =>
    tenantFacts(workspace, tenant, keys, sharingClaims(sharedBy(tenant), keys.identity.publicKey, keysOf, now()));
  return {
    observe: async (tenants) => {
      const live = (await listed(resolver)) ?? (await lookedUp(resolver, tenants, keysOf));
      const found = new Map<string, JsonObject>();
      for (const facts of live) {
        const tenant = tenantOf(facts);
        if (tenant === undefined || !(tenants.includes(tenant) || workspaceOf(facts) === workspace)) continue;
        const keys = keysOf(tenant);
        refuseOtherWorkspace(tenant, facts, workspace);
        refuseForeign(tenant, facts, keys);
        // What was revoked elsewhere stays revoked and is no difference.
        const revoked = Object.entries(facts.revocations).filter(([key]) => keys?.revocations[key] !== undefined);
        found.set(tenant, fieldsOf({ ...facts, revocations: Object.fromEntries(revoked) }));
      }
      return found;
    },
    wanted: (tenant) => {
      const keys = keysOf(tenant.tenant);
      return fieldsOf(factsOf(tenant, keys ?? stillToBeMade));
    },
    put: async (tenant) => {
      // For all at once: each change reads and writes the store.
      making ??= makeKeys(store, options.wanted, now());
      await making;
      const keys = keysOf(tenant.tenant);
      if (keys === undefined) throw controlError(noKeys(store, tenant.tenant));
      const facts = factsOf(tenant, keys);
      const live = await resolver.lookup(facts.subject);
      const before = live === undefined ? undefined : readFacts(live);
      refuseOtherWorkspace(tenant.tenant, before, workspace);
      const revocations = mergedRevocations(before?.revocations ?? {}, facts.revocations);
      await resolver.update(accountJwt(store.keys(), { ...facts, revocations }, now()), `account ${tenant.tenant}`);
    },
    remove: async (tenant) => {
      const keys = keysOf(tenant);
      if (keys === undefined) throw controlError(noKeys(store, tenant));
      const signer = operatorSigner(store.keys().operator);
      const order = deletionClaims(signer.publicKey, [keys.identity.publicKey]);
      await resolver.remove(signJwt(order, signer, seconds(now())), `account ${tenant}`);
    },
  };
}

async function listed(resolver: Resolver): Promise<readonly AccountFacts[] | undefined> {
  return (await resolver.list())?.flatMap((claims) => readFacts(claims) ?? []);
}

async function lookedUp(
  resolver: Resolver,
  tenants: readonly string[],
  keysOf: (tenant: string) => AccountKeys | undefined,
): Promise<readonly AccountFacts[]> {
  const known = tenants.flatMap((tenant) => keysOf(tenant)?.identity.publicKey ?? []);
  const live = await concurrently(known, 16, (key) => resolver.lookup(key));
  return live.flatMap((claims) => (claims === undefined ? [] : (readFacts(claims) ?? [])));
}

/** An account of that name that other keys rule: ours would stand beside it, without its streams. */
function refuseForeign(tenant: string, facts: AccountFacts, keys: AccountKeys | undefined): void {
  if (keys?.identity.publicKey === facts.subject) return;
  const owner = workspaceOf(facts) ?? "nobody";
  const message = `tenant ${tenant} has an account on this cluster already, ${facts.subject} of workspace ${owner}, whose keys are not in this key store`;
  throw controlError({ kind: "conflict", message, conflicts: ["use the key store that it was made with"] });
}

function refuseOtherWorkspace(tenant: string, live: AccountFacts | undefined, workspace: string): void {
  const owner = live === undefined ? undefined : workspaceOf(live);
  if (owner === undefined || owner === workspace) return;
  const message = `tenant ${tenant} belongs to workspace ${owner} on this cluster`;
  throw controlError({
    kind: "conflict",
    message,
    conflicts: [`destroy it there, or give the tenant another name here`],
  });
}

async function makeKeys(store: KeyStore, wanted: Topology, now: Date): Promise<void> {
  const names = wanted.tenants.map(({ tenant }) => tenant);
  const missing = names.filter((tenant) => store.keys().tenants[tenant] === undefined);
  const [first] = missing;
  if (first === undefined) return;
  if (!store.writable) throw controlError(noKeys(store, first));
  const changed = await store.change((keys) => withTenants(keys, missing, now));
  if (!changed.ok) throw controlError(changed.failure);
}

const noKeys = ({ place }: KeyStore, tenant: string): ControlFailure => ({
  kind: "credentials",
  message: `tenant ${tenant} has no keys in ${place}: \`vrsky keys init\` adds those of new tenants`,
});

/** In place of the keys of a tenant that apply brings for the first time. */
const none = { publicKey: "new", seed: "", kind: "account", created: "" } as const;
const stillToBeMade: AccountKeys = {
  identity: none,
  signing: [
    { ...none, role: "control" },
    { ...none, role: "worker" },
  ],
  users: [],
  revocations: {},
};
