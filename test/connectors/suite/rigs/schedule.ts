// Nobody puts anything into a schedule: most cases have nothing to say of it.

import type { ConnectorRig } from "../rig.ts";

const own = "it makes its messages itself, one for each planned time: test/connectors/schedule.test.ts";
const clock = "its outside system is the clock, which is always there";

export const scheduleRig: ConnectorRig = {
  name: "schedule",
  connector: "schedule",
  sides: {
    source: {
      isolated: own,
      batches: own,
      parallel: own,
      "back-pressure": own,
      "out-of-order": own,
      reconnect: clock,
      "away-at-start": clock,
      poison: "what it sends is the spec's own",
      large: "what it sends is the spec's own",
      drain: own,
    },
  },
  open: async () => ({
    source: {
      ownContract: true,
      spec: () => ({ schedule: { every: "24h", body: { report: "daily" } } }),
      put: async () => undefined,
    },
    break: async () => undefined,
    heal: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  }),
};
