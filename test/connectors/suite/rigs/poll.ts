// An API that is asked for what is new behind a cursor. The way to it breaks when nobody listens at its port. The source is
// the run time's own, and no connector stands where the suite's gate would.

import { portServer } from "../../../rig/http-server.ts";
import type { ConnectorRig, Item } from "../rig.ts";

const own = "the source is the run time's own, the gate does not stand before it: test/runtime/poll.test.ts";

export const pollRig: ConnectorRig = {
  name: "poll",
  connector: "poll",
  sides: {
    source: {
      "back-pressure": own,
      "out-of-order": own,
      drain: own,
      poison: "a page that does not fit is asked for again, so that nothing is passed over: test/runtime/poll.test.ts",
    },
  },
  open: async () => {
    const held = new Map<string, Item[]>();
    const server = await portServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://api");
      const all = held.get(pathname.slice(1)) ?? [];
      const data = all.slice(Number(searchParams.get("since")));
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ data, last: String(all.length) }));
    });
    await server.up();
    return {
      source: {
        ownContract: true,
        spec: (place) => ({
          poll: {
            every: "50ms",
            http: { url: `http://127.0.0.1:${server.port}/${place}`, query: { since: "${ cursor }" } },
            contract: { data: ["item@1"], last: "string" },
            items: "${ page.data }",
            cursor: { start: "0", next: "${ page.last }" },
          },
          "message-id": "${ body.id }",
        }),
        put: async (place, items) => void held.set(place, [...(held.get(place) ?? []), ...items]),
      },
      break: server.down,
      heal: server.up,
      [Symbol.asyncDispose]: server.down,
    };
  },
};
