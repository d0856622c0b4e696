// One message-flow case: a workspace, what is sent into it, what must come out. Everything between is real: compiler,
// nats-server with the compiled rights, apply, worker, HTTP, files.

import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { connect } from "@nats-io/transport-node";
import { expect } from "vitest";
import { applyTopology } from "../../cli/apply-topology.ts";
import { openCluster } from "../../cli/cluster.ts";
import { startEmbedded } from "../../cli/embedded.ts";
import type { Result } from "../../cli/exit.ts";
import { type House, startHouse } from "../../cli/house.ts";
import { openAccess } from "../../cli/with-access.ts";
import { type DeadLetterEntry, listDeadLetters } from "../../control/dead-letters.ts";
import { platformAccount } from "../../schema/address.ts";
import { canonical } from "../../schema/canonical.ts";
import type { Json } from "../../schema/json.ts";
import type { RunEvent } from "../../schema/outcome.ts";
import { compileTexts } from "./compile.ts";
import { until } from "./wait.ts";

export interface FlowCase {
  readonly title: string;
  /** Specs by path below the workspace; `${ settings.receiver }` is the receiver's address. */
  readonly workspace: Readonly<Record<string, string>>;
  /** Instead of the rig's own `vrsky.yaml`: the folder of a workspace that is there, for its secrets. */
  readonly folder?: string;
  /** Settings that hold the receiver's address; `receiver` unless told. */
  readonly receiverAs?: readonly string[];
  readonly secrets?: Readonly<Record<string, string>>;
  /** Statuses that the receiver answers on a path, in turn, the last one for ever; 200 unless told. */
  readonly receiver?: Readonly<Record<string, readonly number[]>>;
  /** What the receiver answers on a path when the status is 200; nothing unless told. */
  readonly answers?: Readonly<Record<string, Json>>;
  readonly send?: readonly Sent[];
  /** Published in the tenant's account once the worker is there. */
  readonly publish?: readonly { readonly to: string; readonly body: Json }[];
  /** Files that appear below the data folder. */
  readonly drop?: Readonly<Record<string, string>>;
  readonly expect: Expected;
}

interface Sent {
  readonly to: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
  /** Instead of `body`: the very bytes. */
  readonly text?: string;
  readonly answer: number;
  /** What the answer says: text, or JSON. */
  readonly says?: Json;
}

interface Expected {
  /** Outcomes that end a message, by target: `delivered`, `dropped by filter`, `dead: rejected`; how often each. */
  readonly ends?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Bodies by path of the receiver, in any order, and no others. */
  readonly received?: Readonly<Record<string, readonly Json[]>>;
  /** Headers that each request on a path had. */
  readonly headers?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** JSON lines of files below the data folder, in any order. */
  readonly files?: Readonly<Record<string, readonly Json[]>>;
  /** Bodies published by subject, in any order. */
  readonly published?: Readonly<Record<string, readonly Json[]>>;
  readonly dead?: readonly Dead[];
  /** Messages in the intake of an integration. */
  readonly stored?: Readonly<Record<string, number>>;
}

interface Dead {
  readonly target: string;
  /** Of a split message. */
  readonly item?: string;
  readonly message: string;
  readonly at?: string;
  readonly read?: Readonly<Record<string, string>>;
}

