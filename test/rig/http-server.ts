// A real HTTP or HTTPS server on loopback that writes down what it is sent, and a proxy that tunnels.

import { createServer, type Server as HttpServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";
import { connect, type Server, type Socket } from "node:net";
import { freePort } from "./free-port.ts";

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface HttpServerRig extends AsyncDisposable {
  readonly seen: Seen[];
  readonly port: number;
  /** With its address, `http://127.0.0.1:…`. */
  readonly url: string;
}

export async function httpServer(
  answer: RequestListener = (_request, response) => void response.end(),
  tls?: ServerOptions,
): Promise<HttpServerRig> {
  const seen: Seen[] = [];
  const listener: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers } = request;
    seen.push({ method, url, headers, text: Buffer.concat(chunks).toString() });
    answer(request, response);
  };
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  const { port, close } = await listening(server);
  return { seen, port, url: `http${tls === undefined ? "" : "s"}://127.0.0.1:${port}`, [Symbol.asyncDispose]: close };
}

export interface PortRig extends AsyncDisposable {
  readonly port: number;
  up(): Promise<void>;
  /** Nobody listens: connections are cut and refused. */
  down(): Promise<void>;
}

/** A server that keeps its port, whether or not it is up; it is down at first. */
export async function portServer(answer: RequestListener): Promise<PortRig> {
  const port = await freePort();
  let server: HttpServer | undefined;
  const down = async (): Promise<void> => {
    const ending = server;
    server = undefined;
    ending?.closeAllConnections();
    await new Promise((closed) => (ending === undefined ? closed(undefined) : ending.close(closed)));
  };
  return {
    port,
    up: async () => {
      const starting = createServer(answer);
      server = starting;
      await new Promise<void>((open) => starting.listen(port, "127.0.0.1", open));
    },
    down,
    [Symbol.asyncDispose]: down,
  };
}

export interface ProxyRig extends AsyncDisposable {
  readonly url: string;
  /** What it was asked to connect to, and with which login. */
  readonly tunnels: { readonly to: string; readonly login: string | undefined }[];
}

/** `to`: where a name leads that only the proxy knows. `refuse`: what it answers instead of a tunnel. */
export async function proxyServer(options: { readonly to?: number; readonly refuse?: number } = {}): Promise<ProxyRig> {
  const tunnels: { readonly to: string; readonly login: string | undefined }[] = [];
  const server = createServer((_request, response) => void response.writeHead(405).end());
  server.on("connect", (request, client: Socket, head: Buffer) => {
    const { url: to = "" } = request;
    tunnels.push({ to, login: request.headers["proxy-authorization"] });
    client.on("error", () => undefined);
    if (options.refuse !== undefined) return void client.end(`HTTP/1.1 ${options.refuse} No\r\n\r\n`);
    const onward = connect(options.to ?? Number(to.split(":").at(-1)), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      onward.write(head);
      onward.pipe(client).pipe(onward);
    });
    onward.on("error", () => client.destroy());
    client.on("close", () => onward.destroy());
  });
  const { port, close } = await listening(server);
  return { url: `http://127.0.0.1:${port}`, tunnels, [Symbol.asyncDispose]: close };
}

async function listening(server: Server): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((open) => server.listen(0, "127.0.0.1", open));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}
