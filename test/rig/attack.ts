// One tenant tries everything that there is to try against the other accounts of its server, as its worker and as its
// account's unrestricted user; what comes of it is counted and looked for.

import { headers, type MsgHdrs } from "@nats-io/nats-core";
import type { NatsConnection } from "@nats-io/transport-node";
import * as address from "../../schema/address.ts";
import { nothingShared, sharing } from "../../schema/sharing.ts";
import type { Permissions, Topology } from "../../schema/topology.ts";
import {
  type Attempt,
  ask,
  attemptsOn,
  attemptsOnServer,
  earsOn,
  type Names,
  namesOf,
  reachesFor,
  wildEars,
} from "./attempts.ts";
import type { FormServer } from "./server-form.ts";
import { differences, settledSnapshot, snapshotOf } from "./snapshot.ts";
import { covers } from "./subjects.ts";

export interface AttackOptions {
  readonly server: FormServer;
  /** What the compiler says; the server may have been given more. */
  readonly topology: Topology;
  readonly attacker: string;
  /** Text in everything that the victim keeps to itself. */
  readonly secretOf: (account: string) => string;
}

export interface Attacked {
  /** Attempts by kind. */
  readonly counts: ReadonlyMap<string, number>;
  readonly leaks: readonly string[];
}

const marked = "stolen-by-the-attacker";

interface Victim {
  readonly names: Names;
  readonly admin: NatsConnection;
  /** Subjects of what it shares. */
  readonly shares: readonly string[];
  /** Texts that nobody else's answer may hold. */
  readonly secrets: readonly string[];
}

interface Book {
  /** One unless told. */
  count(kind: string, attempts?: number): void;
  leak(text: string): void;
}

export async function attack(options: AttackOptions): Promise<Attacked> {
  const counts = new Map<string, number>();
  const leaks = new Set<string>();
  const book: Book = {
    count: (kind, attempts = 1) => void counts.set(kind, (counts.get(kind) ?? 0) + attempts),
    leak: (text) => void leaks.add(text),
  };
  const victims = await victimsOf(options);
  const worker = await options.server.worker(options.attacker);
  await overhear(options, book, worker, victims);
  await tryAll(options, book, worker, victims);
  await worker.close();
  for (const text of await heldBy(await options.server.admin(options.attacker))) {
    tellsOf(book, victims, "its account holds", text);
  }
  return { counts, leaks: [...leaks].sort() };
}

/** The victims speak while worker and account of the attacker listen to everything. */
async function overhear(
  { server, topology, attacker, secretOf }: AttackOptions,
  book: Book,
  worker: NatsConnection,
  victims: readonly Victim[],
): Promise<void> {
  const admin = await server.admin(attacker);
  const [mine, account] = [await listen(worker, victims), await listen(admin, victims)];
  for (const victim of victims) await speak(victim, secretOf(victim.names.account));
  await Promise.all([worker.flush(), admin.flush()]);
  book.count("subscriptions", mine.tried.length + account.tried.length);
  expectRefused(book, "subscribe", mine.tried, await mine.close(), permissionsOf(topology, attacker).subscribe);
  await account.close();
  for (const text of [...mine.heard, ...account.heard]) tellsOf(book, victims, "heard", text);
}

