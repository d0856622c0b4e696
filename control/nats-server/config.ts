// The configuration of an embedded server. Written as JSON, which the server's own format includes.

import { randomBytes } from "node:crypto";
import { join } from "node:path";

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Subjects that a user may use; left out means all, as in the server's own configuration. */
export interface Permissions {
  readonly publish?: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
  readonly subscribe?: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
}

export interface AccountConfig {
  /** Users beside the account's own unrestricted one, by name (unique on the server). */
  readonly users?: Readonly<Record<string, Permissions>>;
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

const isList = (accounts: readonly string[] | AccountsConfig): accounts is readonly string[] => Array.isArray(accounts);

/** Keeps what is known and makes passwords for what is new; what is no longer wanted falls away. */
export function credentialsFor(accounts: AccountsConfig, known: CredentialStore | undefined): CredentialStore {
  const users = Object.values(accounts).flatMap((account) => Object.keys(account.users ?? {}));
  return {
    system: known?.system ?? fresh("system"),
    accounts: Object.fromEntries(Object.keys(accounts).map((name) => [name, known?.accounts[name] ?? fresh(name)])),
    users: Object.fromEntries(users.map((name) => [name, known?.users[name] ?? fresh(name)])),
  };
}

const fresh = (user: string): Credentials => ({ user, password: randomBytes(24).toString("base64url") });

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
      jetstream: "enabled",
      users: [
        credentials.accounts[name],
        ...Object.entries(config.users ?? {}).map(([user, permissions]) => ({
          ...credentials.users[user],
          permissions,
        })),
      ],
    },
  ];
  const config = {
    server_name: "vrsky",
    listen: `127.0.0.1:${port}`,
    // Without it an acknowledged message is in the page cache only, for up to two minutes.
    jetstream: { store_dir: join(dir, "store"), ...(syncAlways ? { sync_interval: "always" } : {}) },
    system_account: "SYS",
    accounts: { SYS: { users: [credentials.system] }, ...Object.fromEntries(Object.entries(accounts).map(account)) },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
