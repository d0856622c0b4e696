// A worker that has to do everything that a worker does, with some of its rights taken away: what of its work comes
// about, and what the server refuses it. Each case is a tenant of its own on one server.

import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { headers } from "@nats-io/nats-core";
import type { NatsConnection } from "@nats-io/transport-node";
import { natsDoor } from "../../cli/nats-door.ts";
import { createConnectors } from "../../connectors/create.ts";
import { systemClock } from "../../runtime/clock.ts";
import { createLibrary } from "../../runtime/expression/library.ts";
import { followAll } from "../../runtime/following.ts";
import { createLink } from "../../runtime/link.ts";
import { run } from "../../runtime/run.ts";
import { reasonOf } from "../../runtime/start-failure.ts";
import * as address from "../../schema/address.ts";
import type { Clock, Connector } from "../../schema/connector.ts";
import { header } from "../../schema/envelope.ts";
import { isJsonObject, type JsonObject } from "../../schema/json.ts";
import type { RunEvent } from "../../schema/outcome.ts";
import type { Outside } from "./outside.ts";

/** One target each, `out`; what tells a grant of one from those of the others. */
export const integrations = ["web", "files", "chain", "ledger", "spoken", "told"] as const;
type Integration = (typeof integrations)[number];

/** A source without a name has that of its connector. */
const reading = (stream: string, source: string) => ({ stream, source });

/** The stream that a source reads. */
const readers: Readonly<Partial<Record<Integration, ReturnType<typeof reading>>>> = {
  chain: reading(address.declaredStream("chain-in"), "stream"),
  ledger: reading(address.sharedStream("giver", "feed"), "stream"),
  told: reading("TOLD", "nats"),
};

const told = address.bucketStream("told");

/** What is there before anything is applied: a stream and a bucket that are not VRSky's. */
export async function makeOthers(admin: NatsConnection): Promise<void> {
  const dense = { storage: "file", max_msgs_per_subject: 1 };
  await ask(admin, "STREAM.CREATE.TOLD", { name: "TOLD", subjects: ["told.in.*"] });
  await ask(admin, `STREAM.CREATE.${told}`, { ...dense, name: told, subjects: ["$KV.told.>"] });
}

export function workspaceTexts(tenants: readonly string[], outside: string): Readonly<Record<string, string>> {
  const giver = `tenant: giver\nstreams: { feed: { contract: { id: string }, keep: 1h, export-to: [${tenants.join(", ")}] } }\n`;
  return {
    "tenants/giver/a.yaml": giver,
    ...Object.fromEntries(tenants.map((tenant) => [`tenants/${tenant}/a.yaml`, tenantText(tenant, outside)])),
  };
}

function tenantText(tenant: string, outside: string): string {
  const integration = (name: Integration, source: string, target: string, more = ""): string => `---
integration: ${name}${more}
source: { ${source}, message-id: "\${ body.id }" }
steps: [{ call: { http: { url: "${outside}/${tenant}/${name}", method: POST, json: { id: "\${ body.id }" } } }, contract: any, as: answer }]
targets: { out: { ${target}, retry: { for: 60s, initial: 100ms, max: 100ms } } }
`;
  const contract = "contract: { id: string }";
  return [
    `tenant: ${tenant}\nstreams: { chain-in: { ${contract} }, chain-out: { contract: any } }\n`,
    integration("web", `http: { path: /in }, ${contract}`, "nats: { subject: web.out }", "\narchive: { keep: 1h }"),
    integration(
      "files",
      `file: { path: "in/*.jsonl", format: jsonl, every: 200ms, stable-for: 10ms }, ${contract}`,
      'nats: { subject: "files.${ body.id }.out" }',
    ),
    integration("chain", `stream: chain-in, ${contract}`, "stream: chain-out"),
    integration("spoken", `nats: { subject: spoken.in }, ${contract}`, "file: { path: spoken.jsonl, format: jsonl }"),
    integration(
      "told",
      `nats: { stream: TOLD, subject: "told.in.*" }, ${contract}`,
      'nats: { bucket: told, key: "${ body.id }" }',
    ),
    integration("ledger", `stream: giver/feed, ${contract}`, "file: { path: out.jsonl, format: jsonl }"),
  ].join("");
}

export interface WorkOptions {
  readonly tenant: string;
  /** As the tenant's worker. */
  readonly open: () => Promise<NatsConnection>;
  /** The account's unrestricted user. */
  readonly admin: NatsConnection;
  readonly outside: Outside;
  readonly dataDir: string;
  /** True for what need not be waited for, after what the server has refused. */
  readonly hopeless: (name: string, refused: ReadonlySet<string>) => boolean;
}

export interface Work {
  /** What did not come about: `web: delivered`, `all: started`. */
  readonly missing: readonly string[];
  /** Subjects that the server refused. */
  readonly refused: ReadonlySet<string>;
}

