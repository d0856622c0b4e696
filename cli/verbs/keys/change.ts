// vrsky keys creds, rotate and revoke: credentials are given, signing keys exchanged in two steps, credentials taken
// back. What concerns an account that is live is told to the server at once.

import type { OperatorAccess } from "../../../control/accounts/operator-access.ts";
import { rekey } from "../../../control/accounts/rekey.ts";
import { failureOf } from "../../../control/failure.ts";
import type { Role } from "../../../control/keys/claims-account.ts";
import { credsText } from "../../../control/keys/claims-user.ts";
import {
  accountKeys,
  mintUser,
  signingKey,
  withAccount,
  withBundleKey,
  withIssued,
  withoutOldKeys,
  withRevoked,
  withSigningKey,
} from "../../../control/keys/make.ts";
import type { AccountKeys } from "../../../control/keys/stored.ts";
import { platformAccount, systemAccount } from "../../../schema/address.ts";
import { parseDuration } from "../../../schema/units.ts";
import { fromControl } from "../../cluster.ts";
import { type ExitCode, exit, ok, type Result, refuse } from "../../exit.ts";
import { type Io, say } from "../../io.ts";
import { openWithKeys } from "../../key-store.ts";
import { paint } from "../../paint.ts";
import { changeStore, type KeysOptions, unknownTenant, type WithStore, withStore } from "./open.ts";
import { privatePlace, writeSecret } from "./private-file.ts";

export interface KeysCredsOptions extends KeysOptions {
  readonly tenant: string;
  readonly role: Role;
  readonly name?: string;
  readonly expires?: string;
  readonly out: string;
}

export function keysCreds(path: string, options: KeysCredsOptions, io: Io): Promise<ExitCode> {
  return withStore(path, options, io, async ({ store }) => {
    const { tenant, role, name = `${tenant}-${role}`, expires } = options;
    const lastsMs = expires === undefined ? undefined : parseDuration(expires);
    if (expires !== undefined && (lastsMs === undefined || lastsMs <= 0))
      return say(io, refuse(exit.usage, `\`${expires}\` is no time, such as 90d or 12h.`).refusal);
    const keys = accountKeys(store.keys(), tenant);
    if (keys === undefined) return say(io, unknownTenant(store, tenant).refusal);
    const user = { name, role, now: new Date(), ...(lastsMs === undefined ? {} : { lastsMs }) };
    const login = mintUser(keys, user);
    if (login === undefined)
      return say(io, refuse(exit.usage, `No key of ${tenant} signs for the role \`${role}\`.`).refusal);
    const file = privatePlace(options.out, io);
    if (!file.ok) return say(io, file.refusal);
    const changed = await changeStore(store, (all) => withAccount(all, tenant, (own) => withIssued(own, login, user)));
    if (!changed.ok) return say(io, changed.refusal);
    const written = writeSecret(file.value, credsText(login));
    if (!written.ok) return say(io, written.refusal);
    const until =
      lastsMs === undefined ? "never expires" : `until ${new Date(user.now.getTime() + lastsMs).toISOString()}`;
    io.err(`${paint(io.colorErr).green("written:")} ${options.out}: ${name}, ${login.key.publicKey}, ${until}\n`);
    return exit.ok;
  });
}

export interface KeysRotateOptions extends KeysOptions {
  readonly tenant?: string;
  /** Instead of a tenant's: what signs bundles. */
  readonly bundles: boolean;
  readonly role: Role;
  readonly finish: boolean;
  readonly force: boolean;
}

export function keysRotate(path: string, options: KeysRotateOptions, io: Io): Promise<ExitCode> {
  const { tenant, role, finish, force, bundles } = options;
  if (bundles === (tenant !== undefined)) {
    const message = "Say whose key is exchanged: --tenant NAME, or --bundles.";
    return Promise.resolve(say(io, refuse(exit.usage, message).refusal));
  }
  if (tenant === undefined) return rotateBundles(path, options, io);
  return withTenant(path, { ...options, tenant }, io, async (opened, access, keys) => {
    const color = paint(io.colorErr);
    if (finish) {
      const users = force ? [] : await usersOfOldKeys(access, keys, role);
      if (users.length > 0) return say(io, stillUsed(tenant, users).refusal);
    }
    const now = new Date();
    const edit = (own: AccountKeys): AccountKeys =>
      finish ? withoutOldKeys(own, role) : withSigningKey(own, role, now);
    const done = await changeLive(opened, access, tenant, edit, io);
    if (!done.ok) return say(io, done.refusal);
    io.err(
      finish
        ? `${color.green("finished:")} what older keys have signed for ${role}s of ${tenant} is refused\n`
        : `${color.green("rotated:")} a new key signs for ${role}s of ${tenant}; what the older one has signed stays valid

Next:
  1. new credentials over the old files; workers take them up by themselves: vrsky keys creds … --tenant ${tenant} --role ${role}
  2. vrsky keys rotate … --tenant ${tenant} --role ${role} --finish
`,
    );
    return exit.ok;
  });
}

