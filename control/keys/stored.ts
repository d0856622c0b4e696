// What a key store holds, and its form as JSON: one text per part, so that a change of one tenant touches one file.

import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import { type Nkey, type NkeyKind, nkeyFromSeed } from "../../schema/nkey.ts";
import type { Role } from "./claims-account.ts";

export interface KeptKey extends Nkey {
  /** ISO 8601, UTC. */
  readonly created: string;
}

export interface RoleKey extends KeptKey {
  readonly role: Role;
}

export interface OperatorKeys {
  readonly name: string;
  readonly identity: KeptKey;
  /** Oldest first; the last one signs, all are trusted. */
  readonly signing: readonly KeptKey[];
  /** With which bundles and deployment records are signed: no account of it is. */
  readonly bundles: readonly KeptKey[];
}

/** Credentials that were given to somebody; the seed is theirs alone. */
export interface IssuedUser {
  readonly publicKey: string;
  readonly name: string;
  readonly role: Role;
  /** Public key that signed: when it goes, they are refused. */
  readonly signer: string;
  /** ISO 8601, UTC. */
  readonly issued: string;
  readonly expires?: string;
  readonly revoked?: string;
}

export interface AccountKeys {
  readonly identity: KeptKey;
  /** Oldest first; the last one of a role signs, all are trusted. */
  readonly signing: readonly RoleKey[];
  readonly users: readonly IssuedUser[];
  /** As in the account's claims: public key of a user or `*`, to seconds since 1970. */
  readonly revocations: Readonly<Record<string, number>>;
}

export interface StoredKeys {
  readonly operator: OperatorKeys;
  /** The server's own account. */
  readonly system: AccountKeys;
  /** The control plane's own account. */
  readonly platform: AccountKeys;
  /** By name. */
  readonly tenants: Readonly<Record<string, AccountKeys>>;
}

/** Name of a part, which is its file without the ending, to its content: `operator`, `system`, `tenants/acme`. */
export type Parts = ReadonlyMap<string, Json>;

export function toParts({ operator, system, platform, tenants }: StoredKeys): Parts {
  const { name, identity, signing, bundles } = operator;
  return new Map<string, Json>([
    ["operator", { name, identity: plain(identity), signing: signing.map(plain), bundles: bundles.map(plain) }],
    ["system", accountPart(system)],
    ["platform", accountPart(platform)],
    ...Object.entries(tenants).map(([tenant, keys]): [string, Json] => [`tenants/${tenant}`, accountPart(keys)]),
  ]);
}

const accountPart = ({ identity, signing, users, revocations }: AccountKeys): JsonObject => ({
  identity: plain(identity),
  signing: signing.map((key) => ({ role: key.role, ...plain(key) })),
  users: users.map((user) => ({ ...user })),
  revocations,
});

const plain = ({ publicKey, seed, created }: KeptKey): JsonObject => ({ publicKey, seed, created });

/** The keys, or the name of the part that is missing or damaged. */
export function fromParts(parts: Parts): StoredKeys | { readonly damaged: string } {
  const operator = readOperator(parts.get("operator"));
  const system = readAccount(parts.get("system"));
  const platform = readAccount(parts.get("platform"));
  if (operator === undefined) return { damaged: "operator" };
  if (system === undefined) return { damaged: "system" };
  if (platform === undefined) return { damaged: "platform" };
  const tenants: Record<string, AccountKeys> = {};
  for (const [name, part] of parts) {
    if (!name.startsWith(tenantParts)) continue;
    const keys = readAccount(part);
    if (keys === undefined) return { damaged: name };
    tenants[name.slice(tenantParts.length)] = keys;
  }
  return { operator, system, platform, tenants };
}

export const tenantParts = "tenants/";

/** The parts of a store that is one JSON text: `{ "operator", "system", "platform", "tenants": { … } }`. */
export function partsOf(text: string): Parts | undefined {
  const all = parsedJson(text);
  if (!isJsonObject(all)) return undefined;
  const { tenants, ...others } = all;
  const named = isJsonObject(tenants) ? Object.entries(tenants) : [];
  return new Map([
    ...Object.entries(others),
    ...named.map(([tenant, part]): [string, Json] => [tenantParts + tenant, part]),
  ]);
}

/** The same keys as one JSON text, for a variable of a CI. */
export function oneText(keys: StoredKeys): string {
  const parts = [...toParts(keys)];
  const own = parts.filter(([name]) => !name.startsWith(tenantParts));
  const tenants = parts.flatMap(([name, part]) =>
    name.startsWith(tenantParts) ? [[name.slice(tenantParts.length), part] as const] : [],
  );
  return JSON.stringify({ ...Object.fromEntries(own), tenants: Object.fromEntries(tenants) });
}

export function parsedJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readOperator(part: Json | undefined): OperatorKeys | undefined {
  if (!isJsonObject(part) || typeof part.name !== "string") return undefined;
  const identity = readKey("operator", part.identity);
  const signing = readAll(part.signing, (key) => readKey("operator", key));
  const bundles = readAll(part.bundles, (key) => readKey("operator", key));
  if (identity === undefined || signing === undefined || signing.length === 0 || bundles === undefined)
    return undefined;
  return { name: part.name, identity, signing, bundles };
}

function readAccount(part: Json | undefined): AccountKeys | undefined {
  if (!isJsonObject(part)) return undefined;
  const identity = readKey("account", part.identity);
  const signing = readAll(part.signing, readRoleKey);
  const users = readAll(part.users, readUser);
  const revocations = readRevocations(part.revocations);
  if (identity === undefined || signing === undefined || users === undefined || revocations === undefined)
    return undefined;
  return { identity, signing, users, revocations };
}

function readKey(kind: NkeyKind, value: Json | undefined): KeptKey | undefined {
  if (!isJsonObject(value) || typeof value.seed !== "string" || typeof value.created !== "string") return undefined;
  const key = nkeyFromSeed(value.seed);
  return key?.kind === kind ? { ...key, created: value.created } : undefined;
}

function readRoleKey(value: Json): RoleKey | undefined {
  const key = readKey("account", value);
  const role = isJsonObject(value) ? value.role : undefined;
  return key !== undefined && isRole(role) ? { ...key, role } : undefined;
}

const isRole = (value: unknown): value is Role => value === "control" || value === "worker";

function readUser(value: Json): IssuedUser | undefined {
  if (!isJsonObject(value)) return undefined;
  const { publicKey, name, role, signer, issued, expires, revoked } = value;
  if (typeof publicKey !== "string" || typeof name !== "string" || typeof issued !== "string") return undefined;
  if (!isRole(role) || typeof signer !== "string") return undefined;
  return {
    publicKey,
    name,
    role,
    signer,
    issued,
    ...(typeof expires === "string" ? { expires } : {}),
    ...(typeof revoked === "string" ? { revoked } : {}),
  };
}

function readRevocations(value: Json | undefined): Readonly<Record<string, number>> | undefined {
  if (!isJsonObject(value)) return undefined;
  const entries = Object.entries(value).flatMap(([key, at]) => (typeof at === "number" ? [[key, at] as const] : []));
  return entries.length === Object.keys(value).length ? Object.fromEntries(entries) : undefined;
}

/** Undefined when the list, or one of its members, cannot be read. */
function readAll<T>(value: Json | undefined, read: (member: Json) => T | undefined): readonly T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const members = value.flatMap((member: Json) => read(member) ?? []);
  return members.length === value.length ? members : undefined;
}
