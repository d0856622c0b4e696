// Accounts as data, in three forms that meet here: what a topology wants, what goes into signed claims, and what is read
// back from a server. Wanted and live are compared as the same plain fields.

import { platformAccount, systemAccount } from "../../schema/address.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import type { AccountLimits, Permissions, TenantTopology } from "../../schema/topology.ts";
import {
  type AccountExport,
  type AccountFacts,
  type AccountImport,
  type Role,
  type ScopedKey,
  unlimited,
  withoutStorage,
} from "../keys/claims-account.ts";
import type { SignedClaims } from "../keys/jwt.ts";
import type { AccountKeys, StoredKeys } from "../keys/stored.ts";
import { noSharingClaims, type SharingClaims } from "./sharing-claims.ts";

const workspaceTag = (workspace: string): string => `vrsky.workspace:${workspace}`;
const tenantTag = (tenant: string): string => `vrsky.tenant:${tenant}`;

export function systemFacts({ system }: StoredKeys): AccountFacts {
  return ownFacts(systemAccount, system, withoutStorage);
}

export function platformFacts({ platform }: StoredKeys): AccountFacts {
  return ownFacts(platformAccount, platform, unlimited);
}

function ownFacts(name: string, keys: AccountKeys, limits: AccountLimits): AccountFacts {
  const signing = keys.signing.map(({ publicKey, role }) => ({ key: publicKey, role }));
  const subject = keys.identity.publicKey;
  return { name, subject, tags: [], limits, signing, revocations: keys.revocations, ...noSharingClaims };
}

export function tenantFacts(
  workspace: string,
  tenant: TenantTopology,
  keys: AccountKeys,
  sharing: SharingClaims,
): AccountFacts {
  return {
    name: tenant.account.name,
    subject: keys.identity.publicKey,
    tags: [workspaceTag(workspace), tenantTag(tenant.tenant)],
    limits: tenant.account.limits,
    signing: keys.signing.map(({ publicKey, role }) => ({
      key: publicKey,
      role,
      ...(role === "control" ? {} : { permissions: permissionsOf(tenant, role) }),
    })),
    revocations: keys.revocations,
    ...sharing,
  };
}

/** What all users of the role may do. */
function permissionsOf({ users }: TenantTopology, role: Role): Permissions {
  const all = users.filter((user) => user.role === role).map(({ permissions }) => permissions);
  const union = (lists: readonly (readonly string[])[]): readonly string[] => [...new Set(lists.flat())].sort();
  return { publish: union(all.map(({ publish }) => publish)), subscribe: union(all.map(({ subscribe }) => subscribe)) };
}

/** The same facts in comparable form. A role's rights stand once: its keys all have the same. */
export function fieldsOf(facts: AccountFacts): JsonObject {
  const { limits, signing, exports, imports, revocations, tags } = facts;
  const worker = signing.find(({ role }) => role === "worker")?.permissions;
  const keysOf = (role: Role): readonly string[] =>
    signing.flatMap((key) => (key.role === role ? [key.key] : [])).sort();
  return {
    workspace: tagged(tags, workspaceTag("")) ?? "",
    ...limits,
    // Changing this alone makes the server connect workers anew.
    worker: { publish: [...(worker?.publish ?? [])].sort(), subscribe: [...(worker?.subscribe ?? [])].sort() },
    controlKeys: keysOf("control"),
    workerKeys: keysOf("worker"),
    exports: exports
      .map(({ type, subject, private: closed }) => `${closed ? "private " : ""}${type} ${subject}`)
      .sort(),
    imports: imports
      .map(({ type, subject, account, localSubject }) => importText(type, subject, account, localSubject))
      .sort(),
    revoked: Object.keys(revocations).sort(),
  };
}

const importText = (type: string, subject: string, account: string, local: string | undefined): string =>
  `${type} ${subject} of ${account}${local === undefined || local === subject ? "" : ` as ${local}`}`;

/** The tenant that an account of this workspace belongs to. */
export function tenantOf(facts: AccountFacts): string | undefined {
  return tagged(facts.tags, tenantTag(""));
}

export function workspaceOf(facts: AccountFacts): string | undefined {
  return tagged(facts.tags, workspaceTag(""));
}

const tagged = (tags: readonly string[], prefix: string): string | undefined =>
  tags.find((tag) => tag.startsWith(prefix))?.slice(prefix.length);

/** What a server's account says, in our terms; undefined for what are no claims of an account. */
export function readFacts({ nats, subject, name }: SignedClaims): AccountFacts | undefined {
  if (nats.type !== "account") return undefined;
  return {
    name,
    subject,
    tags: texts(nats.tags),
    limits: readLimits(objectOf(nats.limits)),
    signing: members(nats.signing_keys).flatMap(readScope),
    revocations: readRevocations(objectOf(nats.revocations)),
    exports: members(nats.exports).flatMap(readExport),
    imports: members(nats.imports).flatMap(readImport),
  };
}

function readLimits(limits: JsonObject): AccountLimits {
  const figure = (name: string): number => (typeof limits[name] === "number" ? limits[name] : 0);
  return {
    connections: figure("conn"),
    payload: figure("payload"),
    disk: figure("disk_storage"),
    memory: figure("mem_storage"),
    streams: figure("streams"),
    consumers: figure("consumer"),
  };
}

function readScope(scope: JsonObject): readonly ScopedKey[] {
  const { key, role } = scope;
  if (typeof key !== "string" || (role !== "control" && role !== "worker")) return [];
  if (role === "control") return [{ key, role }];
  const template = objectOf(scope.template);
  const permissions = { publish: texts(objectOf(template.pub).allow), subscribe: texts(objectOf(template.sub).allow) };
  return [{ key, role, permissions }];
}

function readExport({ name, subject, type, token_req, response_type }: JsonObject): readonly AccountExport[] {
  if (typeof subject !== "string" || !isType(type)) return [];
  return [
    {
      name: typeof name === "string" ? name : "",
      subject,
      type,
      private: token_req === true,
      ...(response_type === "Singleton" || response_type === "Stream" ? { responses: response_type } : {}),
    },
  ];
}

function readImport({ name, subject, account, type, local_subject }: JsonObject): readonly AccountImport[] {
  if (typeof subject !== "string" || typeof account !== "string" || !isType(type)) return [];
  return [
    {
      name: typeof name === "string" ? name : "",
      subject,
      account,
      type,
      ...(typeof local_subject === "string" ? { localSubject: local_subject } : {}),
    },
  ];
}

const isType = (value: unknown): value is "stream" | "service" => value === "stream" || value === "service";

const readRevocations = (value: JsonObject): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(value).flatMap(([key, at]) => (typeof at === "number" ? [[key, at]] : [])));

const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});
const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
const members = (value: Json | undefined): readonly JsonObject[] => list(value).filter(isJsonObject);
const texts = (value: Json | undefined): readonly string[] => list(value).filter((text) => typeof text === "string");

/** The later of both, so that an older copy of a store gives nobody their rights back. */
export function mergedRevocations(
  live: Readonly<Record<string, number>>,
  own: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const keys = [...new Set([...Object.keys(live), ...Object.keys(own)])];
  return Object.fromEntries(keys.map((key) => [key, Math.max(live[key] ?? 0, own[key] ?? 0)]));
}
