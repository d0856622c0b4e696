// The accounts that nats-servers hold, over a connection to the system account: looked up, listed, changed, deleted. A
// change counts when every server has said that it took it.

import { errors, type Msg, type NatsConnection } from "@nats-io/transport-node";
import { isJsonObject, type JsonObject } from "../../schema/json.ts";
import { controlError } from "../failure.ts";
import { readJwt, type SignedClaims } from "../keys/jwt.ts";

export interface Resolver {
  /** Accounts stand in the server's configuration: they cannot be changed, nor looked up before somebody has used them. */
  readonly fixed: boolean;
  /** Undefined for an account that the server does not know. */
  lookup(account: string): Promise<SignedClaims | undefined>;
  /** All accounts; undefined where the server cannot list them: they stand in its configuration. */
  list(): Promise<readonly SignedClaims[] | undefined>;
  /** `what` says whose account it is, for messages. */
  update(jwt: string, what: string): Promise<void>;
  /** Who is connected to an account now. */
  connected(account: string): Promise<readonly ConnectedUser[]>;
  /** `order`: signed deletion claims. */
  remove(order: string, what: string): Promise<void>;
}

export interface ConnectedUser {
  /** Public key. */
  readonly user: string;
  readonly name: string;
  /** Public key that signed its credentials. */
  readonly signer: string;
}

const timeoutMs = 5_000;

/** `account`: public key of one that is there, such as the system account's. */
export async function openResolver(system: NatsConnection, account: string): Promise<Resolver> {
  const servers = await countServers(system);
  const fixed = (await storedJwt(system, account)) === undefined;
  const change = async (subject: string, payload: string, what: string): Promise<void> => {
    const answers = await answersOf(system, subject, payload, servers);
    const refusal = answers.map(refusalOf).find((text) => text !== undefined);
    if (refusal !== undefined) {
      throw controlError({ kind: "failed", message: `${what}: nats-server refused it: ${refusal}` });
    }
    if (answers.length >= servers) return;
    const message =
      answers.length === 0
        ? `${what}: nats-server takes no accounts at run time; its configuration must say \`resolver { type: full }\`, see \`vrsky keys server\``
        : `${what}: ${answers.length} of ${servers} servers have taken it; run it again when all are there`;
    throw controlError({ kind: answers.length === 0 ? "unsupported" : "unreachable", message });
  };
  return {
    fixed,
    lookup: async (account) => {
      const jwt = await (fixed ? loadedJwt(system, account) : storedJwt(system, account));
      const claims = readJwt(jwt ?? "");
      return claims?.subject === account ? claims : undefined;
    },
    list: async () => (fixed ? undefined : await listAll(system)),
    connected: async (account) => {
      const query = JSON.stringify({ auth: true, limit: 4096 });
      const answers = await answersOf(system, `$SYS.REQ.ACCOUNT.${account}.CONNZ`, query, servers);
      return answers.flatMap(readConnections);
    },
    update: (jwt, what) => change("$SYS.REQ.CLAIMS.UPDATE", jwt, what),
    remove: (order, what) => change("$SYS.REQ.CLAIMS.DELETE", order, what),
  };
}

/** Empty for an account that is not there; undefined where the server keeps none. */
async function storedJwt(system: NatsConnection, account: string): Promise<string | undefined> {
  try {
    const subject = `$SYS.REQ.ACCOUNT.${account}.CLAIMS.LOOKUP`;
    return (await system.request(subject, "", { timeout: timeoutMs })).string();
  } catch (error) {
    if (isNobody(error)) return undefined;
    throw error;
  }
}

/** Of an account that somebody has used since the server's start. */
async function loadedJwt(system: NatsConnection, account: string): Promise<string | undefined> {
  const answer = await system.request(`$SYS.REQ.ACCOUNT.${account}.INFO`, "", { timeout: timeoutMs });
  const body: unknown = answer.json();
  const jwt = isJsonObject(body) && isJsonObject(body.data) ? body.data.jwt : undefined;
  return typeof jwt === "string" ? jwt : undefined;
}

function isNobody(error: unknown): boolean {
  const cause = error instanceof errors.RequestError ? (error.cause ?? error) : error;
  return cause instanceof errors.NoRespondersError;
}

/** Servers of one cluster answer within some milliseconds of each other. */
async function countServers(system: NatsConnection): Promise<number> {
  let count = 0;
  const answers = await system.requestMany("$SYS.REQ.SERVER.PING.IDZ", "", {
    strategy: "stall",
    stall: 250,
    maxWait: timeoutMs,
  });
  for await (const _ of answers) count += 1;
  return Math.max(count, 1);
}

async function listAll(system: NatsConnection): Promise<readonly SignedClaims[]> {
  const all: SignedClaims[] = [];
  let ended = false;
  const answers = await system.requestMany("$SYS.REQ.CLAIMS.PACK", "", { strategy: "sentinel", maxWait: timeoutMs });
  for await (const answer of answers) {
    ended = answer.data.length === 0;
    const claims = readJwt(answer.string().split("|")[1] ?? "");
    if (claims !== undefined) all.push(claims);
  }
  if (ended) return all;
  throw new errors.TimeoutError();
}

async function answersOf(
  system: NatsConnection,
  subject: string,
  payload: string,
  servers: number,
): Promise<readonly Msg[]> {
  const answers: Msg[] = [];
  try {
    const all = await system.requestMany(subject, payload, {
      strategy: "count",
      maxMessages: servers,
      maxWait: timeoutMs,
    });
    for await (const answer of all) answers.push(answer);
  } catch (error) {
    if (!isNobody(error)) throw error;
  }
  return answers.filter(({ headers }) => headers?.code !== 503);
}

function refusalOf(answer: Msg): string | undefined {
  const body: unknown = answer.json();
  const error: JsonObject | undefined = isJsonObject(body) && isJsonObject(body.error) ? body.error : undefined;
  if (error === undefined) return undefined;
  return typeof error.description === "string" ? error.description : "without a reason";
}

function readConnections(answer: Msg): readonly ConnectedUser[] {
  const body: unknown = answer.json();
  const data = isJsonObject(body) && isJsonObject(body.data) ? body.data : {};
  const connections = Array.isArray(data.connections) ? data.connections.filter(isJsonObject) : [];
  return connections.flatMap(({ jwt }) => {
    const claims = readJwt(typeof jwt === "string" ? jwt : "");
    return claims === undefined ? [] : [{ user: claims.subject, name: claims.name, signer: claims.issuer }];
  });
}
