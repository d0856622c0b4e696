// A stream that the tenant declares, written and read by others than the connector. The ways to it break as in nats.ts.

import { headers } from "@nats-io/nats-core";
import { declaredFilter, declaredStream, declaredSubject, idHash } from "../../../../schema/address.ts";
import { header } from "../../../../schema/envelope.ts";
import { heldBy, oversized, oversizing, takingNothing } from "../held.ts";
import type { ConnectorRig, Scene } from "../rig.ts";

const houses = "NATS is the house's own: without it no worker starts";

export const streamRig: ConnectorRig = {
  name: "stream",
  connector: "stream",
  sides: {
    source: { "away-at-start": houses },
    target: { batches: "a stream holds messages, not lists of them" },
  },
  open: async () => {
    const places = new Set<string>();
    const named = (place: string) => {
      places.add(place);
      return { stream: place };
    };
    const put = async ({ admin }: Scene, place: string, id: string, body: string): Promise<void> => {
      const fields = headers();
      fields.set(header.id, encodeURIComponent(id));
      await admin.request(declaredSubject(place, idHash(id)), body, { headers: fields, timeout: 10_000 });
    };
    const whole = (admin: Scene["admin"], full: boolean) =>
      Promise.all(
        [...places]
          .filter((place) => place.startsWith("target"))
          .map((place) => takingNothing(admin, declaredStream(place), full)),
      );
    return {
      streams: () => Object.fromEntries([...places].map((place) => [place, { contract: "item@1" }])),
      source: {
        inHand: 256,
        ownContract: true,
        spec: named,
        put: async (place, items, scene) => {
          await Promise.all(items.map((item) => put(scene, place, item.id, JSON.stringify(item))));
        },
        putPoison: (place, scene) => put(scene, place, "poison", "no JSON"),
      },
      target: {
        spec: (place) => ({ ...named(place), ...(place.endsWith("poison") ? oversizing : {}) }),
        effects: (place, { admin }) => heldBy(admin, declaredStream(place), declaredFilter(place)),
        poison: oversized,
      },
      break: async ({ wire, admin }, side) => {
        if (side === "source") wire.cut();
        else await whole(admin, true);
      },
      heal: async ({ wire, admin }, side) => {
        if (side === "source") wire.mend();
        else await whole(admin, false);
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  },
};
