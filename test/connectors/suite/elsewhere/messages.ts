// All that passes between the run time and a connector that lives in another process. It is data, so it can be cloned;
// promises are a question and an answer with the same number, abort signals a message.

import type {
  Accepted,
  Answered,
  Delivery,
  Incoming,
  SourceContext,
  SourceFailure,
  TargetContext,
} from "../../../../schema/connector.ts";
import type { Json, JsonObject } from "../../../../schema/json.ts";
import type { DeliveryResult } from "../../../../schema/outcome.ts";

/** Which connector of which suite. */
export interface Which {
  readonly connector: string;
  readonly dataDir: string;
}

type Data<T, K extends keyof T> = Omit<T, K>;

/** What the run time asks of the connector. */
export type Order =
  | {
      readonly kind: "start";
      readonly source: number;
      readonly which: Which;
      readonly context: Data<
        SourceContext,
        "accept" | "acceptAll" | "keep" | "answer" | "fail" | "signal" | "refuse" | "state" | "clock" | "log"
      >;
      readonly replies: boolean;
    }
  | { readonly kind: "stop"; readonly source: number }
  | {
      readonly kind: "open";
      readonly target: number;
      readonly which: Which;
      readonly context: Data<TargetContext, "clock" | "log">;
    }
  | {
      readonly kind: "deliver";
      readonly target: number;
      readonly signal: number;
      readonly delivery: Data<Delivery, "signal" | "content">;
    }
  | { readonly kind: "close"; readonly target: number };

/** What a source asks of the run time. */
export type Wish =
  | { readonly kind: "acceptAll"; readonly source: number; readonly messages: readonly Incoming[] }
  | { readonly kind: "accept"; readonly source: number; readonly message: Incoming }
  | { readonly kind: "answer"; readonly source: number; readonly message: Incoming; readonly signal: number }
  | { readonly kind: "get"; readonly source: number; readonly key: string }
  | { readonly kind: "put"; readonly source: number; readonly key: string; readonly value: Json };

/** Told, without an answer. */
export type Notice =
  | { readonly kind: "abort"; readonly signal: number }
  | { readonly kind: "fail"; readonly source: number; readonly failure: SourceFailure }
  | {
      readonly kind: "refuse";
      readonly source: number;
      readonly reason: string;
      readonly class: "unauthorized" | "invalid";
    }
  | { readonly kind: "log"; readonly level: "info" | "warn"; readonly fields: JsonObject; readonly message: string };

export type Result = readonly Accepted[] | Accepted | Answered | DeliveryResult | Json | undefined;

export type Passing =
  | { readonly kind: "order"; readonly number: number; readonly order: Order }
  | { readonly kind: "wish"; readonly number: number; readonly wish: Wish }
  | { readonly kind: "notice"; readonly notice: Notice }
  | { readonly kind: "done"; readonly number: number; readonly result: Result }
  /** `failure`: of a source that is not connected, or halted. */
  | {
      readonly kind: "failed";
      readonly number: number;
      readonly reason: string;
      readonly failure?: SourceFailure | undefined;
    };
