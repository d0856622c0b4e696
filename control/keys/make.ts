// New keys and new credentials, as changes of what a store holds. Nothing here is written or sent.

import { platformAccount, systemAccount } from "../../schema/address.ts";
import { createNkey } from "../../schema/nkey.ts";
import type { Role } from "./claims-account.ts";
import { type UserLogin, userClaims } from "./claims-user.ts";
import { seconds, signJwt } from "./jwt.ts";
import type { AccountKeys, IssuedUser, KeptKey, OperatorKeys, RoleKey, StoredKeys } from "./stored.ts";

export function newKeys(name: string, tenants: readonly string[], now: Date): StoredKeys {
  const own: readonly Role[] = ["control"];
  return {
    operator: {
      name,
      identity: kept("operator", now),
      signing: [kept("operator", now)],
      bundles: [kept("operator", now)],
    },
    system: newAccount(own, now),
    platform: newAccount(own, now),
    tenants: Object.fromEntries(tenants.map((tenant) => [tenant, newTenant(now)])),
  };
}

/** Keys for those of the tenants that have none yet. */
export function withTenants(keys: StoredKeys, tenants: readonly string[], now: Date): StoredKeys {
  const missing = tenants.filter((tenant) => keys.tenants[tenant] === undefined);
  if (missing.length === 0) return keys;
  return {
    ...keys,
    tenants: { ...keys.tenants, ...Object.fromEntries(missing.map((name) => [name, newTenant(now)])) },
  };
}

/** Of a tenant, or of PLATFORM or SYS. */
export function accountKeys({ system, platform, tenants }: StoredKeys, name: string): AccountKeys | undefined {
  if (name === systemAccount) return system;
  return name === platformAccount ? platform : tenants[name];
}

export function withAccount(keys: StoredKeys, name: string, edit: (own: AccountKeys) => AccountKeys): StoredKeys {
  if (name === systemAccount) return { ...keys, system: edit(keys.system) };
  if (name === platformAccount) return { ...keys, platform: edit(keys.platform) };
  const own = keys.tenants[name];
  return own === undefined ? keys : { ...keys, tenants: { ...keys.tenants, [name]: edit(own) } };
}

const newTenant = (now: Date): AccountKeys => newAccount(["control", "worker"], now);

function newAccount(roles: readonly Role[], now: Date): AccountKeys {
  return {
    identity: kept("account", now),
    signing: roles.map((role) => roleKey(role, now)),
    users: [],
    revocations: {},
  };
}

function kept(kind: "operator" | "account", now: Date): KeptKey {
  return { ...createNkey(kind), created: now.toISOString() };
}

const roleKey = (role: Role, now: Date): RoleKey => ({ ...kept("account", now), role });

/** A new signing key beside those that are there: what they have signed stays valid. */
export function withSigningKey(keys: AccountKeys, role: Role, now: Date): AccountKeys {
  return { ...keys, signing: [...keys.signing, roleKey(role, now)] };
}

/** Only the newest signing key of the role is left: what the others have signed is refused from then on. */
export function withoutOldKeys(keys: AccountKeys, role: Role): AccountKeys {
  const newest = signingKey(keys, role);
  return { ...keys, signing: keys.signing.filter((key) => key.role !== role || key === newest) };
}

/** The same for what signs bundles; `finish` leaves the newest one. */
export function withBundleKey(keys: StoredKeys, finish: boolean, now: Date): StoredKeys {
  const { bundles } = keys.operator;
  const next = finish ? bundles.slice(-1) : [...bundles, kept("operator", now)];
  return { ...keys, operator: { ...keys.operator, bundles: next } };
}

/** The newest key that signs for the role. */
export function signingKey(keys: AccountKeys, role: Role): RoleKey | undefined {
  return keys.signing.findLast((key) => key.role === role);
}

/** The key that signs accounts: the newest. */
export function operatorSigner({ signing, identity }: OperatorKeys): KeptKey {
  return signing.at(-1) ?? identity;
}

/** What signs bundles and deployment records: the newest. */
export function bundleSigner({ bundles }: OperatorKeys): KeptKey | undefined {
  return bundles.at(-1);
}

export interface UserOptions {
  readonly name: string;
  readonly role: Role;
  readonly now: Date;
  /** Absent: never expires. */
  readonly lastsMs?: number;
}

/** A user whose seed nobody has seen yet; undefined when no key signs for the role. */
export function mintUser(keys: AccountKeys, { name, role, now, lastsMs }: UserOptions): UserLogin | undefined {
  const signer = signingKey(keys, role);
  if (signer === undefined) return undefined;
  const key = createNkey("user");
  const claims = userClaims({
    name,
    subject: key.publicKey,
    account: keys.identity.publicKey,
    ...(lastsMs === undefined ? {} : { expires: seconds(new Date(now.getTime() + lastsMs)) }),
  });
  // Of the second in which all were revoked, everything is refused.
  const issuedAt = Math.max(seconds(now), (keys.revocations["*"] ?? 0) + 1);
  return { key, jwt: signJwt(claims, signer, issuedAt) };
}

/** Remembers to whom credentials were given. */
export function withIssued(
  keys: AccountKeys,
  { key }: UserLogin,
  { name, role, now, lastsMs }: UserOptions,
): AccountKeys {
  const user: IssuedUser = {
    publicKey: key.publicKey,
    name,
    role,
    signer: signingKey(keys, role)?.publicKey ?? "",
    issued: now.toISOString(),
    ...(lastsMs === undefined ? {} : { expires: new Date(now.getTime() + lastsMs).toISOString() }),
  };
  return { ...keys, users: [...keys.users, user] };
}

/** `users`: public keys, or `*` for all that were issued until now. */
export function withRevoked(keys: AccountKeys, users: readonly string[], now: Date): AccountKeys {
  const at = seconds(now);
  const hit = ({ publicKey, revoked }: IssuedUser): boolean =>
    revoked === undefined && (users.includes("*") || users.includes(publicKey));
  return {
    ...keys,
    users: keys.users.map((user) => (hit(user) ? { ...user, revoked: now.toISOString() } : user)),
    revocations: { ...keys.revocations, ...Object.fromEntries(users.map((user) => [user, at])) },
  };
}
