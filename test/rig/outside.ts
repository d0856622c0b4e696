// A system outside that fails on purpose, so that whoever asks it has to do all of a worker's work: per path, the first
// id that it ever sees is refused for good; every other one is told to come again the first time, and answered then.

import { createServer } from "node:http";
import { isJsonObject } from "../../schema/json.ts";

export interface Outside extends AsyncDisposable {
  readonly url: string;
  /** Ids that a path was asked about, in order. */
  asked(path: string): readonly string[];
}

export async function startOutside(): Promise<Outside> {
  const asked = new Map<string, string[]>();
  const status = (path: string, id: string): number => {
    const before = asked.get(path) ?? [];
    asked.set(path, [...before, id]);
    if (id === (before[0] ?? id)) return 400;
    return before.includes(id) ? 200 : 503;
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
      const id = isJsonObject(body) && typeof body.id === "string" ? body.id : "";
      response.writeHead(status(request.url ?? "", id), { "content-type": "application/json" });
      response.end("{}");
    });
  });
  await new Promise<void>((open) => server.listen(0, "127.0.0.1", open));
  const at = server.address();
  return {
    url: `http://127.0.0.1:${typeof at === "object" && at !== null ? at.port : 0}`,
    asked: (path) => asked.get(path) ?? [],
    [Symbol.asyncDispose]: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
