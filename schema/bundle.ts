// The Bundle: the frozen, hashed result of compiling one integration, and the only thing handed from compile time to
// run time. bundle.json is plain data that people read, diff and post; worker.mjs (see worker.ts) is its code.

import type { JsonObject, JsonSchema } from "./json.ts";
import type { ErrorClass } from "./outcome.ts";

/** A place in the workspace's text, kept for errors at run time. Lines and columns from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Path inside the document: `targets.slack.http.json.text`. */
  readonly path: string;
}

/** Capped exponential backoff with full jitter. All times in milliseconds. */
export interface RetryPolicy {
  /** No attempt is made later than this after the first failure. */
  readonly for: number;
  readonly initial: number;
  readonly max: number;
  readonly multiplier: number;
  /** Upper limit on attempts, when the author gave one. */
  readonly attempts?: number;
}

/**
 * What becomes of a message that failed. `continue`: a step's result is undefined, a target counts as done. `to`: these
 * targets get the failed body and the `error`.
 */
export type Reaction = "dead" | "drop" | "continue" | { readonly to: readonly string[] };

/** Classes that are not named die. */
export type OnError = { readonly [Class in ErrorClass]?: Reaction };

export interface BundleSource {
  readonly connector: string;
  /** Name of the tenant's connection, when one is used. */
  readonly connection?: string;
  /** Of a source that polls: the connector by which it asks, and its connection. */
  readonly asks?: { readonly connector: string; readonly connection?: string };
  /** Key into `contracts`; absent for `any`. */
  readonly contract?: string;
  /** The address that it alone owns: an HTTP path, a file pattern. */
  readonly address?: string;
  /** How a sender must prove itself: names of settings, such as `signature`. */
  readonly guards?: readonly string[];
  /** What a request looks like, as far as the settings say it: `format: xml`. */
  readonly request?: JsonObject;
  /** How long a message id is known at least, in milliseconds; 0: as long as the history of the intake lasts. */
  readonly dedupe: number;
  /** What happens to a message that does not fit the contract; without it the sender is told. */
  readonly onError?: OnError;
  readonly place: Place;
}

export interface BundleTarget {
  readonly connector: string;
  readonly connection?: string;
  readonly retry: RetryPolicy;
  /** What happens to a message that cannot be delivered. */
  readonly onError: OnError;
  readonly limit?: {
    readonly rate?: { readonly count: number; readonly perMs: number };
    readonly concurrency?: number;
  };
  readonly batch?: BundleBatch;
  readonly place: Place;
}

export interface BundleBatch {
  readonly count: number;
  /** Milliseconds. */
  readonly within: number;
  /** As JSON; absent: `batchBytes`. */
  readonly bytes?: number;
}

/** A question that steps ask: an outside system, or a script. */
export type BundleAsk =
  | {
      readonly kind: "call";
      readonly connector: string;
      readonly connection?: string;
      /** Milliseconds. */
      readonly cache?: number;
      readonly retry?: RetryPolicy;
      /** The step's `on-error` says what happens when nobody answers; else the message comes again. */
      readonly handles?: true;
      readonly place: Place;
    }
  | {
      readonly kind: "script";
      /** The whole script, bundled. */
      readonly code: string;
      /** Milliseconds; bytes. */
      readonly timeout?: number;
      readonly memory?: number;
      readonly place: Place;
    };

/** How long the history of the intake is kept, and the tenant's dead letters, where that is not the standard. */
export type Retention = "short" | "long";

export interface BundleContract {
  /** SHA-256 of the canonical schema, hex. */
  readonly hash: string;
  readonly schema: JsonSchema;
}

export interface Bundle {
  readonly format: 1;
  readonly tenant: string;
  readonly integration: string;
  readonly description?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly paused?: boolean;
  /** Absent: durable. `ephemeral`: messages pass over core NATS and are stored nowhere. */
  readonly transport?: "ephemeral";
  /** Absent: standard. */
  readonly retention?: Retention;
  /** What goes through is copied into an archive: nothing leaves the intake before it is there. */
  readonly archive?: true;
  /** SHA-256, hex, over this record without `hash` (canonical JSON) and over worker.mjs. */
  readonly hash: string;
  /** SHA-256 of worker.mjs, hex. */
  readonly worker: string;
  readonly sources: Readonly<Record<string, BundleSource>>;
  readonly targets: Readonly<Record<string, BundleTarget>>;
  /** `order-by`: messages of one key lie in one of so many partitions, and each target takes a partition in order. */
  readonly order?: { readonly partitions: number; readonly place: Place };
  /** By the key under which the code asks. */
  readonly asks?: Readonly<Record<string, BundleAsk>>;
  /**
   * Where contents lie that are larger than chunks carry: buckets of NATS's object store, or a connection of the tenant.
   * Absent: no source takes any.
   */
  readonly objects?: { readonly store: "nats" } | { readonly store: string; readonly connector: string };
  /** What a worker must be able to do beyond steps and deliveries: `reply`, `order-by`, `batch`, … */
  readonly needs?: readonly string[];
  readonly contracts: Readonly<Record<string, BundleContract>>;
  /** Names that the code reads; values come from the context when the worker starts. */
  readonly settings: readonly string[];
  readonly secrets: readonly string[];
  /** Indexed by the numbers in worker.mjs. */
  readonly places: readonly Place[];
  /** What the expressions at a place read, by its number: ["body", "lines", 0, "sku"]. Secrets are not among it. */
  readonly reads?: Readonly<Record<string, readonly (readonly (string | number)[])[]>>;
}

/** A bundle with its code's text, as the runtime takes it. */
export interface CodedBundle {
  readonly bundle: Bundle;
  readonly code: string;
}
