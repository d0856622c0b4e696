// What one tenant can try against another, made from tables: the names of the victim's streams, consumers, buckets and
// subjects as they are on the server, times everything that JetStream and the server answer to.

import type { NatsConnection } from "@nats-io/transport-node";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import { type AccountSharing, nothingShared } from "../../schema/sharing.ts";
import type { Permissions } from "../../schema/topology.ts";
import { sample } from "./subjects.ts";

/** One account, as those see it who know all of its names. */
export interface Names {
  readonly account: string;
  readonly streams: readonly string[];
  readonly consumers: readonly { readonly stream: string; readonly name: string }[];
  /** What its streams listen to, and what they hold. */
  readonly subjects: readonly string[];
  /** Rights of its worker. */
  readonly permissions: Permissions;
  readonly sharing: AccountSharing;
}

export interface Attempt {
  /** For the count. */
  readonly kind: string;
  readonly subject: string;
  readonly body: string;
}

export async function ask(connection: NatsConnection, subject: string, body: Json = {}): Promise<JsonObject> {
  return (await connection.request(subject, JSON.stringify(body), { timeout: 20_000 })).json();
}

/** Reads them from the server, so that nothing is forgotten that a topology does not tell. */
export async function namesOf(
  account: string,
  admin: NatsConnection,
  permissions: Permissions = { publish: [], subscribe: [] },
  sharing: AccountSharing = nothingShared,
): Promise<Names> {
  const streams = textsOf((await ask(admin, "$JS.API.STREAM.NAMES")).streams);
  const consumers: { readonly stream: string; readonly name: string }[] = [];
  const subjects = new Set<string>();
  for (const stream of streams) {
    const found = textsOf((await ask(admin, `$JS.API.CONSUMER.NAMES.${stream}`)).consumers);
    consumers.push(...found.map((name) => ({ stream, name })));
    const { config, state } = await ask(admin, `$JS.API.STREAM.INFO.${stream}`, { subjects_filter: ">" });
    for (const subject of textsOf(objectOf(config).subjects)) subjects.add(sample(subject));
    for (const subject of Object.keys(objectOf(objectOf(state).subjects))) subjects.add(subject);
  }
  return { account, streams, consumers, subjects: [...subjects], permissions, sharing };
}

export const objectOf = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});
export const textsOf = (value: Json | undefined): readonly string[] =>
  (Array.isArray(value) ? value : []).filter((text) => typeof text === "string");

const apiVerbs = [
  "INFO",
  "STREAM.NAMES",
  "STREAM.LIST",
  "STREAM.TEMPLATE.NAMES",
  "STREAM.TEMPLATE.LIST",
  "META.LEADER.STEPDOWN",
  "SERVER.REMOVE",
  "SERVER.STREAM.MOVE",
];
const accountVerbs = ["ACCOUNT.PURGE", "ACCOUNT.INFO"];
const streamVerbs = [
  "STREAM.CREATE",
  "STREAM.UPDATE",
  "STREAM.DELETE",
  "STREAM.INFO",
  "STREAM.PURGE",
  "STREAM.MSG.GET",
  "STREAM.MSG.DELETE",
  "STREAM.SNAPSHOT",
  "STREAM.RESTORE",
  "STREAM.PEER.REMOVE",
  "STREAM.LEADER.STEPDOWN",
  "CONSUMER.CREATE",
  "CONSUMER.LIST",
  "CONSUMER.NAMES",
  "DIRECT.GET",
];
const consumerVerbs = [
  "CONSUMER.CREATE",
  "CONSUMER.DURABLE.CREATE",
  "CONSUMER.DELETE",
  "CONSUMER.INFO",
  "CONSUMER.MSG.NEXT",
  "CONSUMER.PAUSE",
  "CONSUMER.RESET",
  "CONSUMER.UNPIN",
  "CONSUMER.LEADER.STEPDOWN",
];

/** Under each of these the API may be reached: the account's own, that of a domain, what a shared stream brings. */
const apiPrefixes = (victim: Names, attacker: AccountSharing): readonly string[] => [
  "$JS.API",
  "$JS.vrsky.API",
  `$JS.${victim.account}.API`,
  ...new Set(attacker.imports.flatMap(({ localSubject }) => /^(.+\.api)\./.exec(localSubject)?.slice(1) ?? [])),
];

