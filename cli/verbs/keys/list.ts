// vrsky keys list: what keys there are, what they are for, how old they are, and to whom credentials were given.

import type { KeyStore } from "../../../control/keys/store.ts";
import type { AccountKeys, IssuedUser, KeptKey, StoredKeys } from "../../../control/keys/stored.ts";
import { platformAccount, systemAccount } from "../../../schema/address.ts";
import { type ExitCode, exit } from "../../exit.ts";
import type { Io } from "../../io.ts";
import { paint } from "../../paint.ts";
import { type KeysOptions, withStore } from "./open.ts";

export interface KeysListOptions extends KeysOptions {
  readonly json: boolean;
}

/** One line of the list; `state` of keys: `signs`, or `trusted` when a newer one signs. */
interface Row {
  readonly of: string;
  readonly what: "identity" | "signing" | "bundles" | "user";
  readonly role?: string;
  readonly name?: string;
  readonly publicKey: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  readonly expires?: string;
  readonly state: "signs" | "trusted" | "valid" | "expired" | "revoked" | "signer is gone";
}

export function keysList(path: string, options: KeysListOptions, io: Io): Promise<ExitCode> {
  return withStore(path, options, io, async ({ store }) => {
    const now = new Date();
    const rows = rowsOf(store.keys(), now);
    if (options.json) io.out(`${JSON.stringify({ store: store.place, keys: rows }, null, 2)}\n`);
    else io.out(tableOf(rows, store, now, io));
    return exit.ok;
  });
}

function rowsOf({ operator, system, platform, tenants }: StoredKeys, now: Date): readonly Row[] {
  const named = [
    [systemAccount, system],
    [platformAccount, platform],
    ...Object.entries(tenants).sort(([a], [b]) => (a < b ? -1 : 1)),
  ] as const;
  return [
    identityRow("operator", operator.identity),
    ...operator.signing.map((key) => keyRow("operator", "signing", key, operator.signing)),
    ...operator.bundles.map((key) => keyRow("operator", "bundles", key, operator.bundles)),
    ...named.flatMap(([name, keys]) => accountRows(name, keys, now)),
  ];
}

function accountRows(of: string, { identity, signing, users }: AccountKeys, now: Date): readonly Row[] {
  const valid = new Set(signing.map(({ publicKey }) => publicKey));
  return [
    identityRow(of, identity),
    ...signing.map((key) => ({
      ...keyRow(
        of,
        "signing",
        key,
        signing.filter(({ role }) => role === key.role),
      ),
      role: key.role,
    })),
    ...users.map((user): Row => {
      const { publicKey, name, role, issued: since, expires } = user;
      const state = stateOf(user, valid, now);
      return { of, what: "user", role, name, publicKey, since, ...(expires === undefined ? {} : { expires }), state };
    }),
  ];
}

const identityRow = (of: string, { publicKey, created }: KeptKey): Row => ({
  of,
  what: "identity",
  publicKey,
  since: created,
  state: "signs",
});

const keyRow = (of: string, what: "signing" | "bundles", key: KeptKey, all: readonly KeptKey[]): Row => ({
  of,
  what,
  publicKey: key.publicKey,
  since: key.created,
  state: key === all.at(-1) ? "signs" : "trusted",
});

function stateOf({ revoked, expires, signer }: IssuedUser, valid: ReadonlySet<string>, now: Date): Row["state"] {
  if (revoked !== undefined) return "revoked";
  if (expires !== undefined && Date.parse(expires) <= now.getTime()) return "expired";
  return valid.has(signer) ? "valid" : "signer is gone";
}

const dayMs = 86_400_000;

function tableOf(rows: readonly Row[], store: KeyStore, now: Date, io: Io): string {
  const color = paint(io.colorOut);
  const lines = rows.map(({ of, what, role = "", name = "", publicKey, since, expires, state }) => {
    const age = `${Math.floor((now.getTime() - Date.parse(since)) / dayMs)}d old`;
    const until = expires === undefined ? "" : `, expires ${expires.slice(0, 10)}`;
    const good = state === "signs" || state === "valid";
    const label = what === "user" ? name : what;
    return `${color.bold(of.padEnd(12))} ${label.padEnd(16)} ${role.padEnd(8)} ${publicKey}  ${good ? color.green(state) : color.yellow(state)}, ${age}${until}`;
  });
  return `${color.dim(store.place)}\n${lines.join("\n")}\n`;
}
