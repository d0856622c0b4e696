// What became of a message: the outcome of one attempt at one target, the records that are kept of it, and the events
// that logs, metrics, `dev` and the demo are told. Payloads and secret values are in none of them.

import type { Place } from "./bundle.ts";
import type { Json } from "./json.ts";

/** Classes of error that an author can name in `on-error`. */
export type ErrorClass = "invalid" | "not-found" | "rejected" | "unavailable";

/** Why an attempt failed, fit to be shown: secrets are masked before it is made. */
export interface Failure {
  readonly class: ErrorClass;
  readonly message: string;
  /** Where in the spec, when an expression or a contract failed. */
  readonly place?: Place;
  /** Status of the outside system, e.g. an HTTP status. */
  readonly status?: number;
  /**
   * In dead letters only: what the failing expression read, or what broke a contract, by its path. The value as JSON
   * text, cut to 200 characters; `undefined` where there was nothing.
   */
  readonly read?: Readonly<Record<string, string>>;
}

/** How many items of a split message have which end, or none yet. */
export interface ItemCounts {
  readonly delivered: number;
  readonly dropped: number;
  readonly dead: number;
  readonly retry: number;
  /** With `transport: ephemeral` alone. */
  readonly lost?: number;
}

/** What became of the items of a split message, where it was not the same for all: `.0-4`, `.7`, `.3.0-2`. */
export interface ItemsState {
  readonly delivered?: readonly string[];
  /** By an `on-error`. */
  readonly dropped?: readonly string[];
  /** Each a dead letter of its own. */
  readonly dead?: readonly string[];
  /** Cannot be delivered; they end in one letter, with the message. */
  readonly lost?: readonly string[];
  /** Why the first of them cannot. */
  readonly lostBy?: Failure;
  /** An attempt may have reached the target, its outcome is not known. */
  readonly unsure?: readonly string[];
  /** Of items that died in the last attempt; these may not be in the dead letters yet. */
  readonly letters?: readonly DeadLetter[];
}

/** What a target connector says of one delivery. */
export type DeliveryResult =
  /** `answer`: of a question that a step asked. */
  | { readonly kind: "delivered"; readonly detail?: string; readonly answer?: Json }
  /** Will never work: 4xx, contract violation. */
  | { readonly kind: "permanent"; readonly failure: Failure }
  /** May work later. The target did not do it. */
  | {
      readonly kind: "transient";
      readonly failure: Failure;
      readonly retryAfterMs?: number;
    }
  /** The connection was cut or timed out after sending: it may have been done. */
  | { readonly kind: "unknown"; readonly failure: Failure };

/** What the runtime decides after an attempt. */
export type Outcome =
  | {
      readonly kind: "delivered";
      readonly detail?: string;
      /** It failed, and counts as done: `on-error: continue`. */
      readonly continued?: true;
      readonly items?: ItemCounts;
    }
  | {
      readonly kind: "dropped";
      /** `items`: of a split message none was delivered and some died, each a dead letter of its own. */
      readonly reason: "filter" | "route" | "when" | "on-error" | "items";
      readonly place?: Place;
      /** Targets that its `on-error` sent it to. */
      readonly to?: readonly string[];
      readonly items?: ItemCounts;
    }
  | {
      readonly kind: "retry";
      readonly attempt: number;
      readonly dueAt: string;
      readonly failure: Failure;
      readonly items?: ItemCounts;
    }
  | { readonly kind: "dead"; readonly letter: DeadLetter; readonly items?: ItemCounts }
  /** With `transport: ephemeral`: it was not delivered, and nobody tries again. `items`: at least one of them was not. */
  | { readonly kind: "lost"; readonly reason: LossReason; readonly failure?: Failure; readonly items?: ItemCounts };

/**
 * `failed`: the steps, or the target after all attempts. `overload`: more came than the worker may hold. `stopped`: the
 * worker stopped before its turn.
 */
export type LossReason = "failed" | "overload" | "stopped";

/**
 * With `order-by`: it waits in the intake at the head of its partition, where it is handed out again, and nothing is
 * scheduled. `deliveries`: how often it had been handed out when that was written.
 */
export interface Held {
  readonly deliveries: number;
}

/** A person gave a dead letter another try. */
export interface Redrive {
  /** The how manieth of this message at this target, from 1. */
  readonly number: number;
  /** ISO 8601. */
  readonly at: string;
  readonly by: string;
  /** Sequence that the entry had in the dead letters. */
  readonly from: number;
  /** Of the death that it followed. */
  readonly diedAt: string;
  readonly failure: Pick<Failure, "class" | "message">;
  /** Made before it, in all; retry policies count anew. */
  readonly attempts: number;
  /** Its body was changed. */
  readonly patched?: true;
}

/** Carried on in every record of a message that was redriven: oldest first, the last ones only. */
interface WasRedriven {
  readonly redriven?: readonly Redrive[];
}

