// vrsky keys init and keys server: a store with keys for a context's cluster, and the configuration of a nats-server
// that trusts them. No seed is ever printed.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { tenantFacts } from "../../../control/accounts/facts.ts";
import { operatorServerConf } from "../../../control/accounts/server-conf.ts";
import { sharingClaims } from "../../../control/accounts/sharing-claims.ts";
import type { AccountFacts } from "../../../control/keys/claims-account.ts";
import { newKeys, withTenants } from "../../../control/keys/make.ts";
import { createKeyStore, openKeyStore, storeFolder } from "../../../control/keys/store.ts";
import { oneText, type StoredKeys } from "../../../control/keys/stored.ts";
import { nothingShared, sharing } from "../../../schema/sharing.ts";
import { fromControl, tenantsOf } from "../../cluster.ts";
import type { Ready } from "../../compile-workspace.ts";
import { type ExitCode, exit, refuse } from "../../exit.ts";
import { type Io, say } from "../../io.ts";
import { paint } from "../../paint.ts";
import { changeStore, type KeysOptions, type KeysPlace, keysPlace, withStore } from "./open.ts";
import { attempt, privatePlace, writeSecret } from "./private-file.ts";

export async function keysInit(path: string, options: KeysOptions, io: Io): Promise<ExitCode> {
  const place = keysPlace(path, options, io);
  if (!place.ok) return say(io, place.refusal);
  const { ready, reference, cluster } = place.value;
  if ("env" in reference) {
    const message = `The key store of context \`${cluster.name}\` is the variable ${reference.env}, which is read-only.`;
    return say(
      io,
      refuse(exit.usage, message, "Make a folder with --store DIR, and the variable with `keys export`.").refusal,
    );
  }
  const folder = storeFolder(reference.file, { folder: ready.folder, env: io.env });
  const tenants = tenantsOf(ready);
  if (existsSync(join(folder, "operator.json"))) return await addTenants(place.value, folder, io);
  const made = createKeyStore(folder, newKeys(ready.topology.workspace, tenants, new Date()));
  if (!made.ok) return say(io, fromControl(made.failure).refusal);
  const color = paint(io.colorErr);
  const bundleKey = made.value.keys().operator.bundles[0]?.publicKey ?? "";
  io.err(`${color.green("made:")} a key store in ${folder}, for ${tenants.join(", ") || "no tenant yet"}

Next:
  1. Keep a copy of that folder in a safe place: without it nobody can change these accounts.
  2. Let workers run only what you have signed; in vrsky.yaml, context \`${cluster.name}\`:
       trust: [${bundleKey}]
  3. vrsky keys server ${path} --context ${cluster.name} --out nats     then start nats-server with nats/server.conf
  4. vrsky apply ${path} --context ${cluster.name}
  5. vrsky keys creds ${path} --context ${cluster.name} --tenant ${tenants[0] ?? "TENANT"} --role worker --out creds/${tenants[0] ?? "TENANT"}.creds
`);
  return exit.ok;
}

async function addTenants({ ready }: KeysPlace, folder: string, io: Io): Promise<ExitCode> {
  const store = openKeyStore({ file: folder }, { folder, env: io.env });
  if (!store.ok) return say(io, fromControl(store.failure).refusal);
  const known = store.value.keys().tenants;
  const missing = tenantsOf(ready).filter((tenant) => known[tenant] === undefined);
  const changed = await changeStore(store.value, (keys) => withTenants(keys, missing, new Date()));
  if (!changed.ok) return say(io, changed.refusal);
  io.err(
    missing.length === 0
      ? `${folder} has keys for all tenants of the workspace\n`
      : `${paint(io.colorErr).green("added:")} keys for ${missing.join(", ")}\n`,
  );
  return exit.ok;
}

export interface KeysServerOptions extends KeysOptions {
  readonly out: string;
  readonly memory: boolean;
}

export function keysServer(path: string, options: KeysServerOptions, io: Io): Promise<ExitCode> {
  return withStore(path, options, io, async ({ ready, store, cluster }) => {
    const { memory } = options;
    const now = new Date();
    const keys = store.keys();
    const accounts = memory ? accountsOf(ready, keys, now) : [];
    const missing = memory ? tenantsOf(ready).filter((tenant) => keys.tenants[tenant] === undefined) : [];
    if (missing.length > 0)
      return say(
        io,
        refuse(exit.refused, `There are no keys for ${missing.join(", ")}.`, "`vrsky keys init` adds them.").refusal,
      );
    const dir = resolve(io.cwd, options.out);
    const file = join(dir, "server.conf");
    const written = attempt(file, () => {
      mkdirSync(dir, { recursive: true });
      writeFileSync(file, operatorServerConf({ keys, now, memory, accounts }));
    });
    if (!written.ok) return say(io, written.refusal);
    io.err(`${paint(io.colorErr).green("written:")} ${file}, without any secret

Next:
  cd ${options.out} && nats-server -c server.conf
  vrsky apply ${path} --context ${cluster.name}${memory ? "     (changes of accounts: this verb again, then nats-server --signal reload)" : ""}
`);
    return exit.ok;
  });
}

function accountsOf({ topology }: Ready, keys: StoredKeys, now: Date): readonly AccountFacts[] {
  const shared = sharing(topology);
  return topology.tenants.flatMap((tenant) => {
    const own = keys.tenants[tenant.tenant];
    if (own === undefined) return [];
    const given = shared.get(tenant.account.name) ?? nothingShared;
    const claims = sharingClaims(given, own.identity.publicKey, (name) => keys.tenants[name], now);
    return [tenantFacts(topology.workspace, tenant, own, claims)];
  });
}

export interface KeysExportOptions extends KeysOptions {
  readonly out: string;
}

export function keysExport(path: string, options: KeysExportOptions, io: Io): Promise<ExitCode> {
  return withStore(path, options, io, async ({ store }) => {
    const file = privatePlace(options.out, io);
    if (!file.ok) return say(io, file.refusal);
    const written = writeSecret(file.value, oneText(store.keys()));
    if (!written.ok) return say(io, written.refusal);
    io.err(
      `${paint(io.colorErr).green("written:")} ${options.out}, all seeds of the store as one line: put it into the variable that \`keys: { env: … }\` names, then remove it\n`,
    );
    return exit.ok;
  });
}
