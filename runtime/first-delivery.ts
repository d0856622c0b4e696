// The way of a message that nobody has tried yet, which is almost every message: pull, walk, deliver, ack, and nothing
// that waits in between but the target itself. Whatever is not as simple takes the way of target.ts.

import type { Bundle } from "../schema/bundle.ts";
import type { Delivery } from "../schema/connector.ts";
import type { Envelope } from "../schema/envelope.ts";
import type { DeliveryResult, Outcome } from "../schema/outcome.ts";
import { type Attempted, askAndDeliver, type ItemsAttempted, prepare, sumOf, toAttempted } from "./attempt.ts";
import { withContent } from "./content/open.ts";
import type { Context } from "./context.ts";
import { spotId } from "./envelope.ts";
import type { Gate } from "./gate.ts";
import type { Lease } from "./program.ts";
import type { Pulled } from "./pull.ts";
import { nothingKnown } from "./retry-state.ts";
import { withoutRead } from "./send-on.ts";
import type { Job, Settled } from "./settle.ts";
import { settleAttempted } from "./settle-items.ts";
import { reasonOf } from "./start-failure.ts";
import type { Throttle, Turn } from "./throttle.ts";

/** A class, and one object for all that is known of the message: as many as are in flight live until they are settled. */
class FirstDelivery implements Job {
  readonly uncertain = false;
  readonly prior = nothingKnown;
  readonly target: string;
  readonly hash: string;
  readonly message: Pulled;
  readonly envelope: Envelope;
  readonly bundle: Bundle;
  readonly #context: Context;
  readonly #let: LetIn;
  readonly #startedAt: number;

  constructor(context: Context, letIn: LetIn, spot: FirstSpot) {
    this.target = spot.target;
    this.hash = spot.hash;
    this.message = spot.message;
    this.envelope = spot.envelope;
    this.bundle = letIn.lease.program.bundle;
    this.#context = context;
    this.#let = letIn;
    this.#startedAt = context.clock.now();
  }

  run(): void {
    const context = this.#context;
    const { lease } = this.#let;
    try {
      const prepared = prepare(context, lease, this.target, this.envelope);
      if (prepared.kind === "deliver") {
        const delivery = withContent(context, this.target, this.envelope, prepared.delivery);
        if (lease.send === undefined)
          context.attempts.start(lease.open, delivery, (result) => this.#answered(result, delivery));
        else void lease.send(delivery).then((result) => this.#answered(result, delivery));
      } else if (prepared.kind === "walked") {
        askAndDeliver(context, lease, this.target, this.envelope, prepared, noneEnded).then(
          (attempted) => this.#attempted(attempted),
          (error: unknown) => this.#failed(error),
        );
      } else this.#attempted(prepared);
    } catch (error) {
      this.#failed(error);
    }
  }

  #answered(result: DeliveryResult, delivery: Pick<Delivery, "body" | "content">): void {
    this.#attempted(toAttempted(this.#context.mask, result, delivery));
  }

  #attempted(attempted: Attempted | ItemsAttempted): void {
    try {
      const { throttle, turn, lease } = this.#let;
      if (!lease.canary) throttle.told(turn, this.envelope, attempted.kind === "items" ? sumOf(attempted) : attempted);
      const settled = settleAttempted(this.#context, this, attempted);
      if (settled instanceof Promise) {
        settled.then(
          (outcome) => this.#end(outcome),
          (error: unknown) => this.#failed(error),
        );
      } else this.#end(settled);
    } catch (error) {
      this.#failed(error);
    }
  }

  #end(outcome: Settled): void {
    if (outcome !== undefined) tellOutcome(this.#context, this, this.#startedAt, outcome);
    this.#leave();
  }

  /** It comes again after ack_wait. */
  #failed(error: unknown): void {
    this.#context.log.warn({ error: reasonOf(error) }, "a message could not be handled");
    this.#leave();
  }

  #leave(): void {
    const { gate, throttle, turn, lease } = this.#let;
    gate.leave();
    throttle.leave(turn);
    lease.done();
    this.message.release();
  }
}

const noneEnded: ReadonlySet<string> = new Set();

export type FirstSpot = Pick<Job, "target" | "hash" | "message" | "envelope">;

/** What it was let in by: all of it is given back in the end, and the message released. */
export interface LetIn {
  readonly gate: Gate;
  readonly throttle: Throttle;
  readonly turn: Turn;
  readonly lease: Lease;
}

export const deliverFirst = (context: Context, letIn: LetIn, spot: FirstSpot): void =>
  new FirstDelivery(context, letIn, spot).run();

export function tellOutcome(context: Context, job: Job, startedAt: number, outcome: Outcome): void {
  const { envelope, target, bundle } = job;
  const id = spotId(envelope);
  context.tally.count(bundle.hash, envelope.attempt, outcome);
  if (outcome.kind === "dead") {
    const { class: kind, message } = outcome.letter.failure;
    context.log.warn({ id, target, class: kind, error: message }, "dead letter");
  }
  context.tellOutcome(id, target, envelope.attempt, startedAt, withoutValues(outcome));
}

/** What a failing expression read is nobody's but the dead letter's. */
function withoutValues(outcome: Outcome): Outcome {
  if (outcome.kind !== "dead" || outcome.letter.failure.read === undefined) return outcome;
  return { ...outcome, letter: { ...outcome.letter, failure: withoutRead(outcome.letter.failure) } };
}