/** What happened, in the form of `expect`; only the parts that the case asks for. */
export async function play(given: FlowCase): Promise<Expected> {
  const folder = await mkdtemp(join(tmpdir(), "vrsky-flow-"));
  const receiver = await startReceiver(given.receiver ?? {}, given.answers ?? {});
  try {
    return await playIn(folder, receiver, given);
  } finally {
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function playIn(folder: string, receiver: Receiver, given: FlowCase): Promise<Expected> {
  const { emitted, diagnostics } = compileTexts({ "vrsky.yaml": root, ...given.workspace });
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics, null, 2));
  const ready = { folder: given.folder ?? folder, ...emitted };
  const env = Object.fromEntries(
    Object.entries(given.secrets ?? {}).map(([name, value]) => [`VRSKY_SECRET_ACME_${name.toUpperCase()}`, value]),
  );
  const io = { ...quiet, env: { ...process.env, ...env }, cwd: folder };
  await using nats = must(await startEmbedded(join(folder, "nats"), ready.topology, io));
  const context = { settings: {}, secrets: "env" as const };
  const cluster = { name: "dev", context, url: nats.url, credentials: nats.admin() };
  await using admin = must(await openCluster(ready, cluster));
  await using access = must(await openAccess(ready, cluster));
  must(await applyTopology(ready, access, {}));
  const events: RunEvent[] = [];
  const published = await listen(nats.url, nats.admin(), Object.keys(given.expect.published ?? {}));
  const dataDir = join(folder, "data");
  const house = must(
    await startHouse({
      ready,
      cluster: { ...cluster, credentials: nats.workers() },
      httpPort: 0,
      dataDir,
      allowNetwork: ["loopback"],
      settings: Object.fromEntries((given.receiverAs ?? ["receiver"]).map((name) => [name, receiver.url])),
      quiet: true,
      onEvent: (event) => events.push(event),
      io,
    }),
  );
  try {
    // From then on messages are taken in the order in which they are sent.
    await until("the worker is ready", () => house.worker.health().ready);
    await sendAll(house, given.send ?? []);
    for (const { to, body } of given.publish ?? []) published.publish(to, body);
    for (const [path, text] of Object.entries(given.drop ?? {})) await drop(join(dataDir, path), text);
    const wanted = given.expect;
    const seen = async (): Promise<Expected> => {
      const [tenant] = admin.tenants;
      const letters = tenant === undefined ? undefined : await listDeadLetters(tenant.connection, { limit: 100 });
      return only(wanted, {
        ends: endsOf(events),
        received: receiver.bodies(),
        headers: receiver.headers(wanted.headers ?? {}),
        files: await linesOf(dataDir, Object.keys(wanted.files ?? {})),
        published: published.bodies,
        dead: letters?.ok === true ? letters.value.letters.map(deadOf) : [],
        stored: Object.fromEntries(
          await Promise.all(
            Object.keys(wanted.stored ?? {}).map(async (name) => {
              const info = await tenant?.connection.request(`$JS.API.STREAM.INFO.IN_${name}`);
              return [name, Number(info?.json<{ state: { messages: number } }>().state.messages)] as const;
            }),
          ),
        ),
      });
    };
    let last = await seen();
    // What differs for good is for the caller to show.
    const arrived = async (): Promise<boolean> => {
      last = await seen();
      return isDeepStrictEqual(last, inOrder(wanted));
    };
    await until("it came out", arrived, 20_000).catch(() => undefined);
    return last;
  } finally {
    await house.close();
    await published.close();
  }
}

const root = `workspace: flow
language: 1
settings: { receiver: string }
defaults: { settings: { receiver: "http://127.0.0.1:1" }, retry: { for: 20s, initial: 50ms, max: 100ms } }
contexts: { dev: {} }
`;

const quiet = {
  out: () => undefined,
  err: () => undefined,
  colorOut: false,
  colorErr: false,
  interactive: false,
};

function must<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.refusal.message} ${result.refusal.help ?? ""}`);
}

async function sendAll(house: House, sent: readonly Sent[]): Promise<void> {
  for (const { to, headers, body, text, answer, says } of sent) {
    const response = await fetch(`http://127.0.0.1:${house.httpPort}${to}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: text ?? JSON.stringify(body),
    });
    const said = await response.text();
    if (response.status !== answer) throw new Error(`${to} answered ${response.status}, not ${answer}: ${said}`);
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    if (says !== undefined) expect(isJson ? JSON.parse(said) : said).toEqual(says);
  }
}

/** As a careful writer does it: under another name first. */
async function drop(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const hidden = join(dirname(path), `.${basename(path)}`);
  await writeFile(hidden, text);
  await rename(hidden, path);
}

