// A message inside the house: body bytes as the source stored them, everything else in NATS headers.

import type { ContentReference } from "./content.ts";
import type { JsonObject } from "./json.ts";
import type { ErrorClass } from "./outcome.ts";

/** A message that an `on-error` sends on: to which targets, and what they are told. */
export interface ScopeError {
  readonly class: ErrorClass;
  readonly message: string;
  readonly to: readonly string[];
  /** Targets where it ended: it goes to none of them again. */
  readonly from?: readonly string[];
}

/** Header names on the intake, RETRY and DLQ streams. Unknown headers are kept and passed on. */
export const header = {
  /** The one stable id: dedupe, idempotency key, retry state, dead letter, trace. URI-component-encoded (ASCII). */
  id: "Vrsky-Id",
  /** Everything else that the source knew: an EnvelopeRecord as one line of ASCII JSON. One header, since each costs. */
  envelope: "Vrsky-Envelope",
  /** What lies beside it: a ContentReference as one line of JSON. */
  content: "Vrsky-Content",
  /** W3C trace context. */
  traceparent: "traceparent",
  tracestate: "tracestate",
  /** On RETRY and DLQ: number of the attempt to make, respectively of attempts made; from 1. */
  attempt: "Vrsky-Attempt",
  /** On RETRY and DLQ: sequence of the message in the intake. */
  sequence: "Vrsky-Sequence",
  /** On RETRY and DLQ: which item of a split it is about, `.3`; absent: the whole message. */
  item: "Vrsky-Item",
  /** On RETRY and DLQ: the last `Redrive` that it had, in short, as JSON, ASCII-escaped. */
  redriven: "Vrsky-Redriven",
  /** What was replayed from an archive: of which message, in which run, by whom; as JSON, ASCII-escaped. */
  replay: "Vrsky-Replay",
  /** On DLQ: a DeadLetter record as JSON, ASCII-escaped. */
  dead: "Vrsky-Dead",
} as const;

/** Content of the header `Vrsky-Envelope`. */
export interface EnvelopeRecord {
  /** Name of the source inside the integration. */
  readonly source: string;
  /** When the source had it whole: ISO 8601, UTC, milliseconds. */
  readonly receivedAt: string;
  /** Hash of the contract that the body was checked against; "" for `any`. */
  readonly contract: string;
  /** Hash of the bundle that accepted the message. */
  readonly bundle: string;
  /** What the connector tells about it (`meta.file`, `meta.subject`). */
  readonly meta: JsonObject;
  /** Headers of the incoming message, lower case, credentials left out. */
  readonly headers: Readonly<Record<string, string>>;
  /** Present when an `on-error` sends it on instead of letting it die. */
  readonly error?: ScopeError | undefined;
  /** All its items but these, which have their end: `.0-4`, `.7`. */
  readonly ended?: readonly string[] | undefined;
}

/** The source's metadata as expressions see it: `meta.id`, `meta.source`, `meta.receivedAt` and the connector's own. */
export interface Meta extends JsonObject {
  readonly id: string;
  readonly source: string;
  readonly receivedAt: string;
}

/** Bytes that lie beside a message, and where. */
export interface StoredContent {
  readonly reference: ContentReference;
  /** Of chunks: in the intake they lie right before their head, in RETRY they are all that their subject has. */
  readonly lies: "intake" | "retry";
  /** Subject token of the message there. */
  readonly hash: string;
}

export interface Envelope extends EnvelopeRecord {
  readonly id: string;
  readonly traceparent?: string | undefined;
  /** NATS headers that somebody else put there: they travel on to RETRY and DLQ. */
  readonly others?: Readonly<Record<string, string>> | undefined;
  /** Members of its record that a later version has put there: they travel on as well. */
  readonly more?: JsonObject | undefined;
  /** Only this item of what the steps split it into, and what that was split into: `.3`. */
  readonly item?: string | undefined;
  /** What lies beside it. */
  readonly content?: StoredContent | undefined;
  /** Number of the attempt that is being made, from 1. */
  readonly attempt: number;
  /** Sequence in the intake stream. */
  readonly sequence: number;
  /** JSON text, UTF-8, as it was received. */
  readonly body: Uint8Array;
}
