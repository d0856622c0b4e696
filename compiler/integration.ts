// An Integration after resolve: every name looked up, every scalar read as a template, every default filled in.
// Check, lower and emit take it from here and never look into the YAML's shape again.

import type { OnError, Retention, RetryPolicy } from "../schema/bundle.ts";
import type { Bound, Manifest } from "../schema/connector.ts";
import type { JsonSchema } from "../schema/json.ts";
import type { ManifestContext, Quotas } from "../schema/manifest.ts";
import type { RolloutTerms } from "../schema/rollout.ts";
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

/** What every kind of step may say. */
interface AnyStep {
  readonly site: Site;
}

/** Steps that make a value: it becomes the body, or `vars.<as>`. */
interface Making extends AnyStep {
  readonly as?: string;
  readonly when?: Value;
  readonly onError: OnError;
}

export type Step =
  | (AnyStep & { readonly kind: "filter"; readonly condition: Value })
  | (Making & { readonly kind: "map"; readonly value: MapValue; readonly contract?: Contract })
  | CallStep
  | ScriptStep
  | (AnyStep & { readonly kind: "split"; readonly list: Value })
  | (AnyStep & { readonly kind: "validate"; readonly contract?: Contract; readonly onError: OnError })
  | UseStep;

/** Its answer is the value; without a contract nothing is known about it. */
export interface CallStep extends Making {
  readonly kind: "call";
  /** Unique in the integration: names the question in caches, tests and traces. */
  readonly key: string;
  readonly use: Use;
  readonly contract?: Contract;
  /** Milliseconds. */
  readonly cache?: number;
  readonly retry?: RetryPolicy;
}

export interface ScriptStep extends Making {
  readonly kind: "script";
  readonly key: string;
  /** Below the workspace, forward slashes. */
  readonly file: string;
  readonly fileSite: Site;
  /** The whole script as it runs, and the files that went into it. */
  readonly code: string;
  readonly files: ReadonlyMap<string, string>;
  readonly contract?: Contract;
  /** Milliseconds; bytes. */
  readonly timeout?: number;
  readonly memory?: number;
}

/** A fragment's steps in place, with its parameters. */
export interface UseStep extends AnyStep {
  readonly kind: "use";
  readonly fragment: string;
  readonly params: MapValue;
  readonly paramsContract: Contract;
  readonly steps: readonly Step[];
}

/** Requests, page by page. The page's contract types `page`; the cursor is text. */
export interface Poll {
  readonly use: Use;
  readonly contract?: Contract;
  readonly more?: Value;
  readonly items?: Value;
  readonly cursor?: { readonly start: Value; readonly next: Value };
}

export interface Source {
  readonly name: string;
  readonly site: Site;
  readonly use: Use;
  readonly poll?: Poll;
  /** Absent for `any`. */
  readonly contract?: Contract;
  readonly messageId?: Value;
  readonly steps: readonly Step[];
  readonly onError: OnError;
  /** Milliseconds. */
  readonly dedupe?: number;
  /** The stream that it reads. */
  readonly stream?: Stream;
}

/** Where contents lie that are larger than chunks carry. */
export interface Objects {
  readonly site: Site;
  /** The tenant's connection, and `path`; absent: a bucket of NATS. */
  readonly use?: Use;
}

/** The answer to a caller who waits for the steps. */
export interface Reply {
  readonly site: Site;
  readonly settings: readonly Setting[];
}

/** Both parts are optional. */
export interface Limit {
  readonly rate?: { readonly count: number; readonly perMs: number };
  readonly concurrency?: number;
}

export interface Batch {
  readonly site: Site;
  readonly count: number;
  /** Milliseconds. */
  readonly within: number;
  /** As JSON. */
  readonly bytes?: number;
  readonly by?: Value;
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
  readonly onError: OnError;
  readonly limit?: Limit;
  readonly batch?: Batch;
  /** When it is new it gets what the intake still holds. */
  readonly backfill?: true;
  /** The stream that it writes. */
  readonly stream?: Stream;
  /** The table that it writes, where its connection says what that looks like. */
  readonly table?: DeclaredTable;
}

/** What a connection declares of a table behind it. */
export interface DeclaredTable {
  /** Of a row. */
  readonly contract: Contract;
  readonly site: Site;
}

/** What goes through is kept. */
export interface Archive {
  readonly site: Site;
  /** Milliseconds. */
  readonly keep: number;
  /** Bytes; absent: its share of the tenant's storage. */
  readonly size?: number;
}

export interface Integration {
  readonly tenant: string;
  readonly name: string;
  readonly site: Site;
  readonly description?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly paused: boolean;
  /** Its name before. */
  readonly movedFrom?: string;
  /** At least one. */
  readonly sources: readonly Source[];
  readonly steps: readonly Step[];
  /** Absent: every target gets every message. */
  readonly route?: readonly Arm[];
  readonly targets: readonly Target[];
  readonly reply?: Reply;
  readonly orderBy?: Value;
  readonly archive?: Archive;
  readonly ephemeral: boolean;
  readonly rollout?: RolloutTerms;
  /** Absent: no source takes such contents. */
  readonly objects?: Objects;
  /** Its tenant's; absent: standard. */
  readonly retention?: Retention;
  /** Every contract in use, by key. */
  readonly contracts: ReadonlyMap<string, Contract>;
  /** The workspace's declared settings: the type of `settings` in expressions. */
  readonly settingsSchema: JsonSchema;
  /** The tenant's declared secrets. */
  readonly secrets: ReadonlySet<string>;
}

/** What a tenant declares under `streams`. */
export interface Stream {
  readonly tenant: string;
  readonly name: string;
  readonly site: Site;
  /** Absent for `any`. */
  readonly contract?: Contract;
  /** Milliseconds. */
  readonly keep: number;
  /** Tenants. */
  readonly exportTo: readonly string[];
}

/** A tenant with everything that it owns. */
export interface Tenant {
  readonly name: string;
  /** Its document, when it has one. */
  readonly site?: Site;
  readonly quotas: Quotas;
  /** Absent: standard. */
  readonly retention?: Retention;
  readonly integrations: readonly Integration[];
  readonly streams: readonly Stream[];
}

export interface Context extends ManifestContext {
  readonly name: string;
  readonly site: Site;
}

export interface Workspace {
  readonly name: string;
  readonly contexts: readonly Context[];
  /** Their types. */
  readonly settings: JsonSchema;
  readonly tenants: readonly Tenant[];
}
