// A real HTTP server that takes deliveries, and a hand-made line's target that sends them there through the real
// connector.

import type { IncomingMessage, ServerResponse } from "node:http";
import { openHttpTarget } from "../../connectors/http/target.ts";
import { networks } from "../../connectors/network.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { Delivery, OpenTarget } from "../../schema/connector.ts";
import { portServer } from "./http-server.ts";

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
  let requests = 0;
  const server = await portServer(async (request, response) => {
    requests += 1;
    request.resume();
    const id = String(request.headers["idempotency-key"]);
    await target.answer(request, response, id);
    if (response.statusCode < 300 && response.writableEnded) target.taken.push(id);
  });
  const url = `http://127.0.0.1:${server.port}`;
  const log = { info: () => undefined, warn: () => undefined };
  const place = { tenant: "acme", integration: "orders", name: "crm" };
  const settings = { connection: { url }, timeout: 10_000 };
  const open = openHttpTarget({ ...place, settings, clock: systemClock, log }, networks(["loopback"])("acme"));
  const target: HttpTarget = {
    url,
    taken: [],
    requests: () => requests,
    answer: (_request, response) => void response.writeHead(200).end(),
    up: server.up,
    down: server.down,
    deliver: ({ id, attempt, body, signal, traceparent }) =>
      open.deliver({ id, attempt, body, signal, traceparent, settings: {} }),
    [Symbol.asyncDispose]: async () => {
      await open.close();
      await server.down();
    },
  };
  return target;
}