/** Everything is sent, as the worker and as the account; then the victims are held against what they were. */
async function tryAll(
  { server, topology, attacker }: AttackOptions,
  book: Book,
  worker: NatsConnection,
  victims: readonly Victim[],
): Promise<void> {
  const admin = await server.admin(attacker);
  const own = sharing(topology).get(attacker) ?? nothingShared;
  const given = givenIn(topology, attacker);
  const before = await Promise.all(victims.map(({ admin }) => settledSnapshot(admin)));
  const claims = await server.claims();
  const watched = await Promise.all(victims.map((victim) => watch(victim, own.imports, given)));

  const attempts = [...victims.flatMap(({ names }) => attemptsOn(names, own, marked)), ...attemptsOnServer(marked)];
  const hard = victims.flatMap(({ names }) => [...reachesFor(names, own, marked), ...smuggled(names)]);
  const byWorker = await send(worker, address.inboxPrefix(`${attacker}-worker`), attempts);
  const byAdmin = await send(admin, `_INBOX.${marked}`, [...attempts, ...hard]);
  for (const { kind } of [...attempts, ...attempts, ...hard]) book.count(kind);
  const subjects = attempts.map(({ subject }) => subject);
  expectRefused(book, "publish", subjects, byWorker.refused, permissionsOf(topology, attacker).publish);

  // What schedules and sources set off takes a moment; what is answered, stored and heard by then, is.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  for (const answer of byWorker.close()) tellsOf(book, victims, "its worker was answered", answer.text);
  for (const { asked, text } of byAdmin.close()) {
    // Its own place in what is shared with it, it may ask for.
    const granted = own.imports.some(({ localSubject }) => covers(localSubject, asked));
    if (!granted) tellsOf(book, victims, "its account was answered", text);
    // What the server says of itself names nobody else, either.
    const said = asked.startsWith("$SYS.") ? text.slice(asked.length) : "";
    for (const { account } of victims.map(({ names }) => names)) {
      if (said.includes(`"${account}"`) || said.includes(`"${account}-`))
        book.leak(`the server names ${account}: ${text}`);
    }
  }
  for (const each of watched) for (const text of await each.close()) book.leak(text);
  for (const [index, { names, admin }] of victims.entries()) {
    for (const text of differences(before[index] ?? new Map(), await snapshotOf(admin)))
      if (!given.changes(text.split(": ")[0] ?? "")) book.leak(`changed in ${names.account}: ${text}`);
  }
  if (claims !== (await server.claims())) book.leak("the accounts' claims were changed");
}

async function victimsOf({ server, topology, attacker, secretOf }: AttackOptions): Promise<readonly Victim[]> {
  const shared = sharing(topology);
  const accounts = [...topology.tenants.map(({ tenant }) => tenant).filter((name) => name !== attacker)];
  const all = [...accounts, address.platformAccount];
  return Promise.all(
    all.map(async (account) => {
      const admin = await server.admin(account);
      const names = await namesOf(account, admin, permissionsOf(topology, account), shared.get(account));
      const created = [...(await snapshotOf(admin)).values()].flatMap(
        (text) => /"created":"([^"]+)"/.exec(text)?.slice(1) ?? [],
      );
      const shares = sharedBy(topology, account);
      return { names, admin, shares, secrets: [secretOf(account), ...server.marks(account), ...created] };
    }),
  );
}

const permissionsOf = (topology: Topology, tenant: string): Permissions =>
  topology.tenants.find((each) => each.tenant === tenant)?.users[0]?.permissions ?? { publish: [], subscribe: [] };

/** What tenants have granted each other on purpose, and is no leak. */
interface Given {
  /** The attacker's own places in what others share with it, and the copies of what it shares: its own to say. */
  changes(name: string): boolean;
  /** Where the streams that it shares arrive. */
  reaches(subject: string): boolean;
}

function givenIn(topology: Topology, attacker: string): Given {
  const account = topology.tenants.find(({ tenant }) => tenant === attacker)?.account;
  const places = (account?.imports ?? []).map(
    ({ tenant, stream }) => `${address.declaredStream(stream)}/${address.sharingConsumer(tenant, attacker)}`,
  );
  const shares = (account?.exports ?? []).map(({ stream }) => stream);
  const copies = shares.map((stream) => address.sharedStream(attacker, stream));
  return {
    changes: (name) => places.includes(name) || copies.some((copy) => name.split(/[ /]/)[0] === copy),
    reaches: (subject) =>
      shares.some((stream) =>
        [address.declaredFilter(stream), address.sharedArrival(attacker, stream)].some((each) => covers(each, subject)),
      ),
  };
}

