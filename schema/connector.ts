// The contract between the runtime and a connector. A connector reads, writes and says "not connected"; waiting,
// retrying and counting belong to the runtime. Nothing here assumes that it lives in the same process: everything
// that passes is data, a promise or an abort signal.

import type { Content, KeptContent, ObjectStore } from "./content.ts";
import type { Json, JsonObject, JsonSchema } from "./json.ts";
import type { DeliveryResult, ErrorClass } from "./outcome.ts";
import type { Issue } from "./worker.ts";

/**
 * How a piece of message data is bounded inside a setting's text (design: data fills parts, never places).
 * `token` one NATS subject token · `segment` a percent-encoded piece of a path or of its query · `file-segment` one file name part ·
 * `url` an encoded piece behind a literal host · `text` any text · `payload` any JSON, becomes part of the message.
 */
export type Bound = "token" | "segment" | "file-segment" | "url" | "text" | "payload";

/**
 * Keywords of our own inside a manifest's setting schemas:
 * - `x-vrsky-per-message`: a Bound. The setting is evaluated for each message and may use its data. Without it the
 *   setting is fixed when the worker starts and may use `settings` and `secrets` only.
 * - `x-vrsky-constant: true`: not even settings; it is part of the topology (an http source's path).
 * - `x-vrsky-format`: "duration" | "size" (text that the compiler reads; the connector gets milliseconds or bytes).
 * - `x-vrsky-page: true`: read by the compiler, about the pages of a source that polls or the tables behind a
 *   connection; no setting.
 * - `x-vrsky-outlasts-retries`: name of a setting. Where that is not false, this duration is longer than the target's retries.
 * - `x-vrsky-secret: true`: secrets may stand here (they may in every non-payload setting unless false).
 */
export interface SettingsSchema extends JsonObject {}

/**
 * How far what people write may be relied on. `stable`: it changes with the language's version only · `beta`: it may
 * change, and the changelog says how · `experimental`: it may change or go.
 */
export type Stability = "stable" | "beta" | "experimental";

/** What can go wrong at a target, and what becomes of the message. The docs print it, tests hold connectors to it. */
export interface TargetError {
  /** A clause: "the answer is 404". */
  readonly when: string;
  /**
   * `permanent`: never tried again · `transient`: it was not done, tried again · `unknown`: it may have been done, tried
   * again under the same id.
   */
  readonly result: Exclude<DeliveryResult["kind"], "delivered">;
  readonly class: ErrorClass;
  /** What the outside system calls it: statuses, SQLSTATEs, replies of a mail server; `5xx` is all that begin with 5. */
  readonly codes?: readonly string[];
}

/** What can go wrong at a source. */
export interface SourceError {
  readonly when: string;
  /**
   * `refused`: this message is not taken, others are · `disconnected`: it is tried again until it works · `halted`: going
   * on would lose or repeat something, a person decides.
   */
  readonly result: "refused" | "disconnected" | "halted";
}

/** A workspace's text that shows it at work; a test compiles it. */
export interface ManifestExample {
  readonly title: string;
  /** Lines of YAML: connections and integrations of one tenant. */
  readonly spec: readonly string[];
}

