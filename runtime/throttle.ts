// What one target may be given, all its pullers together: as much as its breaker, its `limit` and its retry budget let
// through. What may not be started now is not asked for; the few messages that are in hand already wait for their turn,
// and after a while they are handed back. An attempt that was not made is neither counted nor recorded.

import type { BundleTarget } from "../schema/bundle.ts";
import { type OpenTarget, steadyNow } from "../schema/connector.ts";
import type { Envelope } from "../schema/envelope.ts";
import type { DeliveryResult } from "../schema/outcome.ts";
import type { Attempted } from "./attempt.ts";
import { type BreakerChange, type BreakerState, createBreaker } from "./breaker.ts";
import { isoTime } from "./clock.ts";
import type { Context } from "./context.ts";
import { createRate, type Rate } from "./rate.ts";
import { createRetryBudget } from "./retry-budget.ts";

export type Limit = NonNullable<BundleTarget["limit"]>;

export type Origin = "intake" | "due";

/** Of one message that was let in, until it leaves. */
export interface Turn {
  /** Of the breaker, when it began. */
  readonly spell: number;
  /** A start is kept for it. */
  reserved: boolean;
}

export interface Throttle {
  /** Undefined: its turn does not come soon, hand it back. Whoever got a turn must `leave`. */
  enter(): Turn | Promise<Turn | undefined>;
  /** The same where nothing has to be waited for; undefined otherwise, and then nobody queues. */
  enterNow(): Turn | undefined;
  leave(turn: Turn): void;
  /** What an attempt came to: to be told at once, before it is recorded. */
  told(turn: Turn, envelope: Envelope, attempted: Attempted): void;
  /** The target, as one that waits for `limit.rate` before each delivery. */
  paced(open: OpenTarget, turn: Turn): OpenTarget;
  /** How many more than it holds a puller may ask for. */
  more(origin: Origin, held: number): number;
  /** The author's limits, which come with the bundle. */
  limit(limit: Limit | undefined): void;
  breaker(): BreakerState;
  /** Called whenever there may be room again. */
  onRoom(wake: () => void): void;
  /** Hands back what waits. */
  stop(): void;
}

interface WaitingTurn {
  readonly since: number;
  readonly resolve: (turn: Turn | undefined) => void;
}

/** Of the rate; `at` on the steady clock. */
interface Timer {
  readonly at: number;
  readonly cancel: () => void;
}

/** A message waits in hand no longer than this: half of what the server gives it. */
const holdMs = 30_000;

type Surroundings = Pick<Context, "clock" | "random" | "log" | "tell">;

export interface ThrottleOptions {
  readonly target: string;
  /** Messages in hand at once, those that fall due included. */
  readonly inFlight: number;
  readonly limit: Limit | undefined;
}

