// One target of an ephemeral integration: a queue group on core NATS, so that each message goes to one of its workers,
// and a slow target holds up no other. What may be held is bounded in number and bytes; what comes beyond is lost and
// counted. No message is handed out twice, so nothing is looked up, recorded or acknowledged.

import type { Msg } from "@nats-io/nats-core";
import * as address from "../../schema/address.ts";
import type { Envelope } from "../../schema/envelope.ts";
import type { Outcome } from "../../schema/outcome.ts";
import { createBatches } from "../batch.ts";
import { sleep, within } from "../clock.ts";
import type { Context } from "../context.ts";
import { readMessage } from "../envelope.ts";
import type { Lease } from "../program.ts";
import { reasonOf } from "../start-failure.ts";
import type { TargetLine, TargetOptions } from "../target.ts";
import { createThrottle } from "../throttle.ts";
import type { Listening } from "../wire.ts";
import { deliverOnce, type Ended } from "./deliver.ts";
import { createLossLog } from "./loss-log.ts";

/** Messages that may wait beside those in hand; docs/ephemeral.md prints it. */
export const mostWaiting = 4_096;

interface Held {
  readonly envelope: Envelope;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** It has its end. */
  ended: boolean;
}

type Options = Pick<TargetOptions, "name" | "inFlight" | "limit" | "lease">;

export function startEphemeralTarget(context: Context, { name, inFlight, limit, lease }: Options): TargetLine {
  const { link, clock, limits, integration, suspects } = context;
  const throttle = createThrottle(context, { target: name, inFlight, limit });
  const batches = createBatches(context, { target: name, full: () => inHand.size >= inFlight });
  const losses = createLossLog(context, name);
  const inHand = new Set<Held>();
  const quiet: (() => void)[] = [];
  let waiting: Held[] = [];
  let bytes = 0;
  let stopping = false;
  let refused = false;

  const end = (held: Held, { outcome, attempt, startedAt }: Ended): void => {
    if (held.ended) return;
    held.ended = true;
    inHand.delete(held);
    bytes -= held.envelope.body.length;
    if (outcome.kind === "lost") losses.note(held.envelope.id, outcome);
    context.tellOutcome(held.envelope.id, name, attempt, startedAt, outcome);
    pump();
    if (inHand.size + waiting.length === 0) for (const tell of quiet.splice(0)) tell();
  };
  const pump = (): void => {
    if (context.attempts.ended()) for (const held of waiting.splice(0)) end(held, untried(stopped, held));
    while (inHand.size < inFlight) {
      const held = waiting.shift();
      if (held === undefined) return;
      inHand.add(held);
      void handle(held);
    }
  };
  const handle = async (held: Held): Promise<void> => {
    try {
      end(held, await run(held));
    } catch (error) {
      end(held, untried(lostBy(context.mask(reasonOf(error))), held));
    }
  };
  const run = async (held: Held): Promise<Ended> => {
    const { envelope } = held;
    const given = lease(envelope) ?? (await awaited(context, envelope, lease));
    if (given === undefined) return untried(noBundle, held);
    try {
      const turn = await throttle.enter();
      if (turn === undefined) return untried(stopping ? stopped : awayTooLong, held);
      const wait = suspects.enter();
      try {
        if (wait !== undefined) await wait;
        const collects = given.program.bundle.targets[name]?.batch !== undefined;
        const joining = collects ? batches.joining(given) : given;
        return await deliverOnce(context, { target: name, throttle, turn, lease: joining }, envelope);
      } finally {
        suspects.leave();
        throttle.leave(turn);
      }
    } finally {
      given.done();
    }
  };
  const take = (message: Msg): void => {
    const envelope = readMessage(message, { id: "", sequence: 0 }, true);
    const held: Held = { envelope, since: clock.now(), ended: false };
    const size = envelope.body.length;
    bytes += size;
    if (waiting.length >= mostWaiting || (bytes > limits.inFlightBytes && bytes > size)) {
      end(held, untried(overload, held));
    } else {
      waiting.push(held);
      pump();
    }
  };
  const listen = (): Listening => {
    refused = false;
    return link.connection.subscribe(address.ephemeralFilter(integration), {
      queue: address.targetConsumer(name),
      callback: (error, message) => {
        if (error === null) return take(message);
        refused = true;
        context.log.warn({ target: name, error: error.message }, "NATS does not let this worker listen");
      },
    });
  };
  let subscription = listen();
  // The client drops what was refused: with the rights of a new login it is asked for anew.
  const forgetReconnect = link.onReconnect(() => {
    if (refused && !stopping) subscription = listen();
  });

  return {
    transport: "ephemeral",
    partitions: 0,
    inFlight,
    held: () => inHand.size + waiting.length,
    pulling: () => !stopping && !refused && link.connected(),
    breaker: throttle.breaker,
    limit: (changed) => {
      throttle.limit(changed);
      batches.urge()();
    },
    stop: async () => {
      stopping = true;
      forgetReconnect();
      // What the server has sent already arrives before it says that it sends no more.
      const drained = subscription.drain().catch(() => undefined);
      await within(clock, 1_000, drained, undefined);
      batches.urge();
    },
    idle: () =>
      inHand.size + waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => quiet.push(resolve)),
    handBack: () => {
      throttle.stop();
      const left = [...inHand, ...waiting];
      waiting = [];
      for (const held of left) end(held, untried(stopped, held));
    },
  };
}

const bundlePauseMs = 250;
const bundlePauses = 20;

/** Another worker may run a bundle that is on its way here. */
async function awaited(context: Context, envelope: Envelope, lease: Options["lease"]): Promise<Lease | undefined> {
  for (let pauses = 0; pauses < bundlePauses && !context.attempts.ended(); pauses += 1) {
    await sleep(context.clock, bundlePauseMs);
    const given = lease(envelope);
    if (given !== undefined) return given;
  }
  return undefined;
}

const untried = (outcome: Outcome, { since }: Held): Ended => ({ outcome, attempt: 1, startedAt: since });

const lostBy = (message: string): Outcome => ({
  kind: "lost",
  reason: "failed",
  failure: { class: "unavailable", message },
});

const overload: Outcome = { kind: "lost", reason: "overload" };
const stopped: Outcome = { kind: "lost", reason: "stopped" };
const noBundle = lostBy("the bundle that accepted it did not come here");
const awayTooLong = lostBy("the target could not be given it in time");
