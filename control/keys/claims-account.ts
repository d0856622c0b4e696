// What an operator says of an account: its limits, the keys that sign its users, each bound to a role whose rights stand
// here and not in the users, what it gives to other accounts and takes from them, and whose credentials are revoked.

import type { JsonObject } from "../../schema/json.ts";
import type { AccountLimits, Permissions, User } from "../../schema/topology.ts";
import type { Claims } from "./jwt.ts";

/** What users of an account are for: `control` may do everything, the others what the topology says. */
export type Role = "control" | User["role"];

export interface ScopedKey {
  /** Public key that signs users of this role. */
  readonly key: string;
  readonly role: Role;
  /** Absent: everything. */
  readonly permissions?: Permissions;
}

export interface AccountExport {
  readonly name: string;
  readonly subject: string;
  readonly type: "stream" | "service";
  /** Services: how many answers a request gets. */
  readonly responses?: "Singleton" | "Stream";
  /** True: only accounts that show an activation may import it. */
  readonly private: boolean;
}

export interface AccountImport {
  readonly name: string;
  /** As the other account exports it. */
  readonly subject: string;
  /** Public key of the other account. */
  readonly account: string;
  readonly type: "stream" | "service";
  /** What it is called here. */
  readonly localSubject?: string;
  /** Activation that the other account has signed. */
  readonly token?: string;
}

export interface AccountFacts {
  readonly name: string;
  /** Public identity key. */
  readonly subject: string;
  readonly tags: readonly string[];
  readonly limits: AccountLimits;
  readonly signing: readonly ScopedKey[];
  /** Public key of a user, or `*`, to the second up to which what was issued to it is refused. */
  readonly revocations: Readonly<Record<string, number>>;
  readonly exports: readonly AccountExport[];
  readonly imports: readonly AccountImport[];
}

/** Limits that a topology does not speak of. */
export const unlimited: AccountLimits = {
  connections: -1,
  payload: -1,
  disk: -1,
  memory: -1,
  streams: -1,
  consumers: -1,
};
/** An account without JetStream: the server's own. */
export const withoutStorage: AccountLimits = { ...unlimited, disk: 0, memory: 0, streams: 0, consumers: 0 };

export function accountClaims(facts: AccountFacts): Claims {
  const { name, subject, tags, limits, signing, revocations } = facts;
  return {
    subject,
    name,
    nats: {
      type: "account",
      version: 2,
      tags,
      limits: limitClaims(limits),
      default_permissions: { pub: { deny: [">"] }, sub: { deny: [">"] } },
      signing_keys: signing.map(signingClaims),
      revocations,
      exports: facts.exports.map(exportClaim),
      imports: facts.imports.map(importClaim),
    },
  };
}

/** All of them: the server takes a limit that is left out for "none at all". */
function limitClaims({ connections, payload, disk, memory, streams, consumers }: AccountLimits): JsonObject {
  return {
    subs: -1,
    data: -1,
    payload,
    imports: -1,
    exports: -1,
    wildcards: true,
    conn: connections,
    leaf: 0,
    disallow_bearer: true,
    mem_storage: memory,
    disk_storage: disk,
    streams,
    consumer: consumers,
    mem_max_stream_bytes: -1,
    disk_max_stream_bytes: -1,
    max_bytes_required: false,
    max_ack_pending: -1,
  };
}

/** A signing key with the rights of those whom it signs. */
export function signingClaims({ key, role, permissions }: ScopedKey): JsonObject {
  return {
    kind: "user_scope",
    key,
    role,
    template: {
      pub: allowed(permissions?.publish ?? everything),
      sub: allowed(permissions?.subscribe ?? everything),
      subs: -1,
      data: -1,
      payload: -1,
      bearer_token: false,
      allowed_connection_types: ["STANDARD", "WEBSOCKET"],
    },
  };
}

/** Said, because a role without rights of its own would get the account's default ones: none. */
const everything: readonly string[] = [">"];

/** The server takes an empty list of allowed subjects for permission to use all. */
const allowed = (subjects: readonly string[]): JsonObject =>
  subjects.length === 0 ? { deny: [">"] } : { allow: subjects };

const exportClaim = ({ name, subject, type, responses, private: closed }: AccountExport): JsonObject => ({
  name,
  subject,
  type,
  token_req: closed,
  ...(responses === undefined ? {} : { response_type: responses }),
});

const importClaim = ({ name, subject, account, type, localSubject, token }: AccountImport): JsonObject => ({
  name,
  subject,
  account,
  type,
  ...(localSubject === undefined ? {} : { local_subject: localSubject }),
  ...(token === undefined ? {} : { token }),
});
