// An API that is asked for what is new behind a cursor. The way to it breaks when nobody listens at its port. The source is
// the run time's own, and no connector stands where the suite's gate would.

import { createServer, type Server } from "node:http";
import { freePort } from "../../../rig/free-port.ts";
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
    const port = await freePort();
    const held = new Map<string, Item[]>();
    let server: Server | undefined;
    const up = async (): Promise<void> => {
      server = createServer((request, response) => {
        const { pathname, searchParams } = new URL(request.url ?? "", "http://api");
        const all = held.get(pathname.slice(1)) ?? [];
        const data = all.slice(Number(searchParams.get("since")));
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify({ data, last: String(all.length) }));
      });
      await new Promise<void>((open) => server?.listen(port, "127.0.0.1", open));
    };
    const down = async (): Promise<void> => {
      server?.closeAllConnections();
      await new Promise((closed) => (server === undefined ? closed(undefined) : server.close(closed)));
      server = undefined;
    };
    await up();
    return {
      source: {
        ownContract: true,
        spec: (place) => ({
          poll: {
            every: "50ms",
            http: { url: `http://127.0.0.1:${port}/${place}`, query: { since: "${ cursor }" } },
            contract: { data: ["item@1"], last: "string" },
            items: "${ page.data }",
            cursor: { start: "0", next: "${ page.last }" },
          },
          "message-id": "${ body.id }",
        }),
        put: async (place, items) => void held.set(place, [...(held.get(place) ?? []), ...items]),
      },
      break: down,
      heal: up,
      [Symbol.asyncDispose]: down,
    };
  },
};
