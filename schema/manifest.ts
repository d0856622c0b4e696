// manifest.json of a compiled workspace: every file with its hash, and what a worker needs besides the bundles.

import type { JsonObject } from "./json.ts";

/** Where secret values come from: the environment, or a YAML/JSON file `{ <tenant>: { <name>: <value> } }`. */
export type SecretsProvider = "env" | { readonly file: string };

export interface ManifestContext {
  /** `nats://host:port` or `tls://…`; several separated by commas. */
  readonly nats?: string;
  readonly settings: JsonObject;
  readonly secrets: SecretsProvider;
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
