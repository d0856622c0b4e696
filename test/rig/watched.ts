// A small world to watch: a compiled workspace applied to a real server, a real worker with the compiled rights, real
// HTTP in and out, and the verbs that look at it, called as the command line calls them.

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { connect, headers, type NatsConnection } from "@nats-io/transport-node";
import { applyTopology } from "../../cli/apply-topology.ts";
import { type Embedded, startEmbedded } from "../../cli/embedded.ts";
import type { ExitCode, Result } from "../../cli/exit.ts";
import { type House, startHouse } from "../../cli/house.ts";
import type { Io } from "../../cli/io.ts";
import { openAccess } from "../../cli/with-access.ts";
import * as address from "../../schema/address.ts";
import { header } from "../../schema/envelope.ts";
import type { Json } from "../../schema/json.ts";
import type { RunEvent } from "../../schema/outcome.ts";
import { compileTexts } from "./compile.ts";

export interface Received {
  readonly path: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Json;
}

export interface Watched extends AsyncDisposable {
  /** The compiled workspace. */
  readonly folder: string;
  readonly nats: Embedded;
  /** The unrestricted user of tenant `acme`. */
  readonly admin: NatsConnection;
  /** `--nats`, `--creds` of the control plane and of the worker. */
  readonly cluster: { readonly nats: string; readonly creds: string };
  readonly workerCreds: string;
  readonly received: Received[];
  readonly events: RunEvent[];
  /** Status that the receiver answers on a path; 200 unless told. */
  readonly answers: Map<string, () => number | Promise<number>>;
  readonly house: () => House;
  stopWorker(): Promise<void>;
  /** `allowNetwork`: instead of loopback. */
  startWorker(allowNetwork?: readonly string[]): Promise<void>;
  /** Posts to a webhook of the running worker; gives the answer's status. */
  post(path: string, body: Json, more?: Readonly<Record<string, string>>): Promise<number>;
  /** Puts a message into an intake, as a source would. */
  store(integration: string, id: string, body: Json, partition?: number): Promise<void>;
  /** Calls a verb with what it may touch of the process. */
  verb(
    run: (io: Io) => Promise<ExitCode>,
  ): Promise<{ readonly code: number; readonly out: string; readonly err: string }>;
}

export async function watched(
  texts: Readonly<Record<string, string>>,
  allowed: readonly string[] = ["loopback"],
): Promise<Watched> {
  const { emitted, diagnostics } = compileTexts({ "vrsky.yaml": root, ...texts });
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics, null, 2));
  const dir = await mkdtemp(join(tmpdir(), "vrsky-watched-"));
  const folder = join(dir, "out");
  for (const [path, text] of emitted.files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const io = (out: (text: string) => void, err: (text: string) => void): Io => ({
    out,
    err,
    colorOut: false,
    colorErr: false,
    interactive: false,
    env: process.env,
    cwd: dir,
  });
  const quiet = io(
    () => undefined,
    () => undefined,
  );
  const ready = { folder, ...emitted };
  const nats = must(await startEmbedded(join(dir, "nats"), ready.topology, quiet));
  const context = { settings: {}, secrets: "env" as const };
  const cluster = { name: "dev", context, url: nats.url, credentials: nats.admin() };
  await using access = must(await openAccess(ready, cluster));
  must(await applyTopology(ready, access, {}));
  const creds = { admin: join(dir, "admin.json"), worker: join(dir, "worker.json") };
  await writeFile(creds.admin, nats.admin(), { mode: 0o600 });
  await writeFile(creds.worker, nats.workers(), { mode: 0o600 });
  const login: { readonly user: string; readonly password: string } = JSON.parse(nats.admin()).acme;
  const admin = await connect({ servers: nats.url, user: login.user, pass: login.password, noAsyncTraces: true });

  const received: Received[] = [];
  const answers = new Map<string, () => number | Promise<number>>();
  const receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? "";
    received.push({ path, headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString("utf8")) });
    response.writeHead((await answers.get(path)?.()) ?? 200).end();
  });
  await new Promise<void>((listening) => receiver.listen(0, "127.0.0.1", listening));
  const at = receiver.address();
  const url = `http://127.0.0.1:${typeof at === "object" && at !== null ? at.port : 0}`;

  const events: RunEvent[] = [];
  let house: House | undefined;
  const running = (): House => {
    if (house === undefined) throw new Error("no worker is running");
    return house;
  };
  const stopWorker = async (): Promise<void> => {
    await house?.close();
    house = undefined;
  };
  const startWorker = async (allowNetwork = allowed): Promise<void> => {
    house = must(
      await startHouse({
        ready,
        cluster: { ...cluster, credentials: nats.workers() },
        httpPort: 0,
        metricsPort: 0,
        dataDir: join(dir, "data"),
        allowNetwork,
        settings: { receiver: url },
        quiet: true,
        onEvent: (event) => events.push(event),
        io: quiet,
      }),
    );
  };
  await startWorker();
  return {
    folder,
    nats,
    admin,
    cluster: { nats: nats.url, creds: creds.admin },
    workerCreds: creds.worker,
    received,
    events,
    answers,
    house: running,
    stopWorker,
    startWorker,
    post: async (path, body, more = {}) => {
      const response = await fetch(`http://127.0.0.1:${running().httpPort}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...more },
        body: JSON.stringify(body),
      });
      await response.text();
      return response.status;
    },
    store: async (integration, id, body, partition) => {
      const fields = headers();
      fields.set(header.id, encodeURIComponent(id));
      fields.set("Nats-Expected-Last-Subject-Sequence", "0");
      const subject = address.intakeSubject(integration, address.idHash(id), partition);
      await admin.request(subject, JSON.stringify(body), { headers: fields, timeout: 10_000 });
    },
    verb: async (run) => {
      let [out, err] = ["", ""];
      const code = await run(
        io(
          (text) => {
            out += text;
          },
          (text) => {
            err += text;
          },
        ),
      );
      return { code, out, err };
    },
    [Symbol.asyncDispose]: async () => {
      await stopWorker();
      await admin.close();
      receiver.closeAllConnections();
      await new Promise<void>((closed) => receiver.close(() => closed()));
      await nats[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export const root = `workspace: watched
language: 1
settings: { receiver: string }
defaults: { settings: { receiver: "http://127.0.0.1:1" }, retry: { for: 1h, initial: 50ms, max: 100ms } }
contexts: { dev: {} }
`;

function must<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.refusal.message} ${result.refusal.help ?? ""}`);
}
