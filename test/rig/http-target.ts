// A real HTTP server that takes deliveries, and a hand-made line's target that sends them there through the real
// connector.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { openHttpTarget } from "../../connectors/http/target.ts";
import { networks } from "../../connectors/network.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { Delivery, OpenTarget } from "../../schema/connector.ts";
import { freePort } from "./free-port.ts";

export interface HttpTarget extends AsyncDisposable {
  readonly url: string;
  /** What it has answered with a 2xx, by Idempotency-Key, in order. */
  readonly taken: string[];
  /** Requests of any kind. */
  requests(): number;
  /** 200 unless set. */
  answer: (request: IncomingMessage, response: ServerResponse, id: string) => void | Promise<void>;
  up(): Promise<void>;
  /** Nobody listens: connections are refused. */
  down(): Promise<void>;
  deliver(delivery: Delivery): ReturnType<OpenTarget["deliver"]>;
}

export async function httpTarget(): Promise<HttpTarget> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const log = { info: () => undefined, warn: () => undefined };
  const place = { tenant: "acme", integration: "orders", name: "crm" };
  const settings = { connection: { url }, timeout: 10_000 };
  const open = openHttpTarget({ ...place, settings, clock: systemClock, log }, networks(["loopback"])("acme"));
  let server: Server | undefined;
  let requests = 0;
  const target: HttpTarget = {
    url,
    taken: [],
    requests: () => requests,
    answer: (_request, response) => void response.writeHead(200).end(),
    up: () => {
      server = createServer(async (request, response) => {
        requests += 1;
        request.resume();
        const id = String(request.headers["idempotency-key"]);
        await target.answer(request, response, id);
        if (response.statusCode < 300 && response.writableEnded) target.taken.push(id);
      });
      return new Promise((resolve) => void server?.listen(port, "127.0.0.1", resolve));
    },
    down: async () => {
      const ending = server;
      server = undefined;
      ending?.closeAllConnections();
      await new Promise((resolve) => (ending === undefined ? resolve(undefined) : ending.close(resolve)));
    },
    deliver: ({ id, attempt, body, signal, traceparent }) =>
      open.deliver({ id, attempt, body, signal, traceparent, settings: {} }),
    [Symbol.asyncDispose]: async () => {
      await open.close();
      await target.down();
    },
  };
  return target;
}
