// What a new bundle makes of real messages, against what the deployed one makes of them: counts, paths and kinds, and
// values only where somebody asked to see them. Data only; made by `plan --replay`.

import type { Place } from "./bundle.ts";
import type { Json } from "./json.ts";
import type { ErrorClass } from "./outcome.ts";

/** What kind of value it is, and how long; the value itself only where values were asked for. */
export type Shown =
  | { readonly type: "text" | "list" | "object"; readonly length: number; readonly value?: Json }
  | { readonly type: "number" | "boolean" | "null"; readonly value?: Json };

/** A field of what is sent or asked: `body.lines[0].sku`, `settings.path`. */
export type FieldDifference =
  | { readonly kind: "changed"; readonly path: string; readonly from: Shown; readonly to: Shown }
  | { readonly kind: "added"; readonly path: string; readonly to: Shown }
  | { readonly kind: "removed"; readonly path: string; readonly from: Shown };

/** Of one message at one target. */
export type TargetDifference =
  | FieldDifference
  /** It goes to the target now. `fresh`: which is new. */
  | { readonly kind: "gets"; readonly fresh?: true }
  /** It went there, and does not any more. `reason`: `filter`, `route`, `when`, …; `gone`: the target is. */
  | { readonly kind: "gets-no-more"; readonly reason: string; readonly place?: Place }
  | { readonly kind: "dies"; readonly class: ErrorClass; readonly message: string; readonly place?: Place }
  | { readonly kind: "dies-no-more" }
  /** So many messages become of it; 1 also where it was not split. */
  | { readonly kind: "items"; readonly from: number; readonly to: number }
  /** Another question is asked, or none: what follows is not compared. */
  | { readonly kind: "asks"; readonly from?: string; readonly to?: string };

/** Of one message before any target. */
export type DoorDifference =
  | { readonly kind: "refused"; readonly path: string; readonly message: string }
  | { readonly kind: "refused-no-more" }
  /** The id changes, and with it what counts as the same message. */
  | { readonly kind: "id"; readonly from: Shown; readonly to: Shown }
  /** Order per key: other messages stand in line with it. */
  | { readonly kind: "order"; readonly from?: Shown; readonly to?: Shown };

export type Difference =
  | DoorDifference
  | (TargetDifference & {
      /** `$reply`: what the caller is answered. */
      readonly target: string;
      /** Of a split: `.0`, `.3.1`. */
      readonly item?: string;
      /** It came there by the `on-error` of a step or of another target. */
      readonly via?: string;
      /** The call whose question it is about. */
      readonly ask?: string;
    });

/** The worst that is true of a message. `open`: the same as far as the first question that nobody answered. */
export type Verdict = "same" | "open" | "differs" | "dies" | "refused";

export interface MessageDifference {
  readonly id: string;
  /** Sequence in the stream that it was read from. */
  readonly sequence: number;
  readonly verdict: Verdict;
  readonly differences: readonly Difference[];
}

/** Differences of one kind at one place; in `path` every index is `[]`. */
export interface DifferenceGroup {
  readonly difference: Difference;
  readonly path?: string;
  /** Messages. */
  readonly count: number;
  /** The first ones. */
  readonly examples: readonly { readonly id: string; readonly difference: Difference }[];
}

export interface Compared {
  readonly kind: "compared";
  /** How many messages came to which end; together they are all that were compared. */
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** When the first and the last one were stored: ISO 8601. */
  readonly from: string;
  readonly to: string;
  readonly groups: readonly DifferenceGroup[];
  /** Differences that are in none of the groups, since there are too many places. */
  readonly ungrouped: number;
  /** Where comparing ended at a question that nobody answered. */
  readonly open: readonly { readonly target: string; readonly ask: string; readonly messages: number }[];
  /** Messages that were not compared, and why. */
  readonly unread: readonly { readonly reason: string; readonly messages: number }[];
  /** Targets that send batches: which messages share one is not played. */
  readonly batches: readonly string[];
  /** Calls that were answered alike for every message, as somebody said. */
  readonly answered: readonly string[];
}

/** `nothing`: there is nothing to compare, and why. `impossible`: there is, and it cannot be done. */
export type IntegrationDifference = {
  readonly tenant: string;
  readonly integration: string;
  readonly movedFrom?: string;
} & (Compared | { readonly kind: "nothing" | "impossible"; readonly reason: string });

export interface ReplayDifference {
  /** So many messages of each integration were asked for. */
  readonly messages: number;
  readonly integrations: readonly IntegrationDifference[];
}
