// HTTP both ways: a sender that tries again until it is answered 2xx, and a server that honours the idempotency key, as
// real ones do. The way to the server breaks when nobody listens at its port.

import { setTimeout as pause } from "node:timers/promises";
import type { Json } from "../../../../schema/json.ts";
import { portServer } from "../../../rig/http-server.ts";
import { asItem } from "../ledger.ts";
import type { ConnectorRig, Item, Scene } from "../rig.ts";

export const httpRig: ConnectorRig = {
  name: "http",
  connector: "http",
  sides: {
    source: {
      "back-pressure": "each sender waits for its answer: as many are in hand as there are senders",
      reconnect: "senders come to it; one whose request is cut sends again, as in `drain`",
      "away-at-start": "it waits for senders, and calls nobody",
    },
    target: {},
  },
  open: async () => {
    const taken = new Map<string, Item[]>();
    const keys = new Set<string>();
    const server = await portServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const place = (request.url ?? "").slice(1);
      const key = `${place} ${String(request.headers["idempotency-key"])}`;
      const body: Json = JSON.parse(Buffer.concat(chunks).toString("utf8"));
      const items = (Array.isArray(body) ? body : [body]).map(asItem);
      if (items.some(({ text }) => text === "poison")) return void response.writeHead(422).end();
      if (!keys.has(key)) taken.set(place, [...(taken.get(place) ?? []), ...items]);
      keys.add(key);
      response.writeHead(200).end();
    });
    await server.up();
    return {
      source: {
        spec: (place) => ({ http: { path: `/${place}` } }),
        put: async (place, items, scene) => {
          await Promise.all(items.map((item) => sent(place, JSON.stringify(item), scene, 202)));
        },
        putPoison: (place, scene) => sent(place, '{"id": "poison",', scene, 400),
      },
      target: {
        spec: (place) => ({ http: { url: `http://127.0.0.1:${server.port}/${place}` } }),
        effects: async (place) => taken.get(place) ?? [],
        poison: { id: "poison", n: 99, text: "poison" },
      },
      break: server.down,
      heal: server.up,
      [Symbol.asyncDispose]: server.down,
    };
  },
};

/** Until it is answered so; what is answered for good in another way is a failure. */
async function sent(place: string, body: string, scene: Scene, wanted: number): Promise<void> {
  for (;;) {
    const status = await fetch(`http://127.0.0.1:${scene.httpPort()}/acme/${place}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    }).then(
      (response) => response.status,
      () => 0,
    );
    if (status === wanted) return;
    if (status > 0 && status < 500) throw new Error(`${place} was answered ${status}`);
    await pause(20);
  }
}