const systemSubjects = (account: string): readonly string[] => [
  ...[
    "INFO",
    "CONNZ",
    "SUBSZ",
    "LEAFZ",
    "JSZ",
    "STATZ",
    "CONNS",
    "CLAIMS.LOOKUP",
    "CLAIMS.UPDATE",
    "CLAIMS.DELETE",
  ].map((what) => `$SYS.REQ.ACCOUNT.${account}.${what}`),
  `$SYS.ACCOUNT.${account}.CONNECT`,
  `$SYS.ACCOUNT.${account}.SERVER.CONNS`,
  `$SYS.ACCOUNT.${account}.CLAIMS.UPDATE`,
];

const serverSubjects: readonly string[] = [
  ...["LIST", "UPDATE", "DELETE", "PACK"].map((what) => `$SYS.REQ.CLAIMS.${what}`),
  ...["", ".IDZ", ".STATSZ", ".VARZ", ".CONNZ", ".SUBSZ", ".ROUTEZ", ".GATEWAYZ", ".LEAFZ", ".ACCOUNTZ", ".JSZ"].map(
    (what) => `$SYS.REQ.SERVER.PING${what}`,
  ),
  "$SYS.REQ.SERVER.PING.HEALTHZ",
  "$SYS.REQ.SERVER.PING.PROFILEZ",
  "$SYS.REQ.SERVER.x.RELOAD",
  "$SYS.REQ.SERVER.x.KICK",
  "$SYS.REQ.ACCOUNT.PING.CONNZ",
  "$SYS.REQ.ACCOUNT.PING.STATZ",
  "$SYS.REQ.ACCOUNT.NSUBS",
  "$SYS.REQ.USER.INFO",
  "$SYS.REQ.USER.AUTH",
  "$SYS.SERVER.x.SHUTDOWN",
  "$SYS.DEBUG.SUBSCRIBERS",
  "$SRV.PING",
  "$SRV.INFO",
  "$SRV.STATS",
];

/** What is published to them, with a reply subject. `marked`: text by which what arrives is known. */
export function attemptsOn(victim: Names, attacker: AccountSharing, marked: string): readonly Attempt[] {
  const { account, streams, consumers, subjects, permissions, sharing } = victim;
  const made: Attempt[] = [];
  const add = (kind: string, subject: string, body: Json = { marked }): void =>
    void made.push({ kind, subject, body: JSON.stringify(body) });
  for (const subject of subjects) add(kindOf(subject), subject);
  for (const subject of permissions.publish) add("rights of its worker", sample(subject));
  for (const subject of permissions.subscribe) add("inboxes and announcements", sample(subject));
  for (const subject of [`_INBOX.${account}`, `_INBOX_${account}-worker.x.y`, `_R_.${account}.x`])
    add("inboxes and announcements", subject);
  for (const { subject, localSubject } of [...sharing.exports.map(own), ...sharing.imports]) {
    add("sharing", sample(subject));
    add("sharing", sample(localSubject));
  }
  for (const prefix of apiPrefixes(victim, attacker)) {
    const kind = prefix === "$JS.API" ? "JetStream API" : "JetStream API by another way";
    for (const verb of apiVerbs) add(kind, `${prefix}.${verb}`);
    for (const verb of accountVerbs) add(kind, `${prefix}.${verb}.${account}`);
    for (const stream of streams) {
      for (const verb of streamVerbs) add(kind, `${prefix}.${verb}.${stream}`, bodyOf(verb, stream, marked));
      for (const subject of subjects) add(kind, `${prefix}.DIRECT.GET.${stream}.${subject}`);
    }
    for (const { stream, name } of consumers) {
      for (const verb of consumerVerbs) add(kind, `${prefix}.${verb}.${stream}.${name}`, bodyOf(verb, stream, marked));
    }
  }
  for (const { stream, name } of consumers) {
    for (const place of [`${stream}.${name}`, `_.x.${stream}.${name}`]) {
      add("acks and flow control", `$JS.ACK.${place}.1.1.1.1.1`, "+TERM");
      add("acks and flow control", `$JS.FC.${place}.x`);
    }
  }
  for (const subject of systemSubjects(account)) add("system account", subject);
  return made;
}

