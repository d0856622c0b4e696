// What every `vrsky keys` verb begins with: the workspace, its context, and the store that the context names.

import { resolve } from "node:path";
import type { KeyStore } from "../../../control/keys/store.ts";
import type { StoredKeys } from "../../../control/keys/stored.ts";
import type { Reference } from "../../../schema/manifest.ts";
import { type Cluster, type ClusterOptions, chooseContext, fromControl, inContext } from "../../cluster.ts";
import { openFolder, type Ready } from "../../compile-workspace.ts";
import { type ExitCode, exit, ok, type Result, refuse } from "../../exit.ts";
import { type Io, say } from "../../io.ts";
import { keysReference, openStore } from "../../key-store.ts";

export interface KeysOptions extends ClusterOptions {
  /** A folder, instead of what the context says. */
  readonly store?: string;
}

export interface KeysPlace {
  readonly ready: Ready;
  readonly cluster: Cluster;
  readonly reference: Reference;
}

export function keysPlace(path: string, options: KeysOptions, io: Io): Result<KeysPlace> {
  const ready = openFolder(path, io, options);
  if (!ready.ok) return ready;
  const cluster = chooseContext(ready.value, options, io);
  if (!cluster.ok) return cluster;
  const reference =
    options.store === undefined ? keysReference(cluster.value) : ok({ file: resolve(io.cwd, options.store) });
  if (!reference.ok) return reference;
  const wanted = inContext(ready.value, cluster.value);
  return ok({ ready: wanted, cluster: cluster.value, reference: reference.value });
}

export interface WithStore extends KeysPlace {
  readonly store: KeyStore;
}

export async function withStore(
  path: string,
  options: KeysOptions,
  io: Io,
  work: (opened: WithStore) => Promise<ExitCode>,
): Promise<ExitCode> {
  const place = keysPlace(path, options, io);
  if (!place.ok) return say(io, place.refusal);
  const store = openStore(place.value.reference, place.value.ready, io);
  if (!store.ok) return say(io, store.refusal);
  return await work({ ...place.value, store: store.value });
}

/** The changed keys, or why they are not. */
export async function changeStore(
  store: KeyStore,
  edit: (keys: StoredKeys) => StoredKeys,
): Promise<Result<StoredKeys>> {
  const changed = await store.change(edit);
  return changed.ok ? ok(changed.value) : fromControl(changed.failure);
}

export const unknownTenant = ({ place, keys }: KeyStore, tenant: string) =>
  refuse(
    exit.usage,
    `The key store in ${place} has no tenant \`${tenant}\`.`,
    `It has ${Object.keys(keys().tenants).join(", ") || "none"}; \`vrsky keys init\` adds those that are new in the workspace.`,
  );
