// Who we are to each tenant's account: a JSON file with a user per tenant, one NATS .creds file, or a folder with one
// for each. Files are read again at every reconnect, so that what is exchanged takes effect in what runs.

import { type Authenticator, usernamePasswordAuthenticator } from "@nats-io/transport-node";
import { isJsonObject } from "../schema/json.ts";
import { failed, type Result, success } from "./failure.ts";
import { userAuthenticator } from "./keys/authenticator.ts";
import { type ReadCreds, readCreds } from "./keys/claims-user.ts";
import { seconds } from "./keys/jwt.ts";

/** How to log in per tenant; undefined = the server's default account, without credentials. */
export type Logins = ReadonlyMap<string, Authenticator | undefined>;

/** Text that does not change, or where it is read anew. */
export type Credentials = string | CredentialsFile | CredentialsFolder;

export interface CredentialsFile {
  readonly kind: "file";
  /** Undefined while it cannot be read. */
  read(): string | undefined;
}

export interface CredentialsFolder {
  readonly kind: "folder";
  readonly path: string;
  /** Content of `<tenant>.creds`. */
  read(tenant: string): string | undefined;
}

/**
 * A text is `{ "<tenant>": { "user", "password" } }` or that of a `.creds` file, which holds one account and therefore
 * serves one tenant only.
 */
export function readCredentials(
  credentials: Credentials | undefined,
  tenants: readonly string[],
  now = new Date(),
): Result<Logins> {
  if (credentials === undefined) return withoutCredentials(tenants);
  if (typeof credentials !== "string" && credentials.kind === "folder") return fromFolder(credentials, tenants, now);
  const read = typeof credentials === "string" ? () => credentials : () => credentials.read();
  const content = read() ?? "";
  return content.includes("-----BEGIN NATS USER JWT-----") ? fromCreds(read, tenants, now) : fromJson(read, tenants);
}

function withoutCredentials(tenants: readonly string[]): Result<Logins> {
  const [only, ...others] = tenants;
  if (others.length > 0)
    return bad(`${several(tenants)}, each in an account of its own: name their users with --creds`);
  return success(new Map(only === undefined ? [] : [[only, undefined]]));
}

function fromFolder(folder: CredentialsFolder, tenants: readonly string[], now: Date): Result<Logins> {
  const logins = new Map<string, Authenticator>();
  for (const tenant of tenants) {
    const file = `${folder.path}/${tenant}.creds`;
    if (folder.read(tenant) === undefined)
      return bad(`there is no ${file} for tenant ${tenant}; in operator mode \`vrsky keys creds\` writes it`);
    const login = credsLogin(() => folder.read(tenant), file, now);
    if (!login.ok) return login;
    logins.set(tenant, login.value);
  }
  return success(logins);
}

function fromCreds(read: () => string | undefined, tenants: readonly string[], now: Date): Result<Logins> {
  const [only, ...others] = tenants;
  if (others.length > 0) {
    return bad(
      `${several(tenants)}, but a .creds file opens one account: use a folder with <tenant>.creds, or a JSON file {"<tenant>": {"user", "password"}}`,
    );
  }
  const login = credsLogin(read, "the .creds file", now);
  if (!login.ok) return login;
  return success(new Map(only === undefined ? [] : [[only, login.value]]));
}

function credsLogin(read: () => string | undefined, what: string, now: Date): Result<Authenticator> {
  const first = usable(read());
  if (first === undefined) return bad(`${what} holds no usable NATS user JWT and seed`);
  const { expires } = first.claims;
  if (expires !== undefined && expires <= seconds(now)) {
    const at = new Date(expires * 1000).toISOString();
    return failed({ kind: "denied", message: `the credentials in ${what} expired at ${at}` });
  }
  let last = first;
  return success(
    userAuthenticator(() => {
      // While a file is being exchanged, what was good is good.
      last = usable(read()) ?? last;
      return last;
    }),
  );
}

const usable = (text: string | undefined): ReadCreds | undefined => (text === undefined ? undefined : readCreds(text));

function fromJson(read: () => string | undefined, tenants: readonly string[]): Result<Logins> {
  const users = parse(read());
  if (users === undefined) {
    return bad('the credentials file is neither JSON {"<tenant>": {"user", "password"}} nor a NATS .creds file');
  }
  const logins = new Map<string, Authenticator>();
  const owners = new Map<string, string>();
  for (const tenant of tenants) {
    if (users[tenant] === undefined) return bad(`the credentials file has no user for tenant ${tenant}`);
    const entry = passwordOf(users[tenant]);
    if (entry === undefined)
      return bad(`the credentials file needs "user" and "password" as texts for tenant ${tenant}`);
    const other = owners.get(entry.user);
    if (other !== undefined)
      return bad(`tenants ${other} and ${tenant} have the same user; each needs its own account`);
    owners.set(entry.user, tenant);
    let last = entry;
    const login = () => {
      last = passwordOf(parse(read())?.[tenant]) ?? last;
      return usernamePasswordAuthenticator(last.user, last.password)();
    };
    logins.set(tenant, login);
  }
  return success(logins);
}

function passwordOf(entry: unknown): { readonly user: string; readonly password: string } | undefined {
  const { user, password } = isJsonObject(entry) ? entry : {};
  return typeof user === "string" && typeof password === "string" ? { user, password } : undefined;
}

function parse(content: string | undefined) {
  try {
    const value: unknown = JSON.parse(content ?? "");
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const several = (tenants: readonly string[]): string => `the workspace has ${tenants.length} tenants`;
const bad = (message: string) => failed({ kind: "credentials", message });