/** Not of any account. */
export const attemptsOnServer = (marked: string): readonly Attempt[] =>
  serverSubjects.map((subject) => ({ kind: "system account", subject, body: JSON.stringify({ marked }) }));

/** What is listened to: all of the same, and wildcards. */
export function earsOn(victim: Names): readonly string[] {
  const { account, subjects, permissions, sharing } = victim;
  return [
    ...new Set([
      ...subjects,
      ...permissions.publish,
      ...permissions.subscribe,
      ...sharing.exports.map(({ subject }) => subject),
      ...sharing.imports.flatMap(({ subject, localSubject }) => [subject, localSubject]),
      `_INBOX_${account}-worker.>`,
      `$SYS.ACCOUNT.${account}.>`,
    ]),
  ];
}

export const wildEars: readonly string[] = [
  ">",
  "*",
  "*.>",
  "*.*.>",
  "$JS.>",
  "$JS.API.>",
  "$JS.ACK.>",
  "$JS.FC.>",
  "$JS.EVENT.>",
  "$KV.>",
  "$O.>",
  "$SYS.>",
  "$SYS.REQ.>",
  "$SRV.>",
  "_INBOX.>",
  "shared.>",
];

const own = ({ subject }: { readonly subject: string }) => ({ subject, localSubject: subject });

const kindOf = (subject: string): string =>
  subject.startsWith("$KV.") ? "KV" : subject.startsWith("$O.") ? "objects" : "subjects of streams";

/** A body with which the call would do harm, or tell something. */
function bodyOf(verb: string, stream: string, marked: string): Json {
  const consumer = { ack_policy: "none", deliver_policy: "all", deliver_subject: `stolen.${marked}` };
  switch (verb) {
    case "STREAM.CREATE":
    case "STREAM.UPDATE":
      return { name: stream, subjects: [`taken.${marked}.${stream}`], max_msgs: 1 };
    case "STREAM.SNAPSHOT":
      return { deliver_subject: `stolen.${marked}` };
    case "STREAM.MSG.GET":
    case "DIRECT.GET":
    case "STREAM.MSG.DELETE":
    case "CONSUMER.RESET":
      return { seq: 1 };
    case "STREAM.PEER.REMOVE":
      return { peer: "vrsky" };
    case "CONSUMER.CREATE":
    case "CONSUMER.DURABLE.CREATE":
      return { stream_name: stream, config: { ...consumer, durable_name: marked } };
    case "CONSUMER.PAUSE":
      return { pause_until: "2100-01-01T00:00:00Z" };
    case "CONSUMER.MSG.NEXT":
      return { batch: 10, no_wait: true };
    default:
      return {};
  }
}

/** Asked of the own account, and meant for the other: what streams and consumers can be told to fetch and to send. */
export function reachesFor(victim: Names, attacker: AccountSharing, marked: string): readonly Attempt[] {
  const made: Attempt[] = [];
  let count = 0;
  const api = (verb: string, name: string, body: JsonObject): void =>
    void made.push({
      kind: "streams and consumers that reach out",
      subject: `$JS.API.${verb}.${name}`,
      body: JSON.stringify(body),
    });
  for (const prefix of apiPrefixes(victim, attacker)) {
    for (const stream of victim.streams) {
      const external = { api: prefix, deliver: `stolen.${marked}.${count++}` };
      api("STREAM.CREATE", `SRC${count}`, { name: `SRC${count}`, sources: [{ name: stream, external }] });
      api("STREAM.CREATE", `MIR${count}`, { name: `MIR${count}`, mirror: { name: stream, external } });
    }
  }
  for (const subject of victim.subjects) {
    const name = `OWN${count++}`;
    const source = `bait.${name}`;
    api("STREAM.CREATE", name, { name, subjects: [source], republish: { src: source, dest: subject } });
    api("CONSUMER.CREATE", name, { stream_name: name, config: { deliver_subject: subject, ack_policy: "none" } });
    made.push({ kind: "streams and consumers that reach out", subject: source, body: JSON.stringify({ marked }) });
  }
  return made;
}
