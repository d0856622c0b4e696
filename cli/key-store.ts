// The key store of a context: where it is, and the cluster that is reached with it.

import { type OperatorAccess, openOperatorAccess } from "../control/accounts/operator-access.ts";
import { type KeyStore, openKeyStore } from "../control/keys/store.ts";
import type { Reference } from "../schema/manifest.ts";
import { type Cluster, fromControl } from "./cluster.ts";
import type { Ready } from "./compile-workspace.ts";
import { exit, ok, type Result, refuse } from "./exit.ts";
import type { Io } from "./io.ts";

export function keysReference({ name, context }: Cluster): Result<Reference> {
  if (context.keys !== undefined) return ok(context.keys);
  return refuse(
    exit.usage,
    `Context \`${name}\` names no key store.`,
    `Add to it in vrsky.yaml, for example: keys: { file: ~/.vrsky/keys-${name} }`,
  );
}

export function openStore(reference: Reference, { folder }: Ready, io: Io): Result<KeyStore> {
  const opened = openKeyStore(reference, { folder, env: io.env });
  return opened.ok ? ok(opened.value) : fromControl(opened.failure);
}

export async function openWithKeys({ url }: Cluster, store: KeyStore): Promise<Result<OperatorAccess>> {
  const opened = await openOperatorAccess({ url, store });
  return opened.ok ? ok(opened.value) : fromControl(opened.failure);
}
