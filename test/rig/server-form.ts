// A real nats-server that has the accounts of a topology from its start, in either form: `accounts {}` in its
// configuration, or operator mode with claims. What accounts share can be given, so that a test can give one too much.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Authenticator,
  connect,
  type NatsConnection,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
import { tenantFacts } from "../../control/accounts/facts.ts";
import { sharingClaims } from "../../control/accounts/sharing-claims.ts";
import { userAuthenticator } from "../../control/keys/authenticator.ts";
import type { AccountFacts } from "../../control/keys/claims-account.ts";
import { mintUser } from "../../control/keys/make.ts";
import type { KeyStore } from "../../control/keys/store.ts";
import type { AccountKeys } from "../../control/keys/stored.ts";
import { spawnServer } from "../../control/nats-server/child.ts";
import {
  type AccountsConfig,
  type Credentials,
  credentialsFor,
  serverConfig,
} from "../../control/nats-server/config.ts";
import { findServer } from "../../control/nats-server/find.ts";
import { connectOptions } from "../../runtime/connect-options.ts";
import { platformAccount, systemAccount } from "../../schema/address.ts";
import { type AccountSharing, nothingShared, sharing } from "../../schema/sharing.ts";
import type { Topology } from "../../schema/topology.ts";
import { operatorServer } from "./operator.ts";

export type Form = "accounts" | "operator";

export interface FormOptions {
  readonly topology: Topology;
  /** By account name; what the topology says unless given. */
  readonly shared?: ReadonlyMap<string, AccountSharing>;
  /** `accounts {}` only: acks on the subjects of 2.15. */
  readonly newAcks?: boolean;
}

export interface FormServer extends AsyncDisposable {
  readonly url: string;
  /**
   * With the rights that the topology gives; the caller closes it. `user`: as whom it logs in each time, with
   * `accounts {}` only.
   */
  worker(tenant: string, user?: () => string): Promise<NatsConnection>;
  /** The control plane's user of an account, `PLATFORM` and `SYS` included; closed with the server. */
  admin(account: string): Promise<NatsConnection>;
  /** All accounts' claims as the server holds them; "" where it has none. */
  claims(): Promise<string>;
  /** Texts that tell of this account and no other: its public key, where it has one. */
  marks(account: string): readonly string[];
}

export function startForm(form: Form, options: FormOptions): Promise<FormServer> {
  return form === "accounts" ? startAccounts(options) : startOperator(options);
}

async function startAccounts({
  topology,
  shared = sharing(topology),
  newAcks = false,
}: FormOptions): Promise<FormServer> {
  const found = await findServer({ say: (line) => process.stderr.write(`${line}\n`) });
  if (!found.ok) throw new Error(found.message);
  const dir = await mkdtemp(join(tmpdir(), "vrsky-form-"));
  const accounts: AccountsConfig = {
    [platformAccount]: {},
    ...Object.fromEntries(
      topology.tenants.map(({ account, users }) => [
        account.name,
        {
          users: Object.fromEntries(users.map(({ name, permissions }) => [name, permissions])),
          sharing: shared.get(account.name) ?? nothingShared,
        },
      ]),
    ),
  };
  const credentials = credentialsFor(accounts, undefined);
  const config = JSON.parse(serverConfig({ dir, port: -1, syncAlways: false, accounts, credentials }));
  const flags = newAcks ? { feature_flags: { js_ack_fc_v2: true } } : {};
  const configPath = join(dir, "nats-server.conf");
  await writeFile(configPath, JSON.stringify({ ...config, ...flags }));
  const server = await spawnServer({ binary: found.server.path, dir, configPath, pidPath: join(dir, "pid") });
  const url = `nats://127.0.0.1:${server.port}`;
  const login = (known: Credentials | undefined): { readonly user: string; readonly pass: string } => {
    if (known === undefined) throw new Error("there is no such user");
    return { user: known.user, pass: known.password };
  };
  return formServer(url, {
    worker: (_, user) => ({
      authenticator: usernamePasswordAuthenticator(
        () => login(credentials.users[user()]).user,
        () => login(credentials.users[user()]).pass,
      ),
    }),
    admin: (account) => login(account === systemAccount ? credentials.system : credentials.accounts[account]),
    marks: () => [],
    accounts: [],
    close: async () => {
      server.kill("SIGKILL");
      await server.exited;
      await rm(dir, { recursive: true, force: true });
    },
  });
}

async function startOperator({ topology, shared = sharing(topology) }: FormOptions): Promise<FormServer> {
  const rig = await operatorServer({
    tenants: topology.tenants.map(({ tenant }) => tenant),
    accounts: (store) => factsOf(topology, shared, store),
  });
  const keys = rig.store.keys();
  const own: Readonly<Record<string, AccountKeys>> = { [platformAccount]: keys.platform, [systemAccount]: keys.system };
  const login = (account: string, role: "control" | "worker"): { readonly authenticator: Authenticator } => {
    const known = own[account] ?? keys.tenants[account];
    const user = known && mintUser(known, { name: `${account}-${role}`, role, now: new Date() });
    if (user === undefined) throw new Error(`no keys for ${account}`);
    return { authenticator: userAuthenticator(() => user) };
  };
  return formServer(rig.url, {
    worker: (tenant) => login(tenant, "worker"),
    admin: (account) => login(account, "control"),
    accounts: [keys.platform, keys.system, ...Object.values(keys.tenants)].map(({ identity }) => identity.publicKey),
    marks: (account) => [own[account] ?? keys.tenants[account]].flatMap((known) => known?.identity.publicKey ?? []),
    close: async () => rig[Symbol.asyncDispose](),
  });
}

function factsOf(
  topology: Topology,
  shared: ReadonlyMap<string, AccountSharing>,
  store: KeyStore,
): readonly AccountFacts[] {
  const { tenants } = store.keys();
  return topology.tenants.flatMap((tenant) => {
    const keys = tenants[tenant.tenant];
    if (keys === undefined) return [];
    const given = shared.get(tenant.account.name) ?? nothingShared;
    const claims = sharingClaims(given, keys.identity.publicKey, (account) => tenants[account], new Date());
    return [tenantFacts(topology.workspace, tenant, keys, claims)];
  });
}

type Login = { readonly user: string; readonly pass: string } | { readonly authenticator: Authenticator };

interface Logins {
  worker(tenant: string, user: () => string): Login;
  admin(account: string): Login;
  marks(account: string): readonly string[];
  /** Public keys of accounts with claims. */
  readonly accounts: readonly string[];
  close(): Promise<void>;
}

function formServer(url: string, { worker, admin, marks, accounts, close }: Logins): FormServer {
  const opened = new Map<string, NatsConnection>();
  const open = async (account: string): Promise<NatsConnection> => {
    const known = opened.get(account) ?? (await connect({ servers: url, noAsyncTraces: true, ...admin(account) }));
    opened.set(account, known);
    return known;
  };
  return {
    url,
    worker: (tenant, user = () => `${tenant}-worker`) =>
      connect({ ...connectOptions(`${tenant}-worker`), servers: url, ...worker(tenant, user) }),
    admin: open,
    claims: async () => {
      const system = await open(systemAccount);
      const texts = accounts.map(async (key) => {
        const answer = await system.request(`$SYS.REQ.ACCOUNT.${key}.CLAIMS.LOOKUP`, "", { timeout: 20_000 });
        return answer.string();
      });
      return (await Promise.all(texts)).join("\n");
    },
    marks,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...opened.values()].map((connection) => connection.close()));
      await close();
    },
  };
}
