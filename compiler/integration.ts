// An Integration after resolve: every name looked up, every scalar read as a template, every default filled in.
// Check, lower and emit take it from here and never look into the YAML's shape again.

import type { RetryPolicy } from "../schema/bundle.ts";
import type { Bound, Manifest } from "../schema/connector.ts";
import type { Json, JsonSchema } from "../schema/json.ts";
import type { SecretsProvider } from "../schema/manifest.ts";
import type { MapValue, Site, Value } from "./value.ts";

/** A contract in use. `name` is how people call it; `key` names it in the bundle and in generated code. */
export interface Contract {
  readonly key: string;
  /** What people call it: `order@1`, `the contract of the source`. */
  readonly name: string;
  /** Written where it is used, without a name of its own. */
  readonly inline?: true;
  readonly schema: JsonSchema;
  /** Where it is written, for labels. */
  readonly site: Site;
}

/** One setting of a connector with what its manifest says about it. */
export interface Setting {
  readonly key: string;
  readonly value: Value;
  readonly schema: JsonSchema;
  /** Present: evaluated for each message, data is bounded so. */
  readonly bound?: Bound;
}

export interface Connection {
  readonly name: string;
  readonly connector: string;
  readonly settings: readonly Setting[];
  readonly site: Site;
}

/** The connector part of a source or a target. */
export interface Use {
  readonly manifest: Manifest;
  readonly settings: readonly Setting[];
  readonly connection?: Connection;
  /** The settings' own site: `source.http`. */
  readonly site: Site;
}

export type Step =
  | { readonly kind: "filter"; readonly site: Site; readonly condition: Value }
  | {
      readonly kind: "map";
      readonly site: Site;
      readonly value: MapValue;
      readonly as?: string;
      readonly when?: Value;
      readonly contract?: Contract;
    };

export interface Source {
  readonly name: string;
  readonly site: Site;
  readonly use: Use;
  /** Absent for `any`. */
  readonly contract?: Contract;
  readonly messageId?: Value;
  readonly steps: readonly Step[];
  /** Milliseconds. */
  readonly dedupe: number;
}

export interface Arm {
  readonly site: Site;
  readonly when?: Value;
  readonly to: readonly string[];
}

export interface Target {
  readonly name: string;
  readonly site: Site;
  readonly use: Use;
  readonly when?: Value;
  readonly steps: readonly Step[];
  readonly contract?: Contract;
  readonly retry: RetryPolicy;
  readonly onError: "dead" | "drop";
}

export interface Integration {
  readonly tenant: string;
  readonly name: string;
  readonly site: Site;
  readonly description?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly paused: boolean;
  readonly source: Source;
  readonly steps: readonly Step[];
  /** Absent: every target gets every message. */
  readonly route?: readonly Arm[];
  readonly targets: readonly Target[];
  /** Every contract in use, by key. */
  readonly contracts: ReadonlyMap<string, Contract>;
  /** The workspace's declared settings: the type of `settings` in expressions. */
  readonly settingsSchema: JsonSchema;
  /** The tenant's declared secrets. */
  readonly secrets: ReadonlySet<string>;
}

/** A tenant with everything that it owns. */
export interface Tenant {
  readonly name: string;
  /** Bytes of stream storage that its account is granted; undefined: the default. */
  readonly storage?: number;
  readonly integrations: readonly Integration[];
}

export interface Context {
  readonly name: string;
  readonly nats?: string;
  readonly settings: Readonly<Record<string, Json>>;
  readonly secrets: SecretsProvider;
}

export interface Workspace {
  readonly name: string;
  readonly contexts: readonly Context[];
  readonly tenants: readonly Tenant[];
}
