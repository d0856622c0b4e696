// The configuration of an embedded server. Written as JSON, which the server's own format includes.

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { isJsonObject } from "../../schema/json.ts";
import type { AccountSharing } from "../../schema/sharing.ts";
import type { AccountLimits } from "../../schema/topology.ts";

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** As the server's own configuration takes them: a list of what is allowed, or both lists by name. */
type Subjects = readonly string[] | { readonly allow?: readonly string[]; readonly deny?: readonly string[] };

/** What a user may do; a direction that is left out has no limits. A topology's `Permissions` fit. */
interface UserPermissions {
  readonly publish?: Subjects;
  readonly subscribe?: Subjects;
}

interface AccountConfig {
  /** Users beside the account's own unrestricted one, by name (unique on the server). */
  readonly users?: Readonly<Record<string, UserPermissions>>;
  /** Without them only the machine limits the account. */
  readonly limits?: AccountLimits;
  /** What it gives to other accounts and takes from them. */
  readonly sharing?: AccountSharing;
}

/** Accounts by name. */
export type AccountsConfig = Readonly<Record<string, AccountConfig>>;

/** Everything secret of one embedded server, as kept in its directory. */
export interface CredentialStore {
  readonly system: Credentials;
  readonly accounts: Readonly<Record<string, Credentials>>;
  /** Restricted users by their own name. */
  readonly users: Readonly<Record<string, Credentials>>;
}

export function accountsConfig(accounts: readonly string[] | AccountsConfig): AccountsConfig {
  if (!isList(accounts)) return accounts;
  return Object.fromEntries(accounts.map((name) => [name, {}]));
}

const isList = (value: unknown): value is readonly string[] => Array.isArray(value);

/** Keeps what is known and makes passwords for what is new; what is no longer wanted falls away. */
export function credentialsFor(accounts: AccountsConfig, known: CredentialStore | undefined): CredentialStore {
  const users = Object.values(accounts).flatMap((account) => Object.keys(account.users ?? {}));
  return {
    // In capitals, which no tenant's name has.
    system: known?.system ?? fresh("SYS"),
    accounts: Object.fromEntries(Object.keys(accounts).map((name) => [name, known?.accounts[name] ?? fresh(name)])),
    users: Object.fromEntries(users.map((name) => [name, known?.users[name] ?? fresh(name)])),
  };
}

const fresh = (user: string): Credentials => ({ user, password: randomBytes(24).toString("base64url") });

/** Undefined when the text is not such a store. */
export function parseCredentials(text: string): CredentialStore | undefined {
  const store = parseJson(text);
  if (!isJsonObject(store)) return undefined;
  const { system, accounts, users } = store;
  const known = { accounts: credentialsByName(accounts), users: credentialsByName(users) };
  if (!isCredentials(system) || known.accounts === undefined || known.users === undefined) return undefined;
  return { system, accounts: known.accounts, users: known.users };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function credentialsByName(value: unknown): Readonly<Record<string, Credentials>> | undefined {
  if (!isJsonObject(value)) return undefined;
  const entries = Object.entries(value).flatMap(([name, entry]) => (isCredentials(entry) ? [[name, entry]] : []));
  return entries.length === Object.keys(value).length ? Object.fromEntries(entries) : undefined;
}

function isCredentials(value: unknown): value is Credentials {
  return (
    typeof value === "object" &&
    value !== null &&
    "user" in value &&
    "password" in value &&
    typeof value.user === "string" &&
    typeof value.password === "string"
  );
}

export interface ServerSettings {
  readonly dir: string;
  /** -1 lets the system choose. */
  readonly port: number;
  readonly syncAlways: boolean;
  readonly accounts: AccountsConfig;
  readonly credentials: CredentialStore;
}

export function serverConfig({ dir, port, syncAlways, accounts, credentials }: ServerSettings): string {
  const account = ([name, config]: [string, AccountConfig]) => [
    name,
    {
      jetstream: config.limits === undefined ? "enabled" : jetstreamLimits(config.limits),
      ...(config.limits === undefined ? {} : { limits: connectionLimits(config.limits) }),
      ...(config.sharing === undefined ? {} : shared(config.sharing)),
      users: [
        credentials.accounts[name],
        ...Object.entries(config.users ?? {}).map(([user, { publish, subscribe }]) => ({
          ...credentials.users[user],
          permissions: { publish: limited(publish), subscribe: limited(subscribe) },
        })),
      ],
    },
  ];
  const config = {
    server_name: "vrsky",
    listen: `127.0.0.1:${port}`,
    // Without it an acknowledged message is in the page cache only, for up to two minutes.
    // What streams may come to take is reserved, and a hundred integrations reserve more than a laptop has. How much
    // there is, the disk itself says.
    jetstream: {
      store_dir: join(dir, "store"),
      max_file_store: 2 ** 50,
      ...(syncAlways ? { sync_interval: "always" } : {}),
    },
    // Two seconds unless told: on a busy machine a client may need longer for its first words.
    authorization: { timeout: 30 },
    system_account: "SYS",
    accounts: { SYS: { users: [credentials.system] }, ...Object.fromEntries(Object.entries(accounts).map(account)) },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

const shared = ({ exports, imports }: AccountSharing) => ({
  exports: exports.map(({ type, subject, accounts }) => ({ [type]: subject, accounts })),
  imports: imports.map(({ type, account, subject, localSubject }) => ({
    [type]: { account, subject },
    ...(localSubject === subject ? {} : { to: localSubject }),
  })),
});

/** The server takes an empty list of allowed subjects for permission to use all. */
function limited(subjects: Subjects | undefined): Subjects | undefined {
  const allowed = isList(subjects) ? subjects : subjects?.allow;
  return allowed?.length === 0 ? { deny: [">"] } : subjects;
}

const jetstreamLimits = ({ disk, memory, streams, consumers }: AccountLimits) => ({
  max_file: disk,
  max_mem: memory,
  max_streams: streams,
  max_consumers: consumers,
});

const connectionLimits = ({ connections, payload }: AccountLimits) => ({
  max_connections: connections,
  max_payload: payload,
});
