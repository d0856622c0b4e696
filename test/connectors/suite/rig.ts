// What the delivery suite asks of each connector: how an outside system is made, how things are put in and effects read
// out, and how the way to it is broken and healed. One small file per connector in rigs/.

import type { NatsConnection } from "@nats-io/nats-core";
import type { JsonObject } from "../../../schema/json.ts";
import type { CutWire } from "../../rig/cut-wire.ts";

/** What every message of the suite is. */
export type Item = { readonly id: string; readonly n: number; readonly text: string };

/** Its contract, in the short form. */
export const itemContract = { id: "string", n: "integer", text: "string" };

export const cases = {
  "open-close": "opens and closes, again and again, with nothing to do",
  isolated: "two that run beside each other do not see what is the other's",
  batches: "takes many at once, and all of them arrive",
  parallel: "many come from everywhere at the same time, and all of them arrive",
  "back-pressure": "takes no more in hand than it may while nothing is acknowledged",
  "out-of-order": "what had no end when it was stopped comes again, and nothing of what had its end",
  reconnect: "the way to the outside system breaks and heals, and nothing is lost",
  "away-at-start": "starts while the outside system is away, and begins when it is there",
  poison: "what can never be taken ends for itself, and its neighbours arrive",
  large: "a large message arrives as it was",
  drain: "is stopped in the middle of its work, and nothing is lost or done twice",
} as const;

export type CaseName = keyof typeof cases;

export type Side = "source" | "target";

/** A case that does not apply, and why. */
export type Exempt = Partial<Record<CaseName, string>>;

/** A worker that runs the integrations of one case. */
export interface Scene {
  /** An unrestricted user of the tenant's account. */
  readonly admin: NatsConnection;
  /** The worker's way to NATS. */
  readonly wire: CutWire;
  /** Where webhooks are taken; undefined while nobody listens. */
  httpPort(): number | undefined;
}

export interface SourceSide {
  /** What stands under `source` of the integration; `place` is a name that no other case uses. */
  spec(place: string): JsonObject;
  /** What makes an item of what it hands over. */
  readonly steps?: readonly JsonObject[];
  /** Its contract is not the integration's to say. */
  readonly ownContract?: true;
  /** Resolves when the outside system has them, or, where a sender is answered, when it was told that they are stored. */
  put(place: string, items: readonly Item[], scene: Scene): Promise<void>;
  /** Puts in what is no message. Resolves as `put` does. */
  putPoison?(place: string, scene: Scene): Promise<void>;
  /** So many messages it hands over at most without an answer to any; then it waits. */
  readonly inHand?: number;
  /** It hands one over after the other: what is behind one that is not stored is not stored either. */
  readonly inOrder?: true;
}

export interface TargetSide {
  /** What stands under the target's name. */
  spec(place: string): JsonObject;
  /** Every effect that the outside system shows, repeats included, in any order. */
  effects(place: string, scene: Scene): Promise<readonly Item[]>;
  /** An item that the system refuses for good, once `prepare` was called. */
  readonly poison?: Item;
  prepare?(place: string, scene: Scene): Promise<void>;
}

export interface Outside extends AsyncDisposable {
  /** Of the tenant `acme`, asked for once all specs are made. */
  readonly connections?: JsonObject;
  streams?(): JsonObject;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Root of the file connector. */
  readonly dataDir?: string;
  readonly source?: SourceSide;
  readonly target?: TargetSide;
  /** Before the workspace is applied. */
  before?(admin: NatsConnection): Promise<void>;
  break(scene: Scene, side: Side): Promise<void>;
  heal(scene: Scene, side: Side): Promise<void>;
}

export interface ConnectorRig {
  /** Name of its manifest, and what tells it from another rig of the same one: `file`, `file on sftp`. */
  readonly name: string;
  readonly connector: string;
  readonly sides: Readonly<Partial<Record<Side, Exempt>>>;
  /** `folder` is the suite's own, gone with it. */
  open(folder: string): Promise<Outside>;
}