const sharedBy = (topology: Topology, tenant: string): readonly string[] =>
  topology.tenants
    .find((each) => each.tenant === tenant)
    ?.account.exports.map(({ stream }) => address.declaredFilter(stream)) ?? [];

function tellsOf(book: Book, victims: readonly Victim[], how: string, text: string): void {
  for (const { names, secrets } of victims) {
    if (secrets.some((secret) => text.includes(secret)))
      book.leak(`${how}, of ${names.account}: ${text.slice(0, 300)}`);
  }
}

interface Ears {
  readonly tried: readonly string[];
  readonly heard: readonly string[];
  /** Subjects that were refused. */
  close(): Promise<ReadonlySet<string>>;
}

/** Each subject alone and in a queue group: what one form is refused, the other might get. */
async function listen(connection: NatsConnection, victims: readonly Victim[]): Promise<Ears> {
  const tried = [...new Set([...wildEars, ...victims.flatMap(({ names }) => earsOn(names))])];
  const heard: string[] = [];
  const refused = new Set<string>();
  const callback = (
    error: Error | null,
    message: { readonly subject: string; string(): string; headers?: MsgHdrs },
  ) => {
    if (error !== null) void refused.add(subjectIn(error.message));
    else heard.push(`${message.subject} ${String(message.headers ?? "")} ${message.string()}`);
  };
  const subscriptions = tried.flatMap((subject) => [
    connection.subscribe(subject, { callback }),
    connection.subscribe(subject, { callback, queue: "thieves" }),
  ]);
  await connection.flush();
  return {
    tried,
    heard,
    close: async () => {
      await connection.flush();
      for (const subscription of subscriptions) subscription.unsubscribe();
      return refused;
    },
  };
}

const subjectIn = (message: string): string => /to "([^"]+)"/.exec(message)?.[1] ?? message;

/** The victim says its secret wherever it can: on all subjects of its account, and to whoever asks. */
async function speak({ names, admin, shares }: Victim, secret: string): Promise<void> {
  const kept = names.subjects.filter((subject) => !shares.some((each) => covers(each, subject)));
  for (const subject of kept) admin.publish(subject, secret);
  admin.publish(`_INBOX_${names.account}-worker.x.y`, secret);
  admin.publish(address.deployedSubject("orders"), secret);
  admin.publish("anything.at.all", secret);
  await ask(admin, "$JS.API.INFO");
  await admin.flush();
}

interface Sent {
  readonly refused: ReadonlySet<string>;
  /** What was answered until now. */
  close(): readonly { readonly asked: string; readonly text: string }[];
}

async function send(
  connection: NatsConnection,
  inbox: string,
  attempts: readonly (Attempt & { headers?: MsgHdrs })[],
): Promise<Sent> {
  const answers: { readonly asked: string; readonly text: string }[] = [];
  const refused = new Set<string>();
  let watching = true;
  const watchRefusals = async (): Promise<void> => {
    for await (const status of connection.status()) {
      if (!watching) return;
      if (status.type === "error") refused.add(subjectIn(status.error.message));
    }
  };
  void watchRefusals();
  const subscription = connection.subscribe(`${inbox}.attack.*`, {
    callback: (_error, { subject, headers, data }) => {
      const asked = attempts[Number(subject.split(".").at(-1))]?.subject ?? subject;
      answers.push({ asked, text: `${asked} → ${String(headers ?? "")} ${Buffer.from(data).toString("utf8")}` });
    },
  });
  for (const [index, { subject, body, headers }] of attempts.entries()) {
    connection.publish(subject, body, {
      reply: `${inbox}.attack.${index}`,
      ...(headers === undefined ? {} : { headers }),
    });
    if (index % 200 === 0) await connection.flush();
  }
  await connection.flush();
  // The JetStream API has a queue of its own, in order: this one is the last.
  await connection.request("$JS.API.INFO", "", { timeout: 20_000 });
  await connection.flush();
  watching = false;
  return {
    refused,
    close: () => {
      subscription.unsubscribe();
      return answers;
    },
  };
}

