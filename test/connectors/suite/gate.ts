// Stands between the run time and the connectors: holds messages and deliveries, or answers them itself. So the suite
// has in its hand when something is acknowledged.

import type {
  Accepted,
  Connector,
  Delivery,
  Incoming,
  OpenTarget,
  SourceContext,
  TargetContext,
} from "../../../schema/connector.ts";
import type { DeliveryResult } from "../../../schema/outcome.ts";

export interface Gate {
  /** Undefined: the run time answers. */
  accept: (message: Incoming) => Promise<Accepted | undefined>;
  /** Undefined: the connector answers. */
  deliver: (delivery: Delivery) => Promise<DeliveryResult | undefined>;
  /** In hand at this moment, and the most there ever were. */
  readonly held: { now: number; most: number };
  /** Everything passes, and the most is none. */
  open(): void;
}

export function createGate(): Gate {
  const gate: Gate = {
    accept: async () => undefined,
    deliver: async () => undefined,
    held: { now: 0, most: 0 },
    open: () => {
      gate.accept = async () => undefined;
      gate.deliver = async () => undefined;
      gate.held.most = 0;
    },
  };
  return gate;
}

export function gated(connector: Connector, gate: Gate): Connector {
  const { startSource, openTarget, close } = connector;
  return {
    ...connector,
    ...(startSource === undefined ? {} : { startSource: (context) => startSource(gatedSource(context, gate)) }),
    ...(openTarget === undefined
      ? {}
      : { openTarget: async (context: TargetContext) => gatedTarget(await openTarget(context), gate) }),
    ...(close === undefined ? {} : { close }),
  };
}

function gatedSource(context: SourceContext, gate: Gate): SourceContext {
  return {
    ...context,
    accept: (message) => counted(gate, async () => (await gate.accept(message)) ?? (await context.accept(message))),
    // None behind one that the gate turns away.
    acceptAll: async (messages) => {
      const answers = await Promise.all(messages.map((message) => counted(gate, () => gate.accept(message))));
      const turnedAway = answers.findIndex((answer) => answer !== undefined);
      if (turnedAway < 0) return context.acceptAll(messages);
      const before = turnedAway === 0 ? [] : await context.acceptAll(messages.slice(0, turnedAway));
      return messages.map((_, index) => before[index] ?? answers[turnedAway] ?? untried);
    },
  };
}

const untried: Accepted = { kind: "unavailable", reason: "one before it is not stored", retryAfterSeconds: 0.05 };

function gatedTarget(target: OpenTarget, gate: Gate): OpenTarget {
  return {
    ...target,
    deliver: (delivery) =>
      counted(gate, async () => (await gate.deliver(delivery)) ?? (await target.deliver(delivery))),
  };
}

async function counted<T>({ held }: Gate, work: () => Promise<T>): Promise<T> {
  held.now += 1;
  held.most = Math.max(held.most, held.now);
  try {
    return await work();
  } finally {
    held.now -= 1;
  }
}
