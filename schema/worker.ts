// The shape of worker.mjs, the code half of a bundle: `export const worker = ($) => WorkerCode`, where `$` is the
// run time's guarded library (runtime/expression/library.ts). It imports nothing and holds no state between calls.

import type { Meta, ScopeError } from "./envelope.ts";
import type { Json, JsonObject } from "./json.ts";
import type { ErrorClass } from "./outcome.ts";

/** Values of a context, put in when a worker starts. Secret values are plain text here and nowhere else. */
export interface Env {
  readonly settings: JsonObject;
  readonly secrets: Readonly<Record<string, string>>;
}

/** What expressions see of one message. */
export interface Scope extends Env {
  readonly body: Json;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly meta: Meta;
  readonly error?: ScopeError;
}

/** What a step asked for came back, or did not. */
export type Answer =
  | { readonly kind: "value"; readonly value: Json }
  | { readonly kind: "failed"; readonly class: ErrorClass; readonly message: string };

/** By the key of the question. */
export type Answers = Readonly<Record<string, Answer>>;

/** Names that no target can have: the walk goes to the reply, or to the key that orders messages. */
export const replyTarget = "$reply";
export const orderTarget = "$order";

/** One violation of a contract: `/lines/0/qty` and what was wanted. */
export interface Issue {
  /** JSON Pointer into the body. */
  readonly path: string;
  readonly message: string;
}

/** What stood where a walk failed, as the code held it: not checked, not copied, for the dead letter to look into. */
export interface Seen {
  readonly body: unknown;
  readonly vars: unknown;
  readonly params: unknown;
}

/** Result of running a message, or one item of it, through the pure steps towards one target. */
export type WalkedOne = {
  /** Which item of a split: `.0`, `.3.1`; absent or empty where nothing was split. */
  readonly item?: string;
} & (
  | /** `settings`: the target's per-message settings, evaluated; `body`: what the last step left. */
  { readonly kind: "deliver"; readonly settings: JsonObject; readonly body: Json }
  | { readonly kind: "drop"; readonly reason: "filter" | "route" | "when" | "on-error"; readonly place: number }
  /** An expression failed or a bound was broken, or a question was answered by an error that nothing handles. */
  | {
      readonly kind: "failed";
      readonly place: number;
      readonly message: string;
      readonly class?: ErrorClass;
      readonly seen?: Seen;
      /** Of a contract: what it found, and in what. */
      readonly broke?: { readonly issues: readonly Issue[]; readonly value: unknown };
      /** A step's `on-error` sends it on to these targets. */
      readonly to?: readonly string[];
      /** Name of the step when it stands in front of several targets, whose walks may all fail there. */
      readonly step?: string;
    }
  /** A step wants an answer: ask, then walk again with it. `ask` names the question in the bundle. */
  | {
      readonly kind: "ask";
      readonly key: string;
      readonly ask: string;
      readonly settings: JsonObject;
      readonly body?: Json;
      readonly place: number;
    }
);

export type Walked = WalkedOne | { readonly kind: "many"; readonly items: readonly WalkedOne[] };

export interface SourceCode {
  /** Settings of the connector, the connection's under `connection`, evaluated once when the worker starts. */
  settings(env: Env): JsonObject;
  /** The contract, asked at the door; no issues means that the types hold. */
  check(body: Json): readonly Issue[];
  /**
   * The author's `message-id`; undefined when there is none or it yields undefined. Throws nothing: a failing
   * expression gives `{ failed }`.
   */
  messageId(scope: Scope): string | undefined | { readonly failed: string; readonly place: number };
  /** Of a source that polls. All of them may throw. */
  readonly poll?: PollCode;
}

export interface PollScope extends Env {
  /** Undefined for the first request. */
  readonly page: Json | undefined;
  readonly cursor: Json | undefined;
}

export interface PollCode {
  request(scope: PollScope): JsonObject;
  check(page: Json): readonly Issue[];
  more?(scope: PollScope): boolean;
  items?(scope: PollScope): readonly Json[];
  start?(env: Env): Json;
  next?(scope: PollScope): Json;
}

export interface TargetCode {
  /** Fixed settings of the connector, the connection's under `connection`, evaluated once when the worker starts. */
  settings(env: Env): JsonObject;
  /** Of a target that sends batches: its other settings. */
  batch?(scope: BatchScope): BatchSettings;
}

export interface BatchScope extends Env {
  readonly batch: { readonly id: string; readonly count: number; readonly items: readonly Json[] };
}

export type BatchSettings =
  | { readonly kind: "settings"; readonly settings: JsonObject }
  | { readonly kind: "failed"; readonly place: number; readonly message: string };

/** What a body must hold as bytes for the first filter to be true: one text at least of each group, as JSON writes it. */
export interface PrefilterCode {
  readonly groups: readonly (readonly string[])[];
  /** The filter's. */
  readonly place: number;
}

export interface WorkerCode {
  /** Absent: every message must be parsed. */
  readonly prefilter?: PrefilterCode;
  readonly sources: Readonly<Record<string, SourceCode>>;
  readonly targets: Readonly<Record<string, TargetCode>>;
  /** Of the connection that keeps large contents. */
  readonly objects?: { settings(env: Env): JsonObject };
  /** Fixed settings of what `call` steps ask, by key. */
  readonly asks?: Readonly<Record<string, { settings(env: Env): JsonObject }>>;
  /** Pure: same scope and answers, same result. `scope.body` is the parsed body as stored. Never throws. */
  walk(scope: Scope, target: string, answers?: Answers): Walked;
}

export interface WorkerModule<Library> {
  readonly worker: (library: Library) => WorkerCode;
}
