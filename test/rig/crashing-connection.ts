// A process that is killed at a chosen API call, without a process: the call is never sent, or it is sent and its
// answer never seen, and nothing that comes after it gets out either. Several connections can die together.

import { errors, type NatsConnection } from "@nats-io/transport-node";

export interface CrashPoint {
  /** Number of the call, from 1, over all connections in the order in which they are made. */
  readonly call: number;
  /** Counts only calls that write: where something is waited for, how often one looks is a matter of time. */
  readonly ofWrites?: true;
  /** Counts only calls on this subject. */
  readonly subject?: string;
  /** `before`: it is not sent. `after`: the server has done it, and nobody hears. */
  readonly when: "before" | "after";
}

export interface ApiCall {
  readonly subject: string;
  /** False for what only reads: dying there is like dying before the next call that writes. */
  readonly writes: boolean;
}

export interface CrashRig {
  /** The same connection, as the one that will die uses it. */
  wrap(connection: NatsConnection): NatsConnection;
  /** Every call until the end, in order: what a test enumerates. */
  readonly calls: readonly ApiCall[];
  crashed(): boolean;
}

/** Without a point nothing dies: the calls are only written down. */
export function crashRig(at?: CrashPoint): CrashRig {
  const calls: ApiCall[] = [];
  let writes = 0;
  let dead = false;

  /** Zero for a call that the point does not count. */
  const numberOf = (subject: string, writing: boolean): number => {
    if (at?.subject !== undefined) {
      return subject === at.subject ? calls.filter((each) => each.subject === subject).length : 0;
    }
    if (at?.ofWrites !== true) return calls.length;
    return writing ? writes : 0;
  };

  /** Throws when the call is not to leave; true when its answer is not to come. */
  const enter = (subject: string): boolean => {
    if (dead) throw new errors.ClosedConnectionError();
    const writing = !reads.test(subject);
    if (writing) writes += 1;
    calls.push({ subject, writes: writing });
    const here = numberOf(subject, writing) === at?.call;
    if (here && at?.when === "before") {
      dead = true;
      throw new errors.ClosedConnectionError();
    }
    return here;
  };
  /** Who else had a call under way when it happened hears nothing either. */
  const leave = <T>(value: T, here: boolean): T => {
    if (here) dead = true;
    if (dead) throw new errors.ClosedConnectionError();
    return value;
  };
  const overrides = (connection: NatsConnection) => ({
    request: async (...given: Parameters<NatsConnection["request"]>) => {
      const here = enter(given[0]);
      return leave(await connection.request(...given), here);
    },
    requestMany: async (...given: Parameters<NatsConnection["requestMany"]>) => {
      const here = enter(given[0]);
      return leave(await connection.requestMany(...given), here);
    },
    publish: (...given: Parameters<NatsConnection["publish"]>) => {
      const here = enter(given[0]);
      leave(connection.publish(...given), here);
    },
  });

  return {
    wrap: (connection) => {
      const changed: ReadonlyMap<string | symbol, unknown> = new Map(Object.entries(overrides(connection)));
      return new Proxy(connection, {
        get: (target, name) => {
          if (changed.has(name)) return changed.get(name);
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    },
    calls,
    crashed: () => dead,
  };
}

const reads = /^\$JS\.API\.(INFO|STREAM\.(INFO|LIST|NAMES|MSG\.GET)|CONSUMER\.(INFO|LIST|NAMES)|DIRECT\.GET)(\.|$)/;

/** Before and after each call that writes: where a process can die with something half done. */
export function crashPoints(calls: readonly ApiCall[]): readonly CrashPoint[] {
  return calls.flatMap(({ writes }, index) =>
    writes ? (["before", "after"] as const).map((when) => ({ call: index + 1, when })) : [],
  );
}

/**
 * The same, for what looks again and again until something has come to pass, and makes one call after the other. Each state
 * comes once: who dies after a call leaves what they leave who die before the next one.
 */
export function crashPointsOfWrites(calls: readonly ApiCall[]): readonly CrashPoint[] {
  const writes = calls.filter((each) => each.writes);
  const points = crashPoints(writes).filter(({ call, when }) => call === 1 || when === "after");
  return points.map((point) => ({ ...point, ofWrites: true }));
}

/** The same by their subjects, for what makes several calls at once, whose order is another each time. */
export function crashPointsBySubject(calls: readonly ApiCall[]): readonly CrashPoint[] {
  const seen = new Map<string, number>();
  return calls.flatMap(({ subject, writes }) => {
    const call = (seen.get(subject) ?? 0) + 1;
    seen.set(subject, call);
    if (writes) return (["before", "after"] as const).map((when) => ({ call, when, subject }));
    // How often something is only looked at may vary.
    return call === 1 ? [{ call, when: "before" as const, subject }] : [];
  });
}

/** For messages of tests: what was being done. */
export function describePoint(calls: readonly ApiCall[], { call, when, ofWrites }: CrashPoint): string {
  const counted = ofWrites === true ? calls.filter(({ writes }) => writes) : calls;
  return `${when} ${counted[call - 1]?.subject} (${call})`;
}
