// The one HTTP server of a worker: strict about what it reads, a map from paths to sources.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import type { Budget } from "./body.ts";
import { refusal, send, tryAgain } from "./reply.ts";
import { slowSenders } from "./slow-senders.ts";

export interface ListenerOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  /** Told the port once it is open. */
  readonly onListening?: (port: number) => void;
  readonly limits?: Partial<Limits>;
}

export interface Limits {
  /** Milliseconds until all headers, respectively the whole request, must be there. */
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  /** How often slow senders are looked for, in milliseconds. */
  readonly checkEvery: number;
  readonly headerBytes: number;
  readonly connections: number;
  /** Bytes of all bodies in hand. */
  readonly bodyBytes: number;
}

const defaults: Limits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  checkEvery: 2_000,
  headerBytes: 16 * 1024,
  connections: 4_096,
  bodyBytes: 128 * 1024 * 1024,
};

export type Handle = (request: IncomingMessage, response: ServerResponse, budget: Budget) => Promise<void>;

export interface Listener {
  /** Serves a path, in the place of who served it before. The returned function leaves it: 503 from then on. */
  serve(path: string, handle: Handle): Promise<() => void>;
  close(): Promise<void>;
}

export function httpListener(options: ListenerOptions): Listener {
  const limits = { ...defaults, ...options.limits };
  const budget: Budget = { limit: limits.bodyBytes, used: 0 };
  const routes = new Map<string, Handle>();
  const server = strictServer(limits, (request, response) => {
    const handle = routes.get((request.url ?? "").split("?", 1)[0] ?? "");
    if (handle === undefined) return send(request, response, refusal(404, "Nothing is served here."));
    handle(request, response, budget).catch(() => send(request, response, refusal(500, "The request failed.")));
  });
  let open: Promise<void> | undefined;
  return {
    async serve(path, handle) {
      routes.set(path, handle);
      open ??= listen(server, options);
      await open;
      return () => {
        if (routes.get(path) === handle) routes.set(path, leaving);
      };
    },
    async close() {
      if (open === undefined) return;
      await open.catch(() => undefined);
      await closeServer(server);
    },
  };
}

/** A sender that meets a worker on its way out, or an integration that was taken away, must try again, not give up. */
const leaving: Handle = async (request, response) =>
  send(request, response, tryAgain("Nothing takes messages here at the moment.", 5));

function strictServer(limits: Limits, serve: (request: IncomingMessage, response: ServerResponse) => void): Server {
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeout,
    // The same for all requests would be too short for some: seen to here.
    requestTimeout: 0,
    connectionsCheckingInterval: limits.checkEvery,
    keepAliveTimeout: 65_000,
    insecureHTTPParser: false,
  });
  const slow = slowSenders(limits, ({ socket }) => {
    server.emit("clientError", Object.assign(new Error(), { code: "ERR_HTTP_REQUEST_TIMEOUT" }), socket);
  });
  const begin = (request: IncomingMessage, response: ServerResponse): void => {
    slow.watch(request);
    serve(request, response);
  };
  server.on("request", begin);
  // Else everybody who asks first is told to go on, also with what is refused.
  server.on("checkContinue", begin);
  server.on("close", slow.close);
  server.maxConnections = limits.connections;
  server.on("clientError", (error: Error & { readonly code?: string }, socket: Duplex) => {
    if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
    socket.end(`HTTP/1.1 ${statusLine(error.code)}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  });
  return server;
}

/** Connections fall idle as their last answers leave; who is still sending after the grace is cut. */
async function closeServer(server: Server): Promise<void> {
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const grace = setTimeout(() => server.closeAllConnections(), 2_000);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearInterval(sweep);
  clearTimeout(grace);
}

function statusLine(code: string | undefined): string {
  if (code === "HPE_HEADER_OVERFLOW") return "431 Request Header Fields Too Large";
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "408 Request Timeout";
  return "400 Bad Request";
}

async function listen(server: Server, { port, host, onListening }: ListenerOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: Error & { readonly code?: string }) =>
      reject(new Error(listenFailure(error, host, port))),
    );
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (typeof address === "object" && address !== null) onListening?.(address.port);
}

function listenFailure(error: Error & { readonly code?: string }, host: string, port: number): string {
  const place = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  if (error.code === "EADDRINUSE") return `HTTP port ${place} is in use by another program: choose another port`;
  if (error.code === "EACCES")
    return `HTTP port ${place} needs more rights than this process has: choose one above 1023`;
  return `HTTP port ${place} cannot be opened (${error.code ?? error.message})`;
}
