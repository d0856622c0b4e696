// The outside system of the demo: an HTTP endpoint that fails on purpose, so that retry and death can be seen.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface ChatReceiver extends AsyncDisposable {
  readonly url: string;
  /** Bodies that were taken, by idempotency key. */
  readonly taken: ReadonlyMap<string, unknown>;
}

/** `failTwice` gets 503 for its first two attempts, `refuse` always 422. */
export async function chatReceiver(failTwice: string, refuse: string): Promise<ChatReceiver> {
  const taken = new Map<string, unknown>();
  const tries = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const id = String(request.headers["idempotency-key"]).replaceAll('"', "");
    const attempt = (tries.get(id) ?? 0) + 1;
    tries.set(id, attempt);
    const status = id === refuse ? 422 : id === failTwice && attempt <= 2 ? 503 : 200;
    if (status === 200) taken.set(id, JSON.parse(Buffer.concat(chunks).toString("utf8")));
    response.writeHead(status).end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}