/** State of a message that failed at least once at a target; the body of `rx.<integration>.<target>.<IDH>`. */
export type RetryState = WasRedriven & RetryStateOf;

type RetryStateOf =
  | {
      readonly state: "parked";
      readonly id: string;
      /** Number of the attempt to make next, from 2. */
      readonly attempt: number;
      readonly dueAt: string;
      readonly firstFailureAt: string;
      readonly failure: Failure;
      /** An earlier attempt may have reached the target. */
      readonly possiblyDelivered: boolean;
      readonly bundle: string;
      readonly sequence: number;
      readonly items?: ItemsState;
      readonly held?: Held;
    }
  /** A suspect that is about to be run alone: started `started` times without an outcome. */
  | {
      readonly state: "started";
      readonly id: string;
      readonly started: number;
      /** The last time nothing else ran in the process. */
      readonly alone?: true;
      readonly attempt: number;
      /** Of its failures so far, when there are any. */
      readonly firstFailureAt?: string;
      readonly possiblyDelivered?: boolean;
      readonly bundle: string;
      readonly sequence: number;
      readonly held?: Held;
      readonly items?: ItemsState;
    }
  | { readonly state: "delivered"; readonly id: string; readonly at: string; readonly items?: ItemsState }
  /** `to`: targets that its `on-error` sent it to. */
  | {
      readonly state: "dropped";
      readonly id: string;
      readonly at: string;
      readonly to?: readonly string[];
      readonly items?: ItemsState;
    }
  | {
      readonly state: "dead";
      readonly id: string;
      readonly at: string;
      readonly letter: DeadLetter;
      readonly items?: ItemsState;
    };

/** Told with every dead letter, beside the original bytes and headers. */
export interface DeadLetter {
  /** Of the message, or `<id of the message><item>`. */
  readonly id: string;
  /** Only this item of a split message died: `.3`. The bytes are the whole message's. */
  readonly item?: string;
  /** All items of a split message died but these: `.0-4`, `.7`. */
  readonly ended?: readonly string[];
  readonly tenant: string;
  readonly integration: string;
  readonly target: string;
  readonly failure: Failure;
  readonly attempts: number;
  readonly firstFailureAt: string;
  readonly diedAt: string;
  readonly bundle: string;
  readonly sequence: number;
  /** An attempt without a known outcome came before: the target may have it. */
  readonly possiblyDelivered: boolean;
  /** Oldest first, the last ones only. */
  readonly redriven?: readonly Redrive[];
}

export type SourceCondition = "running" | "disconnected" | "halted" | "waiting";

/** One line of what happened, as it happens. `at` is ISO 8601. */
export type RunEvent = {
  readonly at: string;
  readonly tenant: string;
  readonly integration: string;
} & (
  | {
      readonly kind: "accepted";
      readonly id: string;
      readonly source: string;
      /** In the intake; 0 with `transport: ephemeral`, which has none. */
      readonly sequence: number;
      readonly duplicate: boolean;
    }
  | {
      readonly kind: "refused";
      readonly source: string;
      readonly reason: string;
      readonly class: "unauthorized" | "invalid" | "unavailable";
    }
  | {
      readonly kind: "outcome";
      readonly id: string;
      readonly target: string;
      readonly attempt: number;
      readonly durationMs: number;
      readonly outcome: Outcome;
    }
  | {
      /** What a sender that waited for the integration's `reply` was told. `late`: nothing in time, or it was gone. */
      readonly kind: "reply";
      readonly id: string;
      readonly source: string;
      readonly durationMs: number;
      readonly result: "replied" | "dropped" | "failed" | "late";
      readonly class?: ErrorClass;
    }
  | {
      /** A list was sent to a target; the outcomes of its messages are told beside it. */
      readonly kind: "batch";
      readonly target: string;
      readonly batch: string;
      readonly count: number;
      readonly durationMs: number;
      readonly result: DeliveryResult["kind"];
    }
  | {
      /** A source runs, or does not. `waiting`: another worker has its lease. */
      readonly kind: "source";
      readonly source: string;
      readonly condition: SourceCondition;
      readonly reason?: string;
      /** What to do, where a person must. */
      readonly help?: string;
    }
  | {
      /** A bundle runs on a share of the keys beside the stable one, or has ended to. */
      readonly kind: "rollout";
      readonly state: "started" | "promoted" | "rolled-back";
      readonly bundle: string;
      /** Parts of 10,000. */
      readonly share: number;
      readonly reason?: string;
    }
  | {
      /** A target stopped answering, is tried again, or answers again. */
      readonly kind: "breaker";
      readonly target: string;
      readonly state: "open" | "half-open" | "closed";
      /** Why it opened. */
      readonly failure?: Failure;
      /** Open: nothing is sent to it before. */
      readonly until?: string;
    }
);