function rotateBundles(path: string, options: KeysRotateOptions, io: Io): Promise<ExitCode> {
  const { finish } = options;
  return withStore(path, options, io, async ({ store, cluster }) => {
    const changed = await changeStore(store, (keys) => withBundleKey(keys, finish, new Date()));
    if (!changed.ok) return say(io, changed.refusal);
    const trusted = changed.value.operator.bundles.map(({ publicKey }) => publicKey).join(", ");
    const color = paint(io.colorErr);
    io.err(
      finish
        ? `${color.green("finished:")} in vrsky.yaml, context \`${cluster.name}\`, the older key is no longer needed:\n  trust: [${trusted}]\n`
        : `${color.green("rotated:")} the next apply signs with a new key

Next:
  1. before that, let workers trust it; in vrsky.yaml, context \`${cluster.name}\`, and start them again:
       trust: [${trusted}]
  2. vrsky apply, then vrsky keys rotate … --bundles --finish
`,
    );
    return exit.ok;
  });
}

/** Names of those that are connected with what an older key has signed. */
async function usersOfOldKeys(access: OperatorAccess, keys: AccountKeys, role: Role): Promise<readonly string[]> {
  const newest = signingKey(keys, role)?.publicKey;
  const old = keys.signing.filter((key) => key.role === role && key.publicKey !== newest).map((key) => key.publicKey);
  const connected = await access.resolver.connected(keys.identity.publicKey);
  // Our own logins are signed anew at every connect.
  const others = connected.filter(({ signer, name }) => old.includes(signer) && name !== "vrsky-control");
  return others.map(({ name, user }) => `${name} (${user})`);
}

const stillUsed = (tenant: string, users: readonly string[]) =>
  refuse(
    exit.refused,
    `Of ${tenant}, these are connected with credentials that the older key has signed: ${users.join(", ")}.`,
    "Give them new ones with `vrsky keys creds` and let them connect anew, or lock them out with --force.",
  );

export interface KeysRevokeOptions extends KeysOptions {
  readonly tenant: string;
  readonly all: boolean;
}

export function keysRevoke(
  path: string,
  users: readonly string[],
  options: KeysRevokeOptions,
  io: Io,
): Promise<ExitCode> {
  const { tenant, all } = options;
  return withTenant(path, options, io, async (opened, access, keys) => {
    if (all === users.length > 0)
      return say(io, refuse(exit.usage, "Name the users to revoke by their public keys, or say --all.").refusal);
    const unknown = users.find((user) => keys.users.every(({ publicKey }) => publicKey !== user));
    if (unknown !== undefined) {
      const message = `${unknown} is none of the credentials that were issued for ${tenant}.`;
      return say(io, refuse(exit.usage, message, "`vrsky keys list` shows them.").refusal);
    }
    const now = new Date();
    const done = await changeLive(opened, access, tenant, (own) => withRevoked(own, all ? ["*"] : users, now), io);
    if (!done.ok) return say(io, done.refusal);
    const what = all ? `all credentials of ${tenant}` : users.join(", ");
    io.err(`${paint(io.colorErr).green("revoked:")} ${what}; who is connected with them is cut off\n`);
    return exit.ok;
  });
}

async function withTenant(
  path: string,
  options: KeysOptions & { readonly tenant: string },
  io: Io,
  work: (opened: WithStore, access: OperatorAccess, keys: AccountKeys) => Promise<ExitCode>,
): Promise<ExitCode> {
  return withStore(path, options, io, async (opened) => {
    const keys = accountKeys(opened.store.keys(), options.tenant);
    if (keys === undefined) return say(io, unknownTenant(opened.store, options.tenant).refusal);
    const reached = await openWithKeys(opened.cluster, opened.store);
    if (!reached.ok) return say(io, reached.refusal);
    await using access = reached.value;
    return await work(opened, access, keys);
  });
}

/** First the store, then the server: when that fails, apply brings it. */
async function changeLive(
  { store }: WithStore,
  access: OperatorAccess,
  tenant: string,
  edit: (keys: AccountKeys) => AccountKeys,
  io: Io,
): Promise<Result<void>> {
  const changed = await changeStore(store, (all) => withAccount(all, tenant, edit));
  if (!changed.ok) return changed;
  try {
    await rekey(access.resolver, changed.value, tenant, new Date());
    if (tenant === platformAccount || tenant === systemAccount)
      io.err(
        `${tenant} stands in server.conf, too: write it anew with \`vrsky keys server\` before the server's next start\n`,
      );
    return ok(undefined);
  } catch (error) {
    const refusal = fromControl(failureOf(error, `the account of tenant ${tenant}`)).refusal;
    const help = "The key store has the change already; `vrsky apply` brings it to the server.";
    return { ok: false, refusal: { ...refusal, help } };
  }
}
