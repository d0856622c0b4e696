// manifest.json of a compiled workspace: every file with its hash, and what a worker needs besides the bundles.

import type { JsonObject } from "./json.ts";

/** Where secret values come from: the environment, or a YAML/JSON file `{ <tenant>: { <name>: <value> } }`. */
export type SecretsProvider = "env" | { readonly file: string };

/** Where something secret is found: a file (or folder) below the workspace or absolute, `~/` allowed; or a variable. */
export type Reference = { readonly file: string } | { readonly env: string };

/** What a context says of one tenant instead of tenant.yaml. */
export interface TenantOverlay {
  readonly quotas?: Quotas;
  /** Instead of the context's own. */
  readonly placement?: Placement;
}

/** Servers on which streams lie: of this cluster, and with all of these tags. */
export interface Placement {
  readonly cluster?: string;
  readonly tags?: readonly string[];
}

/** Absent: the default. Sizes in bytes. */
export interface Quotas {
  readonly connections?: number;
  readonly storage?: number;
  readonly streams?: number;
  readonly consumers?: number;
  readonly payload?: number;
  /** Per second and worker. */
  readonly messages?: number;
}

export interface ManifestContext {
  /** `nats://host:port` or `tls://…`; several separated by commas. */
  readonly nats?: string;
  readonly settings: JsonObject;
  readonly secrets: SecretsProvider;
  /** How the control plane and workers log in, when `--creds` does not say. */
  readonly credentials?: Reference;
  /** Operator mode: the key store with which accounts and users are signed, and bundles too. */
  readonly keys?: Reference;
  /** Public keys: workers run only what one of them has signed. */
  readonly trust?: readonly string[];
  /** Of every stream; 1 unless told. */
  readonly replicas?: 1 | 3 | 5;
  /** Of every stream; anywhere unless told. */
  readonly placement?: Placement;
  readonly tenants?: Readonly<Record<string, TenantOverlay>>;
}

export interface CompiledManifest {
  readonly format: 1;
  readonly workspace: string;
  readonly language: 1;
  readonly contexts: Readonly<Record<string, ManifestContext>>;
  readonly integrations: readonly {
    readonly tenant: string;
    readonly integration: string;
    readonly hash: string;
  }[];
  /** Path relative to the folder, forward slashes → SHA-256, hex. */
  readonly files: Readonly<Record<string, string>>;
}