export interface SourceManifest {
  /** JSON Schema of the settings: closed object, each property with `description` and, where useful, `examples`. */
  readonly settings: SettingsSchema;
  /** JSON Schema (closed object) of what the connector adds to `meta`. */
  readonly meta: JsonSchema;
  /** What it adds beside, for one value of a setting only (an envelope). */
  readonly metaWhen?: { readonly setting: string; readonly is: string; readonly meta: JsonSchema };
  /** Setting that names an address which only one integration of a tenant may own, e.g. "path". */
  readonly owns?: string;
  /** Settings by which a sender must prove itself: where one is given, not everybody can send. */
  readonly guards?: readonly string[];
  /** Settings that say what a request looks like, for whoever writes one by hand. */
  readonly request?: readonly string[];
  /** The body's schema when the connector itself decides it (schedule); a contract is then optional. */
  readonly body?: JsonSchema;
  /** The same for one value of a setting only (a file's format). */
  readonly bodyWhen?: { readonly setting: string; readonly is: string; readonly body: JsonSchema };
  /**
   * What the connector puts around a body of the contract: `{ "x-vrsky-contract": true }` stands for it, and with
   * `"x-vrsky-partial": true` beside it for a body of which fields may be missing that the reader does not ask for.
   */
  readonly wraps?: JsonSchema;
  /** It uses its `state`: the worker gets the right to. */
  readonly remembers?: true;
  /**
   * One worker at a time runs it: the runtime holds a lease, and stops it when the lease is gone. `on-connection`: only
   * where the source has a connection.
   */
  readonly singleton?: "always" | "on-connection";
  /** A sender waits for the answer, which may be the integration's `reply`. */
  readonly replies?: true;
  /** It asks by a `call` of another connector, page by page. */
  readonly polls?: true;
  /** The delivery promise in one sentence, for the docs. */
  readonly delivery: string;
  readonly errors: readonly SourceError[];
}

/** A connection may say what its tables look like; a target that writes to one must fit. */
export interface DeclaredByConnection {
  /** Setting of the connection: by table, `{ contract, keys }`. */
  readonly in: string;
  /** Setting of the target that names the table; one without schema may stand for one with `prefix`. */
  readonly by: string;
  readonly prefix: string;
  /** Setting of the target that must be one of the `keys`. */
  readonly key: string;
}

export interface TargetManifest {
  readonly settings: SettingsSchema;
  /** What is sent: the body after the steps, or a payload setting such as `json`. For the docs and the checker. */
  readonly payload: "body" | "settings";
  /** It takes a list of messages as one delivery. */
  readonly batches?: true;
  /** How many deliveries it is given at once; 64 unless told. */
  readonly inFlight?: number;
  readonly declared?: DeclaredByConnection;
  /**
   * Settings by which messages are found and read where they go (`cloudevents.type` is one inside of another): whoever
   * reads there notices when one of them changes.
   */
  readonly seen: readonly string[];
  /** With this setting its body is no row but a change of one, `{ op, key, row, old }`; changes of a row have an order. */
  readonly changes?: { readonly setting: string; readonly is: string };
  readonly delivery: string;
  readonly errors: readonly TargetError[];
}

/** A request whose answer a step wants. */
export interface CallManifest {
  readonly settings: SettingsSchema;
  readonly delivery: string;
  readonly errors: readonly TargetError[];
}

export interface Manifest {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly stability: Stability;
  readonly source?: SourceManifest;
  readonly target?: TargetManifest;
  readonly call?: CallManifest;
  /** Other connectors whose connections its source and target may use (files on SFTP). */
  readonly connections?: readonly string[];
  /** JSON Schema of what a named connection of this connector holds. */
  readonly connection?: SettingsSchema;
  /** A connection may keep a tenant's large contents (`objects` of the tenant). */
  readonly keepsObjects?: true;
  readonly examples: readonly ManifestExample[];
}

