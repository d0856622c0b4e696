// Who we are to each tenant's account: a JSON file with a user per tenant, or one NATS .creds file.

import { type Authenticator, credsAuthenticator, usernamePasswordAuthenticator } from "@nats-io/transport-node";
import { isJsonObject } from "../schema/json.ts";
import { failed, type Result, success } from "./failure.ts";

/** How to log in per tenant; undefined = the server's default account, without credentials. */
export type Logins = ReadonlyMap<string, Authenticator | undefined>;

/**
 * `content`: `{ "<tenant>": { "user", "password" } }` or the text of a `.creds` file, which holds one account and
 * therefore serves one tenant only.
 */
export function readCredentials(content: string | undefined, tenants: readonly string[]): Result<Logins> {
  if (content === undefined) return withoutCredentials(tenants);
  if (content.includes("-----BEGIN NATS USER JWT-----")) return fromCreds(content, tenants);
  return fromJson(content, tenants);
}

function withoutCredentials(tenants: readonly string[]): Result<Logins> {
  const [only, ...others] = tenants;
  if (others.length > 0)
    return bad(`${several(tenants)}, each in an account of its own: name their users with --creds`);
  return success(new Map(only === undefined ? [] : [[only, undefined]]));
}

function fromCreds(content: string, tenants: readonly string[]): Result<Logins> {
  const [only, ...others] = tenants;
  if (others.length > 0) {
    return bad(
      `${several(tenants)}, but a .creds file opens one account: use a JSON file {"<tenant>": {"user", "password"}}`,
    );
  }
  try {
    const login = credsAuthenticator(new TextEncoder().encode(content));
    // The library reads the file when it is first asked.
    login("nonce");
    return success(new Map(only === undefined ? [] : [[only, login]]));
  } catch {
    return bad("the .creds file holds no usable NATS user JWT and seed");
  }
}

function fromJson(content: string, tenants: readonly string[]): Result<Logins> {
  const users = parse(content);
  if (users === undefined) {
    return bad('the credentials file is neither JSON {"<tenant>": {"user", "password"}} nor a NATS .creds file');
  }
  const logins = new Map<string, Authenticator>();
  const owners = new Map<string, string>();
  for (const tenant of tenants) {
    const entry = users[tenant];
    if (entry === undefined) return bad(`the credentials file has no user for tenant ${tenant}`);
    const { user, password } = isJsonObject(entry) ? entry : {};
    if (typeof user !== "string" || typeof password !== "string") {
      return bad(`the credentials file needs "user" and "password" as texts for tenant ${tenant}`);
    }
    const other = owners.get(user);
    if (other !== undefined)
      return bad(`tenants ${other} and ${tenant} have the same user; each needs its own account`);
    owners.set(user, tenant);
    logins.set(tenant, usernamePasswordAuthenticator(user, password));
  }
  return success(logins);
}

function parse(content: string) {
  try {
    const value: unknown = JSON.parse(content);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const several = (tenants: readonly string[]): string => `the workspace has ${tenants.length} tenants`;
const bad = (message: string) => failed({ kind: "credentials", message });