export function createThrottle(context: Surroundings, options: ThrottleOptions): Throttle {
  const { clock, random } = context;
  const wakes: (() => void)[] = [];
  const turns: WaitingTurn[] = [];
  const starts: (() => void)[] = [];
  const budget = createRetryBudget(clock, options.inFlight);
  let rate: Rate | undefined;
  let concurrency = Number.POSITIVE_INFINITY;
  let inside = 0;
  /** Of them, those that began in the present spell. */
  let fresh = 0;
  let reserved = 0;
  let stopped = false;
  let timer: Timer | undefined;
  let sweeping = false;
  let cancelSweep: () => void = () => undefined;
  /** The same object for all messages of a spell: nothing is made for a message while nothing is limited. */
  let plain: Turn = { spell: 0, reserved: false };

  const breaker = createBreaker({
    clock,
    random,
    full: options.inFlight,
    changed: (change) => {
      if (breaker.spell() !== plain.spell) {
        plain = { spell: breaker.spell(), reserved: false };
        fresh = 0;
      }
      tellChange(context, options.target, change);
      advance();
    },
  });

  const hasPlace = (): boolean => inside < concurrency && fresh < breaker.allowed();
  const slotIsFree = (now: number): boolean => rate === undefined || rate.free(now) > reserved;
  const begin = (): Turn => {
    inside += 1;
    fresh += 1;
    if (rate === undefined) return plain;
    reserved += 1;
    return { spell: plain.spell, reserved: true };
  };
  const release = (turn: Turn): void => {
    if (!turn.reserved) return;
    turn.reserved = false;
    reserved -= 1;
  };
  /** One look at the clock: what is not free by it is waited for by it, and nobody is forgotten between two looks. */
  const pump = (now: number): void => {
    // Whoever is inside comes first: those outside may wait for it.
    for (; starts.length > 0 && slotIsFree(now); starts.shift()?.()) rate?.start(now);
    while (turns.length > 0 && hasPlace() && slotIsFree(now)) turns.shift()?.resolve(begin());
    if (starts.length + turns.length > 0) arm(now);
  };
  /** A breaker calls by itself, and what is inside when it starts or leaves: only a rate needs a timer. */
  const arm = (now: number): void => {
    if (rate === undefined || slotIsFree(now)) return;
    const at = rate.next(now, reserved);
    if (at === Number.POSITIVE_INFINITY || (timer !== undefined && timer.at <= at)) return;
    timer?.cancel();
    const fired = (): void => {
      timer = undefined;
      advance();
    };
    timer = { at, cancel: clock.after(Math.max(1, Math.ceil(at - now)), fired) };
  };
  const advance = (): void => {
    pump(steadyNow(clock));
    for (const wake of wakes) wake();
  };
  const sweep = (): void => {
    cancelSweep();
    sweeping = false;
    const now = steadyNow(clock);
    while (turns[0] !== undefined && (stopped || turns[0].since + holdMs <= now)) turns.shift()?.resolve(undefined);
    watch();
  };
  const watch = (): void => {
    const [first] = turns;
    if (first === undefined || sweeping) return;
    sweeping = true;
    cancelSweep = clock.after(Math.max(1, first.since + holdMs - steadyNow(clock)), sweep);
  };
  const waitForStart = (): Promise<void> | undefined => {
    const now = steadyNow(clock);
    if (starts.length === 0 && slotIsFree(now)) return void rate?.start(now);
    return new Promise((resolve) => {
      starts.push(resolve);
      arm(now);
    });
  };
  const limit = (given: Limit | undefined): void => {
    concurrency = given?.concurrency ?? Number.POSITIVE_INFINITY;
    rate = given?.rate === undefined ? undefined : createRate(given.rate);
    timer?.cancel();
    timer = undefined;
  };
  limit(options.limit);

  return {
    enter: () => {
      const now = steadyNow(clock);
      if (turns.length === 0 && hasPlace() && slotIsFree(now)) return begin();
      if (stopped) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        turns.push({ since: now, resolve });
        watch();
        arm(now);
      });
    },
    enterNow: () => (rate === undefined && turns.length === 0 && hasPlace() ? begin() : undefined),
    leave: (turn) => {
      inside -= 1;
      if (turn.spell === plain.spell) fresh -= 1;
      release(turn);
      if (
        // Several that end together can take the last bound away before any of them leaves.
        turns.length > 0 ||
        rate !== undefined ||
        concurrency !== Number.POSITIVE_INFINITY ||
        breaker.allowed() !== Number.POSITIVE_INFINITY
      ) {
        advance();
      }
    },
    told: (turn, { id, attempt }, attempted) => {
      if (attempted.kind === "dropped") return;
      if (attempted.kind === "failed" && attempted.certainty !== "permanent") {
        if (attempt > 1) budget.retryFailed();
        return breaker.failed(turn.spell, { id, ...attempted });
      }
      // A target that refuses a message is there; steps that fail say nothing of it.
      if (attempted.kind === "failed" && !attempted.reached) return;
      budget.delivered();
      breaker.succeeded(turn.spell);
    },
    paced: (open, turn) => {
      if (rate === undefined) return open;
      return {
        ...open,
        deliver: async (delivery) => {
          if (turn.reserved) {
            const now = steadyNow(clock);
            release(turn);
            rate?.start(now);
            if (starts.length + turns.length > 0) arm(now);
          } else await waitForStart();
          return delivery.signal.aborted ? notBegun : open.deliver(delivery);
        },
      };
    },
    more: (origin, held) => {
      if (stopped) return 0;
      const allowed = Math.min(breaker.allowed() - fresh - turns.length, concurrency - held);
      const paced =
        rate === undefined ? allowed : Math.min(allowed, rate.soon(steadyNow(clock)) - reserved - turns.length);
      return origin === "due" ? Math.min(paced, budget.left() - held) : paced;
    },
    limit: (given) => {
      limit(given);
      advance();
    },
    breaker: breaker.state,
    onRoom: (wake) => wakes.push(wake),
    stop: () => {
      stopped = true;
      breaker.stop();
      sweep();
    },
  };
}

const notBegun: DeliveryResult = {
  kind: "transient",
  failure: { class: "unavailable", message: "the worker stopped before it was its turn" },
};

function tellChange(context: Surroundings, target: string, { state, failure, until }: BreakerChange): void {
  const { log } = context;
  const untilText = until === undefined ? undefined : isoTime(until);
  context.tell({
    kind: "breaker",
    target,
    state,
    ...(failure === undefined ? {} : { failure }),
    ...(untilText === undefined ? {} : { until: untilText }),
  });
  if (state === "open") {
    const why = { class: failure?.class ?? "", error: failure?.message ?? "", until: untilText ?? "" };
    log.warn({ target, ...why }, "the target does not answer: nothing is pulled for it until then");
  } else if (state === "half-open") log.info({ target }, "one message tries whether the target answers again");
  else log.info({ target }, "the target answers again");
}