/** What a source hands over. */
export interface Incoming {
  /** JSON text in UTF-8, exactly as it shall be stored; for `json` already parsed, give `value` as well. */
  readonly body: Uint8Array;
  /** The parsed body, so that it is not parsed twice. */
  readonly value: Json;
  /** Bytes that the body tells about, as `keep` gave them. Whoever is handed the message lets go of them in the end. */
  readonly content?: KeptContent;
  /** The provider's own id, when it has one (a delivery header, file and line): used when the spec gives none. */
  readonly id?: string;
  /** Lower-case names; credentials left out. */
  readonly headers: Readonly<Record<string, string>>;
  readonly meta: JsonObject;
  /** W3C trace context, as `traceContext` reads it. */
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** Answer to an Incoming. Only `stored` means that the message is the house's responsibility. */
export type Accepted =
  | {
      readonly kind: "stored";
      readonly id: string;
      readonly sequence: number;
      readonly duplicate: boolean;
    }
  | {
      readonly kind: "invalid";
      readonly issues: readonly Issue[];
      /** Its body fits the contract, and it cannot be taken all the same: `issues` says why. */
      readonly fits?: true;
    }
  /** NATS is away, full or slow, or the tenant takes in as much as it may: the sender must try again. */
  | {
      readonly kind: "unavailable";
      /** The latter. */
      readonly limited?: true;
      readonly reason: string;
      readonly retryAfterSeconds: number;
    };

/** What a sender that waits for the integration's `reply` is told. */
export type Answered =
  | Exclude<Accepted, { readonly kind: "stored" }>
  /** `settings`: what `reply` says, evaluated. */
  | { readonly kind: "reply"; readonly id: string; readonly settings: JsonObject }
  /** Its steps dropped it. */
  | { readonly kind: "dropped"; readonly id: string }
  | {
      readonly kind: "failed";
      readonly id: string;
      readonly class: ErrorClass;
      /** Not the message is to blame, but a system that a step asked. */
      readonly asked: boolean;
      readonly retryAfterSeconds?: number;
    }
  /** The signal was aborted before there was an answer. */
  | { readonly kind: "late"; readonly id: string };

/** Why a source does not run. The texts are shown to people: no secret, no payload. */
export type SourceFailure =
  /** Tried again with backoff and jitter, 1 s to 30 s. */
  | { readonly kind: "disconnected"; readonly reason: string }
  /**
   * Going on would lose or repeat something: a person decides. Looked at again every 10 s, since what heals it needs no
   * restart of the worker. `help`: what to do.
   */
  | { readonly kind: "halted"; readonly reason: string; readonly help: string };

/** `startSource` rejects with it; what else it rejects with is a mistake in the settings, and refuses the start. */
export function sourceError(failure: SourceFailure): Error {
  return Object.assign(new Error(failure.reason), { sourceFailure: failure });
}

export function sourceFailureOf(error: unknown): SourceFailure | undefined {
  if (!(error instanceof Error) || !("sourceFailure" in error)) return undefined;
  const failure: unknown = error.sourceFailure;
  if (typeof failure !== "object" || failure === null || !("kind" in failure) || !("reason" in failure)) return;
  const reason = String(failure.reason);
  if (failure.kind !== "halted") return { kind: "disconnected", reason };
  return { kind: "halted", reason, help: "help" in failure ? String(failure.help) : "" };
}

/**
 * Small durable memory of a source, kept in the tenant's account. Keys are free text. Of a source that one worker at a
 * time runs, `put` is fenced: it rejects in a worker that has lost the source to another.
 */
export interface SourceState {
  get(key: string): Promise<Json | undefined>;
  put(key: string, value: Json): Promise<void>;
}

export interface Log {
  info(fields: JsonObject, message: string): void;
  warn(fields: JsonObject, message: string): void;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some moment, which nobody sets back; absent: `now` has to do. */
  steady?(): number;
  /**
   * Calls back once after `ms`; the returned function cancels. `tick`: to see that all is well, again and again; where
   * nothing is under way a simulated clock may leap over it.
   */
  after(ms: number, run: () => void, kind?: "tick"): () => void;
}

/** For how long something takes or may take: the time of day is set right now and then, and may go back by hours. */
export const steadyNow = (clock: Pick<Clock, "now" | "steady">): number => clock.steady?.() ?? clock.now();

export interface SourceContext {
  readonly tenant: string;
  readonly integration: string;
  /** Name of the source inside the integration. */
  readonly name: string;
  /** Evaluated settings; a connection's are under `connection`. */
  readonly settings: JsonObject;
  /** The contract's schema, for decoding text formats; undefined for `any`. */
  readonly contract?: JsonSchema;
  /** Resolves once the message is durable (PubAck), or says why not. Never rejects. */
  accept(message: Incoming): Promise<Accepted>;
  /**
   * In order: where one is not stored, none after it is. One answer per message; `unavailable` for those not tried.
   * Waits where the worker or the tenant's quota has no room for them yet. Never rejects.
   */
  acceptAll(messages: readonly Incoming[]): Promise<readonly Accepted[]>;
  /**
   * Puts bytes aside until the message that tells about them is accepted: reads them to their end, never all of them in
   * memory. Throws a `contentError` when there are more than `most`, or no room for them; what `bytes` throws; and when
   * `signal` is aborted.
   */
  keep(
    bytes: AsyncIterable<Uint8Array>,
    options: { readonly most: number; readonly signal: AbortSignal },
  ): Promise<KeptContent>;
  /** Tells that a running source cannot go on: the runtime stops it (`stop()` is called) and starts it again. */
  fail(failure: SourceFailure): void;
  /** Aborted when the source is to stop: drain, swap, a lost lease. What is in hand may still be accepted. */
  readonly signal: AbortSignal;
  /**
   * Given to a source that replies, where the integration has a `reply`: as `accept`, then the steps up to the answer.
   * Never rejects. `signal`: nobody waits any more.
   */
  answer?(message: Incoming, signal: AbortSignal): Promise<Answered>;
  /** To be told when a message is turned away before `accept` (bad signature): becomes a RunEvent. */
  refuse(reason: string, kind: "unauthorized" | "invalid"): void;
  readonly state: SourceState;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RunningSource {
  /** Takes no new messages; resolves when those in hand are answered. */
  stop(): Promise<void>;
}

export interface TargetContext {
  readonly tenant: string;
  readonly integration: string;
  readonly name: string;
  /** Evaluated fixed settings; a connection's are under `connection`. */
  readonly settings: JsonObject;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Delivery {
  /** Stable over all attempts: use it as idempotency key. */
  readonly id: string;
  /** From 1. */
  readonly attempt: number;
  /** Evaluated per-message settings. */
  readonly settings: JsonObject;
  readonly body: Json;
  /** Bytes that the body tells about, when its source took such; not of a batch. */
  readonly content?: Content | undefined;
  /** When the message came in, ISO 8601; of a batch the first of its members. The same on every attempt. */
  readonly receivedAt?: string | undefined;
  /** It is a list of bodies, sent together: equal members, equal id. `ids`: of the members, in the list's order. */
  readonly batch?: { readonly id: string; readonly count: number; readonly ids: readonly string[] } | undefined;
  /** W3C trace context of the message, to be passed on. */
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
  /** Aborted when the worker must stop at once. */
  readonly signal: AbortSignal;
}

export interface OpenTarget {
  /** Never rejects: whatever goes wrong is a DeliveryResult. */
  deliver(delivery: Delivery): Promise<DeliveryResult>;
  /**
   * Of a `call`: what is asked, without the message that asks. Equal questions may share an answer; undefined is a
   * question of its own.
   */
  question?(delivery: Pick<Delivery, "settings" | "body">): Json | undefined;
  close(): Promise<void>;
}

export interface ObjectsContext {
  readonly tenant: string;
  readonly integration: string;
  /** Evaluated: `path`, and the connection's under `connection`. */
  readonly settings: JsonObject;
  readonly clock: Clock;
  readonly log: Log;
}

export interface OpenObjects extends ObjectStore {
  close(): Promise<void>;
}

/** An implementation, keyed by its manifest's name. Made once per worker by `connectors/<name>/`. */
export interface Connector {
  readonly manifest: Manifest;
  startSource?(context: SourceContext): Promise<RunningSource>;
  openTarget?(context: TargetContext): Promise<OpenTarget>;
  /** For `call` steps: what it delivers is a question, and `answer` of the result what came back. */
  openCall?(context: TargetContext): Promise<OpenTarget>;
  /** Where an integration's large contents lie. Throws when the settings are wrong; whether it is there is seen later. */
  openObjects?(context: ObjectsContext): Promise<OpenObjects>;
  /** Frees what all sources and targets shared (an HTTP listener). */
  close?(): Promise<void>;
}
