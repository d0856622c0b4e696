// The control plane's access in operator mode: it logs in with users that it signs itself, live for minutes and are
// written nowhere.

import { type NatsConnection, connect as natsConnect } from "@nats-io/transport-node";
import { platformAccount, systemAccount } from "../../schema/address.ts";
import type { Topology } from "../../schema/topology.ts";
import type { AccountsControl, ClusterAccess } from "../access.ts";
import { connectFailure, judge } from "../connect.ts";
import { failed, failureOf, type Result, success } from "../failure.ts";
import { userAuthenticator } from "../keys/authenticator.ts";
import type { UserLogin } from "../keys/claims-user.ts";
import { bundleSigner, mintUser } from "../keys/make.ts";
import type { KeyStore } from "../keys/store.ts";
import type { AccountKeys, StoredKeys } from "../keys/stored.ts";
import { createAccountsControl } from "./accounts-control.ts";
import { openResolver, type Resolver } from "./resolver.ts";

export interface OperatorAccessOptions {
  /** `nats://host:port`; several of one cluster separated by commas. */
  readonly url: string;
  readonly store: KeyStore;
  readonly now?: () => Date;
  /** For each attempt to connect; 5 s when not said. */
  readonly timeoutMs?: number;
  /** The client's own unless told. */
  readonly connect?: typeof natsConnect;
}

export interface OperatorAccess extends ClusterAccess {
  accountsFor(wanted: Topology): AccountsControl;
  readonly resolver: Resolver;
}

/** How long a login of the control plane is good; a reconnect brings a new one. */
const lastsMs = 10 * 60_000;

export async function openOperatorAccess(options: OperatorAccessOptions): Promise<Result<OperatorAccess>> {
  const { store, now = () => new Date() } = options;
  const connections = new Map<string, NatsConnection>();
  const close = async (): Promise<void> => {
    await Promise.all([...connections.values()].map((connection) => connection.close()));
  };
  const into = async (name: string, keysIn: (keys: StoredKeys) => AccountKeys | undefined) => {
    const known = connections.get(name);
    if (known !== undefined && !known.isClosed()) return success(known);
    const login = (): UserLogin | undefined => {
      const keys = keysIn(store.keys());
      return keys === undefined
        ? undefined
        : mintUser(keys, { name: "vrsky-control", role: "control", now: now(), lastsMs });
    };
    const opened = await openConnection(name, login, options);
    if (opened.ok) connections.set(name, opened.value);
    return opened;
  };

  const system = await into(systemAccount, ({ system: keys }) => keys);
  if (!system.ok) return system;
  const platform = await into(platformAccount, ({ platform: keys }) => keys);
  if (!platform.ok) {
    await close();
    return platform;
  }
  try {
    const unfit = await judge(platform.value, platformAccount);
    if (unfit !== undefined) {
      await close();
      return failed(unfit);
    }
    const resolver = await openResolver(system.value, store.keys().system.identity.publicKey);
    return success({
      platform: platform.value,
      open: async (tenant) => {
        const keys = store.keys().tenants[tenant];
        if (keys === undefined) return success(undefined);
        try {
          const there = resolver.fixed || (await resolver.lookup(keys.identity.publicKey)) !== undefined;
          if (!there) return success(undefined);
          const connected = await into(tenant, ({ tenants }) => tenants[tenant]);
          return !connected.ok && resolver.fixed && connected.failure.kind === "denied"
            ? success(undefined)
            : connected;
        } catch (error) {
          return failed(failureOf(error, `looking up the account of tenant ${tenant}`));
        }
      },
      accountsFor: (wanted) => createAccountsControl({ store, resolver, now, wanted }),
      resolver,
      ...signerOf(store),
      [Symbol.asyncDispose]: close,
    });
  } catch (error) {
    await close();
    return failed(failureOf(error, "opening the system account"));
  }
}

function signerOf(store: KeyStore): Pick<ClusterAccess, "signer"> {
  const signer = bundleSigner(store.keys().operator);
  return signer === undefined ? {} : { signer };
}

async function openConnection(
  name: string,
  login: () => UserLogin | undefined,
  { url, store, timeoutMs = 5_000, connect = natsConnect }: OperatorAccessOptions,
): Promise<Result<NatsConnection>> {
  let last = login();
  if (last === undefined) {
    const message = `the key store in ${store.place} has no key that signs for the control plane in account ${name}`;
    return failed({ kind: "credentials", message });
  }
  const authenticator = userAuthenticator(() => {
    const user = login() ?? last;
    if (user === undefined) throw new Error("no key signs for the control plane");
    last = user;
    return user;
  });
  try {
    const servers = url.split(",").map((server) => server.trim());
    const connection = await connect({
      servers,
      authenticator,
      name: `vrsky control ${name}`,
      timeout: timeoutMs,
      noAsyncTraces: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      // Claims change while we are connected: a moment without them must not end the connection.
      ignoreAuthErrorAbort: true,
    });
    return success(connection);
  } catch (error) {
    return failed(connectFailure(error, name, url));
  }
}
