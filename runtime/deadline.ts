// Time that has passed for sure, whatever happens to a clock: the one may be set back, the other may stand still while a
// machine sleeps. The greater of the two counts.

import { type Clock, steadyNow } from "../schema/connector.ts";

export interface Stamp {
  readonly now: number;
  readonly steady: number;
}

type Clocks = Pick<Clock, "now" | "steady">;

export const stamp = (clock: Clocks): Stamp => ({ now: clock.now(), steady: steadyNow(clock) });

/** Milliseconds. */
export const since = (clock: Clocks, { now, steady }: Stamp): number =>
  Math.max(clock.now() - now, steadyNow(clock) - steady);
