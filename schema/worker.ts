// The shape of worker.mjs, the code half of a bundle: `export const worker = ($) => WorkerCode`, where `$` is the
// run time's guarded library (runtime/expression/library.ts). It imports nothing and holds no state between calls.

import type { Meta } from "./envelope.ts";
import type { Json, JsonObject } from "./json.ts";

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
}

/** One violation of a contract: `/lines/0/qty` and what was wanted. */
export interface Issue {
  /** JSON Pointer into the body. */
  readonly path: string;
  readonly message: string;
}

/** Result of running a message through the pure steps towards one target. */
export type Walked =
  /** `settings`: the target's per-message settings, evaluated; `body`: what the last step left. */
  | {
      readonly kind: "deliver";
      readonly settings: JsonObject;
      readonly body: Json;
    }
  | {
      readonly kind: "drop";
      readonly reason: "filter" | "route" | "when";
      readonly place: number;
    }
  /** An expression failed or a bound was broken; always permanent (`invalid`): the steps are pure. */
  | {
      readonly kind: "failed";
      readonly place: number;
      readonly message: string;
    };

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
}

export interface TargetCode {
  /** Fixed settings of the connector, the connection's under `connection`, evaluated once when the worker starts. */
  settings(env: Env): JsonObject;
}

export interface WorkerCode {
  readonly sources: Readonly<Record<string, SourceCode>>;
  readonly targets: Readonly<Record<string, TargetCode>>;
  /** Pure: same scope, same result. `scope.body` is the parsed body as stored. Never throws. */
  walk(scope: Scope, target: string): Walked;
}

export interface WorkerModule<Library> {
  readonly worker: (library: Library) => WorkerCode;
}
