// The port for those who watch: `/healthz` the process lives, and what is deployed that it refuses to run; `/readyz` it
// does its work; `/metrics` in figures.

import { createServer, type Server, type ServerResponse } from "node:http";
import type { IntegrationFigures } from "./figures.ts";
import { complaints, deploymentComplaints, type Health } from "./health.ts";
import type { Metrics } from "./metrics.ts";
import { reasonOf, startFailure } from "./start-failure.ts";

export interface MonitorOptions {
  /** 0 lets the system choose. */
  readonly port: number;
  /** All addresses unless told. */
  readonly host?: string;
  readonly metrics: Metrics;
  readonly health: () => Health;
  /** What waits; left out unless told. */
  readonly figures?: () => Promise<readonly IntegrationFigures[]>;
}

export interface Monitor {
  readonly port: number;
  close(): Promise<void>;
}

/** Throws a StartFailure when the port is in use. */
export async function startMonitor(options: MonitorOptions): Promise<Monitor> {
  const { metrics, health, figures } = options;
  const server = createServer((request, response) => {
    const path = (request.url ?? "").split("?")[0];
    void answer(path, request.method, response).catch(() => response.destroy());
  });
  const answer = async (path: string | undefined, method: string | undefined, response: ServerResponse) => {
    if (method !== "GET" && method !== "HEAD") return reply(response, 405, "only GET\n");
    if (path === "/healthz") return reply(response, 200, ["ok", ...deploymentComplaints(health()), ""].join("\n"));
    if (path === "/readyz") {
      const now = health();
      return reply(response, now.ready ? 200 : 503, now.ready ? "ok\n" : `${complaints(now).join("\n")}\n`);
    }
    if (path === "/metrics")
      return reply(response, 200, await metrics.text(health(), await figures?.()), metrics.contentType);
    return reply(response, 404, "/healthz, /readyz or /metrics\n");
  };
  await listening(server, options);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, { port, host }: MonitorOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const reason = "code" in error && error.code === "EADDRINUSE" ? "it is in use" : reasonOf(error);
      reject(startFailure("refused", `the metrics port ${port} cannot be opened: ${reason}; choose another`));
    });
    server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  });
}

function reply(response: ServerResponse, status: number, text: string, type = "text/plain; charset=utf-8"): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
  response.end(text);
}
