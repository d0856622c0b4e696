// A JetStream stream that others write and read, in the tenant's own account. The way to it breaks when the worker's
// wire is cut; a target's, when the stream takes nothing more: its wire is the suite's own as well.

import { api } from "../../../rig/topology.ts";
import { heldBy, oversized, oversizing, takingNothing } from "../held.ts";
import type { ConnectorRig } from "../rig.ts";

const houses = "NATS is the house's own: without it no worker starts";

export const natsRig: ConnectorRig = {
  name: "nats",
  connector: "nats",
  sides: { source: { "away-at-start": houses }, target: {} },
  open: async () => ({
    before: async (admin) => {
      for (const name of ["SUITE_IN", "SUITE_OUT"]) {
        const subjects = [`${name.toLowerCase()}.>`];
        await api(admin, `STREAM.CREATE.${name}`, {
          name,
          subjects,
          storage: "file",
          discard: "new",
          allow_direct: true,
        });
      }
    },
    source: {
      inHand: 256,
      spec: (place) => ({ nats: { stream: "SUITE_IN", subject: `suite_in.${place}` } }),
      put: async (place, items, { admin }) => {
        await Promise.all(items.map((item) => admin.request(`suite_in.${place}`, JSON.stringify(item))));
      },
      putPoison: async (place, { admin }) => {
        await admin.request(`suite_in.${place}`, "no JSON");
      },
    },
    target: {
      spec: (place) => ({ nats: { subject: `suite_out.${place}` }, ...(place.endsWith("poison") ? oversizing : {}) }),
      effects: (place, { admin }) => heldBy(admin, "SUITE_OUT", `suite_out.${place}`),
      poison: oversized,
    },
    break: async ({ wire, admin }, side) => (side === "source" ? wire.cut() : takingNothing(admin, "SUITE_OUT", true)),
    heal: async ({ wire, admin }, side) => (side === "source" ? wire.mend() : takingNothing(admin, "SUITE_OUT", false)),
    [Symbol.asyncDispose]: async () => undefined,
  }),
};
