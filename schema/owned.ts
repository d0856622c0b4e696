// The metadata by which apply knows what is its own, and whether it is as it was wanted.

import { canonical, sha256 } from "./canonical.ts";
import { owned } from "./topology.ts";

export type Ownership = Readonly<Record<string, string>>;

/** Hash of a wanted configuration; its metadata does not count. */
export function configHash(config: { readonly metadata?: unknown }): string {
  const { metadata: _, ...rest } = config;
  return sha256(canonical(rest)).slice(0, 16);
}

/** `integration` is "" for what a tenant's integrations share. */
export function ownership(workspace: string, integration: string, config: object): Ownership {
  return {
    [owned.by]: "vrsky",
    [owned.workspace]: workspace,
    [owned.integration]: integration,
    [owned.hash]: configHash(config),
  };
}

/** The same configuration with the hash that belongs to it, after a part of it has become another. */
export function rehashed<Config extends { readonly metadata: Ownership }>(config: Config): Config {
  return { ...config, metadata: { ...config.metadata, [owned.hash]: configHash(config) } };
}
