// What happened in a case, as plain data: times in milliseconds since it began.

import type { Json, JsonObject } from "../../schema/json.ts";
import type { DeadLetter, RunEvent } from "../../schema/outcome.ts";
import type { Issue } from "../../schema/worker.ts";

/** What a target is sent, a call asked, or what a source polls. */
export interface Asked {
  /** Or the call, or the source. */
  readonly target: string;
  readonly at: number;
  readonly id: string;
  readonly attempt: number;
  /** The body, or the setting that stands for it. */
  readonly body: Json;
  readonly settings: JsonObject;
}

export interface SentDelivery extends Asked {
  /** The target took it. */
  readonly taken: boolean;
}

export interface Refused {
  readonly at: number;
  readonly source: string;
  readonly reason: string;
  readonly issues: readonly Issue[];
}

/** A message with its dead letter. */
export interface Dead {
  readonly target: string;
  readonly letter: DeadLetter;
}

export type Ended = Extract<RunEvent, { readonly kind: "outcome" }>;

export interface Happened {
  readonly sent: readonly SentDelivery[];
  /** Questions of calls, and those of polls that were answered. */
  readonly asked: readonly Asked[];
  readonly replies: readonly JsonObject[];
  readonly refused: readonly Refused[];
  readonly duplicates: number;
  readonly dead: readonly Dead[];
  /** Outcomes of attempts, retries included. */
  readonly outcomes: readonly (Ended & { readonly began: number })[];
  /** What the case does not provide for: a call without an answer, a message that nothing takes. */
  readonly flaws: readonly string[];
}