function endsOf(events: readonly RunEvent[]): Record<string, Record<string, number>> {
  const ends: Record<string, Record<string, number>> = {};
  for (const event of events) {
    if (event.kind !== "outcome" || event.outcome.kind === "retry") continue;
    const { outcome, target } = event;
    const name =
      outcome.kind === "dropped"
        ? `dropped by ${outcome.reason}`
        : outcome.kind === "dead"
          ? `dead: ${outcome.letter.failure.class}`
          : "delivered";
    const counts = ends[target] ?? {};
    counts[name] = (counts[name] ?? 0) + 1;
    ends[target] = counts;
  }
  return ends;
}

function deadOf({ target, letter }: DeadLetterEntry): Dead {
  const { place, read, message = "" } = letter?.failure ?? {};
  return {
    target,
    ...(letter?.item === undefined ? {} : { item: letter.item }),
    message,
    ...(place === undefined ? {} : { at: `${place.file}:${place.line}:${place.column}` }),
    ...(read === undefined ? {} : { read }),
  };
}

async function linesOf(dataDir: string, paths: readonly string[]): Promise<Record<string, Json[]>> {
  const files = await Promise.all(
    paths.map(async (path) => {
      const text = await readFile(join(dataDir, path), "utf8").catch(() => "");
      return [path, text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Json]))] as const;
    }),
  );
  return Object.fromEntries(files);
}

async function listen(url: string, admin: string, subjects: readonly string[]) {
  const { [platformAccount]: _, ...logins }: Record<string, { user: string; password: string }> = JSON.parse(admin);
  const [login] = Object.values(logins);
  if (login === undefined) throw new Error("nobody may listen");
  const { user, password } = login;
  const connection = await connect({ servers: url, user, pass: password });
  const bodies: Record<string, Json[]> = {};
  for (const subject of subjects) {
    const heard: Json[] = [];
    bodies[subject] = heard;
    connection.subscribe(subject, { callback: (_error, message) => void heard.push(message.json()) });
  }
  await connection.flush();
  const publish = (subject: string, body: Json): void => connection.publish(subject, JSON.stringify(body));
  return { bodies, publish, close: () => connection.close() };
}

/** Lists in one order, so that those in another are equal; parts that are not asked for left out. */
function only(wanted: Expected, all: Expected): Expected {
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? [...value].sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1))
      : typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, sorted(member)]))
        : value;
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) => (key in wanted ? [[key, sorted(value)]] : [])),
  );
}

/** The expectation in the order in which `play` gives what happened. */
export const inOrder = (expected: Expected): Expected => only(expected, expected);

interface Receiver {
  readonly url: string;
  bodies(): Record<string, Json[]>;
  headers(asked: Readonly<Record<string, Readonly<Record<string, string>>>>): Record<string, Record<string, string>>;
  close(): Promise<void>;
}

async function startReceiver(
  statuses: Readonly<Record<string, readonly number[]>>,
  bodies: Readonly<Record<string, Json>>,
): Promise<Receiver> {
  const taken: { readonly path: string; readonly body: Json; readonly headers: NodeJS.Dict<string | string[]> }[] = [];
  const tries = new Map<string, number>();
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? "";
    const text = Buffer.concat(chunks).toString("utf8");
    const answers = statuses[path] ?? [200];
    const turn = tries.get(path) ?? 0;
    tries.set(path, turn + 1);
    const status = answers[Math.min(turn, answers.length - 1)] ?? 200;
    const isJson = String(request.headers["content-type"]).includes("json");
    if (status < 300) taken.push({ path, body: isJson ? JSON.parse(text) : text, headers: request.headers });
    const answer = status === 200 && path in bodies ? JSON.stringify(bodies[path]) : "";
    response.writeHead(status, { "content-type": "application/json" }).end(answer);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    bodies: () => {
      const byPath: Record<string, Json[]> = {};
      for (const { path, body } of taken) byPath[path] = [...(byPath[path] ?? []), body];
      return byPath;
    },
    headers: (asked) =>
      Object.fromEntries(
        Object.entries(asked).map(([path, names]) => {
          const request = taken.find((each) => each.path === path);
          return [
            path,
            Object.fromEntries(Object.keys(names).map((name) => [name, String(request?.headers[name] ?? "")])),
          ];
        }),
      ),
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}