/** Refused is exactly what is not granted. */
function expectRefused(
  book: Book,
  direction: string,
  tried: readonly string[],
  refused: ReadonlySet<string>,
  granted: readonly string[],
): void {
  for (const subject of tried) {
    const allowed = granted.some((pattern) => covers(pattern, subject));
    if (!allowed && !refused.has(subject)) book.leak(`its worker may ${direction} ${subject}, which is nobody's grant`);
  }
}

/** Headers that act where a subject may not: from the attacker's own streams towards the victim's. */
function smuggled({ subjects, streams }: Names): readonly (Attempt & { readonly headers: MsgHdrs })[] {
  const kind = "headers";
  const made: (Attempt & { readonly headers: MsgHdrs })[] = [];
  const add = (subject: string, fields: Readonly<Record<string, string>>): void => {
    const all = headers();
    for (const [name, value] of Object.entries(fields)) all.set(name, value);
    made.push({ kind, subject, body: JSON.stringify({ marked }), headers: all });
  };
  const retry = (token: string): string => address.scheduleSubject("orders", "out", token);
  for (const [index, subject] of subjects.entries()) {
    const at = { "Nats-Schedule": `@at ${new Date().toISOString()}`, "Nats-Rollup": "sub" };
    add(retry(`t${index}`), { ...at, "Nats-Schedule-Target": subject });
    add(retry(`s${index}`), {
      ...at,
      "Nats-Schedule-Target": address.dueSubject("orders", "out", "x"),
      "Nats-Schedule-Source": subject,
    });
    add(retry(`n${index}`), { "Nats-Scheduler": subject, "Nats-Schedule-Next": "purge" });
    add(address.stateSubject("orders", "out", `e${index}`), {
      "Nats-Expected-Last-Subject-Sequence": "1",
      "Nats-Expected-Last-Subject-Sequence-Subject": subject,
    });
    add(subject, { "Nats-Rollup": "all" });
    add(subject, { "Nats-Batch-Id": "stolen", "Nats-Batch-Sequence": "1", "Nats-Batch-Commit": "1" });
  }
  for (const stream of streams) add(address.stateSubject("orders", "out", "x"), { "Nats-Expected-Stream": stream });
  return made;
}

interface Watch {
  close(): Promise<readonly string[]>;
}

/** What reaches the victim's account, beside what it grants to the attacker and the traffic of its own shares. */
async function watch(
  { names, admin, shares }: Victim,
  imports: readonly { readonly subject: string }[],
  given: Given,
): Promise<Watch> {
  const reached = new Set<string>();
  /** The server's own: answers, advisories, the heartbeats of what is shared. */
  const own = [/^_INBOX\./, /^_R_\./, /^\$JSC\.R\./, /^shared\.(to|from)\./, /^\$JS\.EVENT\./, /^\$JS\.FC\./];
  const subscription = admin.subscribe(">", {
    callback: (_error, { subject, data }) => {
      const text = Buffer.from(data).toString("utf8");
      if (given.reaches(subject) || imports.some((each) => covers(each.subject, subject))) return;
      // What it shares is sent again to who asks for it again.
      const usual = [...shares.map((each) => covers(each, subject)), ...own.map((pattern) => pattern.test(subject))];
      if (!usual.includes(true) || text.includes(marked))
        reached.add(`reached ${names.account}: ${subject} ${text.slice(0, 200)}`);
    },
  });
  await admin.flush();
  return {
    close: async () => {
      await admin.flush();
      subscription.unsubscribe();
      return [...reached];
    },
  };
}

/** Everything that lies in the attacker's account in the end: what its sources and mirrors may have fetched. */
async function heldBy(admin: NatsConnection): Promise<readonly string[]> {
  return [...(await snapshotOf(admin))].map(([name, text]) => {
    const { data = "" } = /^\S+ \d+$/.test(name) ? (JSON.parse(text) ?? {}) : {};
    return `${name} ${Buffer.from(data, "base64").toString("utf8")}`;
  });
}