const ids = ["a", "b", "c"];
/** For this worker these are too long for one message: they lie in chunks, wherever they go. */
const inlineBytes = 100;
export const bodyOf = (id: string): string => JSON.stringify({ id, pad: "x".repeat(inlineBytes) });
/** What is refused may be got in another way, or a little later: so long it is waited for all the same. */
const graceMs = 2_500;
const patienceMs = 90_000;
const days = 24 * 3_600_000;

/** Runs a worker until its work is done, or patience is at its end. */
export async function work(options: WorkOptions): Promise<Work> {
  const { tenant, admin, dataDir } = options;
  for (const name of integrations) await leaveBuried(admin, name);
  const connection = await options.open();
  const refused = new Set<string>();
  const notice = (text: string): void => {
    const subject = /Permissions Violation for \w+ to "([^"]+)"/i.exec(text)?.[1];
    if (subject !== undefined) refused.add(subject);
  };
  const log = {
    info: () => undefined,
    warn: (fields: JsonObject) => {
      for (const value of Object.values(fields)) if (typeof value === "string") notice(value);
    },
  };
  let ahead = 0;
  const clock: Clock = { now: () => systemClock.now() + ahead, after: systemClock.after };
  const inboxPrefix = address.inboxPrefix(`${tenant}-worker`);
  const link = createLink(connection, inboxPrefix, clock, log);
  const events: RunEvent[] = [];
  const heard = new Set<string>();
  const ears = ["web.out", "files.*.out"].map((subject) =>
    admin.subscribe(subject, { callback: (_error, message) => void heard.add(message.subject.split(".")[0] ?? "") }),
  );
  let port = 0;
  const connectors = createConnectors({
    httpPort: 0,
    httpHost: "127.0.0.1",
    dataDir,
    allowNetwork: ["loopback"],
    onListening: (opened) => {
      port = opened;
    },
    natsFor: () => natsDoor(link),
  });
  const started = await startWorker(connectors).catch((error: unknown) => reasonOf(error));
  if (typeof started === "string") {
    notice(started);
    await connection.close();
    return { missing: ["all: started"], refused };
  }
  const { worker, following } = started;
  try {
    await send();
    const hopeless = (name: string): boolean => options.hopeless(name, refused);
    const first = await waitFor(hopeless, () => observed(options, events, heard));
    // What was stored is out of its history from now on.
    ahead = 3 * days;
    const trimmed = await waitFor(hopeless, () => Promise.all(integrations.map((name) => isTrimmed(admin, name))));
    const gone = headers();
    gone.set("KV-Operation", "DEL");
    admin.publish(`$KV.${address.deployBucket}.${address.deployKey("web")}`, "", { headers: gone });
    const running = () => worker.health().integrations.some(({ integration }) => integration === "web");
    const followed = await waitFor(hopeless, async () => [{ name: "all: followed", done: !running() }]);
    return { missing: [...first, ...trimmed, ...followed], refused };
  } finally {
    for (const ear of ears) ear.unsubscribe();
    following.close();
    await worker.stop();
    link.close();
    await connection.close();
  }

  async function startWorker(connectors: Readonly<Record<string, Connector>>) {
    const env = { settings: {}, secrets: {} };
    const worker = await run({
      tenants: [{ tenant, connection, inboxPrefix, env, bundles: [] }],
      connectors,
      library: () => createLibrary(),
      log,
      clock,
      limits: { trimMs: 200, drainMs: 500, inlineBytes },
      onEvent: (event) => events.push(event),
    });
    const following = followAll(worker, [
      { workspace: "test", tenant, trust: undefined, link, env: () => env, clock, random: Math.random, log },
    ]);
    return { worker, following };
  }

  async function send(): Promise<void> {
    const inbox = join(dataDir, "in");
    await mkdir(inbox, { recursive: true });
    await writeFile(join(inbox, ".part"), ids.map((id) => `${bodyOf(id)}\n`).join(""));
    await rename(join(inbox, ".part"), join(inbox, "a.jsonl"));
    for (const id of ids) {
      admin.publish(address.declaredSubject("chain-in", address.idHash(id)), bodyOf(id));
      admin.publish(`told.in.${id}`, bodyOf(id));
    }
    await Promise.all([...ids.map(post), speak()]);
  }

  /** To a subject that nobody keeps: until somebody has listened. */
  async function speak(): Promise<void> {
    const taken = () => events.filter(({ kind, integration }) => kind === "accepted" && integration === "spoken");
    while (!options.hopeless("spoken: taken in", refused) && taken().length < ids.length) {
      for (const id of ids) admin.publish("spoken.in", bodyOf(id));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async function post(id: string): Promise<void> {
    while (!options.hopeless("web: taken in", refused)) {
      const answer = await fetch(`http://127.0.0.1:${port}/${tenant}/in`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: bodyOf(id),
      }).catch(() => undefined);
      if (answer?.status === 202) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

interface Seen {
  readonly name: string;
  readonly done: boolean;
}

/** Names of what is missing in the end. */
async function waitFor(
  hopeless: (name: string) => boolean,
  look: () => Promise<readonly Seen[]>,
): Promise<readonly string[]> {
  const end = Date.now() + patienceMs;
  let hopelessAt: number | undefined;
  for (;;) {
    const missing = (await look()).filter(({ done }) => !done).map(({ name }) => name);
    hopelessAt = missing.every(hopeless) ? (hopelessAt ?? Date.now()) : undefined;
    if (missing.length === 0 || Date.now() > Math.min(end, (hopelessAt ?? end) + graceMs)) return missing;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function observed(
  options: WorkOptions,
  events: readonly RunEvent[],
  heard: ReadonlySet<string>,
): Promise<readonly Seen[]> {
  const all = await Promise.all(
    integrations.map((name) =>
      observedOf(
        options,
        events.filter(({ integration }) => integration === name),
        heard,
        name,
      ),
    ),
  );
  return all.flat();
}

async function observedOf(
  { admin, outside, tenant }: WorkOptions,
  mine: readonly RunEvent[],
  heard: ReadonlySet<string>,
  name: Integration,
): Promise<readonly Seen[]> {
  const outcomes = mine.flatMap((event) => (event.kind === "outcome" ? [event] : []));
  const reader = readers[name];
  const seen = (what: string, done: boolean): Seen => ({ name: `${name}: ${what}`, done });
  return [
    seen("taken in", mine.filter(({ kind }) => kind === "accepted").length >= ids.length),
    seen(
      "delivered by a retry",
      outcomes.some(({ outcome, attempt }) => outcome.kind === "delivered" && attempt > 1),
    ),
    seen(
      "dead letter written",
      outcomes.some(({ outcome }) => outcome.kind === "dead"),
    ),
    seen("old dead letter left alone", !outside.asked(`/${tenant}/${name}`).includes(buried)),
    seen("retries shown", (await subjectsOf(admin, "KV_retries", address.retriesViewFilter(name))) > 0),
    seen("intake acknowledged", await isSettled(admin, address.intakeStream(name), "out")),
    seen("retries acknowledged", await isSettled(admin, address.retryStream(name), "out")),
    ...(reader === undefined
      ? []
      : [
          seen(
            "stream acknowledged",
            await isSettled(admin, reader.stream, address.readerConsumer(name, reader.source)),
          ),
        ]),
    ...(name === "told" ? [seen("put into the bucket", (await subjectsOf(admin, told, "$KV.told.>")) > 0)] : []),
    ...(name === "web" || name === "files" ? [seen("published", heard.has(name))] : []),
    ...(name === "files"
      ? [seen("file remembered", (await subjectsOf(admin, "STATE", address.sourceStateFilter(name))) > 0)]
      : []),
  ];
}

const buried = "buried";
const timeout = 20_000;

/**
 * A message that was handed out before and is in the dead letters, whose record has expired: only the dead letters say
 * that it must not run again.
 */
async function leaveBuried(admin: NatsConnection, name: Integration): Promise<void> {
  const hash = address.idHash(buried);
  const fields = headers();
  fields.set(header.id, buried);
  const stored = await admin.request(address.intakeSubject(name, hash), JSON.stringify({ id: buried }), {
    headers: fields,
    timeout,
  });
  const letter = headers();
  letter.set(header.sequence, String(stored.json<{ readonly seq: number }>().seq));
  await admin.request(address.deadSubject(name, "out", hash), "{}", { headers: letter, timeout });
  const stream = address.intakeStream(name);
  const taken = await admin.request(`$JS.API.CONSUMER.MSG.NEXT.${stream}.out`, '{"batch":1}', { timeout, noMux: true });
  taken.respond("-NAK");
}

async function ask(admin: NatsConnection, subject: string, body: JsonObject = {}): Promise<JsonObject> {
  return (await admin.request(`$JS.API.${subject}`, JSON.stringify(body), { timeout })).json();
}

async function subjectsOf(admin: NatsConnection, stream: string, filter: string): Promise<number> {
  const { state } = await ask(admin, `STREAM.INFO.${stream}`, { subjects_filter: filter });
  return isJsonObject(state) && isJsonObject(state.subjects) ? Object.keys(state.subjects).length : 0;
}

/** It has had something to do, and nothing is left. */
async function isSettled(admin: NatsConnection, stream: string, consumer: string): Promise<boolean> {
  const { delivered, num_pending, num_ack_pending } = await ask(admin, `CONSUMER.INFO.${stream}.${consumer}`);
  const some = isJsonObject(delivered) && Number(delivered.consumer_seq) > 0;
  return some && num_pending === 0 && num_ack_pending === 0;
}

async function isTrimmed(admin: NatsConnection, name: Integration): Promise<Seen> {
  const { state } = await ask(admin, `STREAM.INFO.${address.intakeStream(name)}`);
  return { name: `${name}: intake trimmed`, done: isJsonObject(state) && Number(state.first_seq) > 1 };
}
