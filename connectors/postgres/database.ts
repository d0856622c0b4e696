// Connections to one database, for one target or call: so many at once and no more, each piece of work with an end in
// time, and none of it with anything that a pooler in between could not carry: no session settings, no named statements.

import { connect, Socket } from "node:net";
import pg from "pg";
import type { Clock } from "../../schema/connector.ts";

export interface Session {
  readonly client: pg.PoolClient;
  /** `decisive`: with it, what was done counts; when the connection breaks after that, nobody knows whether it did. */
  query(sql: string, values?: readonly unknown[], decisive?: "decisive"): Promise<pg.QueryResult>;
  /** Between begin and commit; rolled back when `work` fails. */
  transaction<T>(work: () => Promise<T>, begin?: string): Promise<T>;
}

export interface Database {
  /** Rejects with what the server or the client says, or with an Undecided. */
  use<T>(signal: AbortSignal, work: (session: Session) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The work failed after its decisive statement had left. */
interface Undecided extends Error {
  readonly undecided: true;
}

const undecided = (cause: unknown): Undecided =>
  Object.assign(new Error("the outcome is not known", { cause }), { undecided: true as const });

export const isUndecided = (error: unknown): error is Undecided => error instanceof Error && "undecided" in error;

export interface DatabaseOptions {
  readonly config: pg.ClientConfig;
  readonly clock: Clock;
  readonly connections: number;
  /** Milliseconds from having a connection to the end of the work. */
  readonly timeout: number;
  /** Values of rows are the server's text. */
  readonly asText?: true;
}

/** How long the server has to answer that it has cancelled a statement. */
const graceMs = 2_000;

export function openDatabase({ config, clock, connections, timeout, asText }: DatabaseOptions): Database {
  const pool = new pg.Pool({
    ...config,
    ...(asText ? { types: { getTypeParser: () => (text: string) => text } } : {}),
    max: connections,
    idleTimeoutMillis: 30_000,
    maxLifetimeSeconds: 3_600,
  });
  // An idle connection that breaks is no news: the next one is made when it is needed.
  pool.on("error", () => undefined);
  // Nor is one that says goodbye between two statements, or after it was given up: an error that nobody hears ends the
  // process.
  pool.on("connect", (client) => client.on("error", () => undefined));
  // The pool would count the wait for one of its clients as time to connect, and give up.
  const turns = takeTurns(connections);

  const use: Database["use"] = (signal, work) =>
    turns(async () => {
      signal.throwIfAborted();
      const client = await pool.connect();
      if (signal.aborted) client.release();
      signal.throwIfAborted();
      const watch = limit(client, clock, timeout, signal);
      let healthy = true;
      try {
        const session = sessionOf(client);
        return await work(session);
      } catch (error) {
        healthy = isAnswer(error);
        throw watch.late() && isAnswer(error) ? slow(timeout) : error;
      } finally {
        watch.end();
        client.release(!healthy || watch.spoilt());
      }
    });
  return { use, close: () => pool.end() };
}

/** Said instead of what the cancelled statement failed with. */
const slow = (timeout: number): Error => new Error(`the server was not done within ${timeout / 1_000} s`);

/** The server said it: the connection is in order. Not when it says goodbye with it. */
const isAnswer = (error: unknown): error is pg.DatabaseError =>
  error instanceof pg.DatabaseError && !/^(57P|08)/.test(error.code ?? "");

function sessionOf(client: pg.PoolClient): Session {
  const query: Session["query"] = async (sql, values, decisive) => {
    try {
      return await (values === undefined ? client.query(sql) : client.query(sql, [...values]));
    } catch (error) {
      throw decisive !== undefined && !isAnswer(error) ? undecided(error) : error;
    }
  };
  return {
    client,
    query,
    transaction: async (work, begin = "begin") => {
      await query(begin);
      let made: Awaited<ReturnType<typeof work>>;
      try {
        made = await work();
      } catch (error) {
        await query("rollback").catch(() => undefined);
        throw error;
      }
      await query("commit", undefined, "decisive");
      return made;
    },
  };
}

/** What takes too long, or is not wanted any more, is cancelled at the server; the connection is cut if that helps not. */
function limit(client: pg.PoolClient, clock: Clock, timeout: number, signal: AbortSignal) {
  let cut = false;
  let late = false;
  let stopCutting = (): void => undefined;
  const cancel = (): void => {
    sendCancel(client);
    stopCutting = clock.after(graceMs, () => {
      cut = true;
      // With a statement under way this closes the socket.
      void client.end().catch(() => undefined);
    });
  };
  const stopWaiting = clock.after(timeout, () => {
    late = true;
    cancel();
  });
  signal.addEventListener("abort", cancel, { once: true });
  return {
    late: () => late,
    /** What was asked to be cancelled may be cancelled late, and must not hit somebody else's statement. */
    spoilt: () => cut || signal.aborted || late,
    end: () => {
      stopWaiting();
      stopCutting();
      signal.removeEventListener("abort", cancel);
    },
  };
}

/** PostgreSQL's CancelRequest, on a connection of its own, as the protocol wants it. Nobody waits for it. */
function sendCancel(client: pg.PoolClient): void {
  const of = (name: string): unknown => Reflect.get(client, name);
  const [id, key] = [of("processID"), of("secretKey")];
  // The very server: its name may lead elsewhere by now, where nobody has asked whether it may be.
  const { stream } = client.connection;
  if (!(stream instanceof Socket) || typeof id !== "number" || typeof key !== "number") return;
  const { remoteAddress: host, remotePort: port } = stream;
  if (host === undefined || port === undefined) return;
  const packet = Buffer.alloc(16);
  packet.writeInt32BE(16, 0);
  packet.writeInt32BE(80_877_102, 4);
  packet.writeInt32BE(id, 8);
  packet.writeInt32BE(key, 12);
  const socket = connect(port, host);
  socket.setTimeout(graceMs, () => socket.destroy());
  socket.on("error", () => undefined);
  socket.end(packet);
}

/** So many at once; the others wait in line. */
function takeTurns(places: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = places;
  const line: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((turn) => line.push(turn));
    try {
      return await work();
    } finally {
      const next = line.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
