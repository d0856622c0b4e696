// An HTTP target that keeps a ledger and misbehaves on command. It honours Idempotency-Key as a real one should: what
// it has done under a key it does not do again. A double is for faults: what it says of a delivery is written down
// before it answers.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { canonical, sha256 } from "../../schema/canonical.ts";
import { isJsonObject, type Json } from "../../schema/json.ts";

/** What happens to one request. `done`: whether it takes effect before that. */
export type Mood =
  | { readonly kind: "answer"; readonly status: number; readonly retryAfter?: string }
  /** No answer, until the other side gives up. */
  | { readonly kind: "hang"; readonly done: boolean }
  /** The connection is reset instead of an answer. */
  | { readonly kind: "reset"; readonly done: boolean }
  /** The answer's head, a part of its body, then the end. */
  | { readonly kind: "torn" }
  /** Our half of the connection is closed without an answer, the other stays open. */
  | { readonly kind: "half-closed"; readonly done: boolean };

export interface Asked {
  /** Without the first segment, which says who asks: `/w3/inbox`. */
  readonly path: string;
  /** One message, or those of a list. */
  readonly messages: readonly AskedMessage[];
}

export interface AskedMessage {
  readonly id: string;
  readonly body: Json;
  /** From 1, per id. */
  readonly attempt: number;
}

/** One line of its ledger. */
export interface Taken {
  readonly path: string;
  readonly id: string;
  readonly hash: string;
  readonly body: Json;
  /** False: it was known by its key, and did nothing. */
  readonly first: boolean;
  /** What the sender's header `x-edition` said. */
  readonly edition: string;
}

export interface Receiver extends AsyncDisposable {
  readonly port: number;
  readonly taken: Taken[];
  /** Requests that have begun and are not answered; of one asker when told. */
  open(asker?: string): number;
  /** How many requests met each mood other than an answer of 200. */
  readonly moods: Map<string, number>;
  /** Deliveries that took effect and were not answered with 2xx: they must come again. */
  spoiled(): number;
  mood: (asked: Asked) => Mood;
  /** Milliseconds that a request takes. */
  latency: () => number;
  /** Nobody listens at its port any more; connections are cut. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
}

/** Whoever waits longer for an answer may have given up: so much less than any time limit of ours. */
const patienceMs = 500;

export async function startReceiver(): Promise<Receiver> {
  const effects = new Set<string>();
  const attempts = new Map<string, number>();
  const moods = new Map<string, number>();
  const open = new Map<string, number>();
  let spoiled = 0;

  /** A message alone is known by its key; in a list, whose key changes with its company, by its own id. */
  const asMessages = (path: string, key: string, body: Json): readonly AskedMessage[] =>
    (Array.isArray(body) ? body : [body]).map((message) => {
      const id = isJsonObject(message) && typeof message.id === "string" ? message.id : "";
      const known = `${path} ${Array.isArray(body) ? id : key}`;
      const attempt = (attempts.get(known) ?? 0) + 1;
      attempts.set(known, attempt);
      return { id, body: message, attempt };
    });
  const take = ({ path, messages }: Asked, key: string, listed: boolean, edition: string): void => {
    for (const { id, body } of messages) {
      const known = `${path} ${listed ? id : key}`;
      const first = !effects.has(known);
      effects.add(known);
      receiver.taken.push({ path, id, hash: sha256(canonical(body)), body, first, edition });
    }
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const began = Date.now();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body: Json = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    const path = pathOf(request);
    const key = String(request.headers["idempotency-key"] ?? "");
    const asked: Asked = { path, messages: asMessages(path, key, body) };
    const mood = receiver.mood(asked);
    const name = mood.kind === "answer" ? String(mood.status) : mood.kind;
    if (name !== "200") moods.set(name, (moods.get(name) ?? 0) + 1);
    await pause(receiver.latency());
    const done = mood.kind === "answer" ? mood.status < 300 : mood.kind === "torn" || mood.done;
    if (done) take(asked, key, Array.isArray(body), String(request.headers["x-edition"] ?? ""));
    // Who asked may be gone by now, or about to go.
    const heard = mood.kind === "answer" && response.socket?.destroyed === false && Date.now() - began < patienceMs;
    if (done && !heard) spoiled += asked.messages.length;
    misbehave(mood, response);
  };
  const server: Server = createServer((request, response) => {
    const asker = askerOf(request);
    const count = (more: number): void => void open.set(asker, (open.get(asker) ?? 0) + more);
    count(1);
    response.once("close", () => count(-1));
    // A request that was cut on its way is nobody's.
    handle(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => resolve());
    });
  const goAway = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  await listen(0);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const receiver: Receiver = {
    port,
    taken: [],
    moods,
    open: (asker) =>
      asker === undefined ? [...open.values()].reduce((sum, each) => sum + each, 0) : (open.get(asker) ?? 0),
    spoiled: () => spoiled,
    mood: () => ({ kind: "answer", status: 200 }),
    latency: () => 0,
    goAway,
    comeBack: () => listen(port),
    [Symbol.asyncDispose]: goAway,
  };
  return receiver;
}

const askerOf = ({ url = "" }: IncomingMessage): string => url.split("/")[1] ?? "";
const pathOf = ({ url = "" }: IncomingMessage): string => url.slice(url.indexOf("/", 1));

function misbehave(mood: Mood, response: ServerResponse): void {
  switch (mood.kind) {
    case "answer":
      if (mood.retryAfter !== undefined) response.setHeader("retry-after", mood.retryAfter);
      response.writeHead(mood.status, { "content-type": "application/json" }).end("{}");
      return;
    case "hang":
      return;
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "torn":
      response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      response.write("{", () => response.socket?.destroy());
      return;
    case "half-closed":
      response.socket?.end();
      return;
    default:
      mood satisfies never;
  }
}
