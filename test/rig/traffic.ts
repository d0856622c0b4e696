// A publisher that never stops and a reader that acknowledges, beside whatever is done to their stream; and the account
// of it afterwards: what was accepted, and what came out.

import { setTimeout as pause } from "node:timers/promises";
import { headers, type NatsConnection } from "@nats-io/transport-node";

export interface TrafficOptions {
  readonly connection: NatsConnection;
  /** Subjects begin with it, the message's own id follows; may change while it runs. */
  readonly prefix: () => string;
  readonly stream: () => string;
  readonly consumer: string;
}

export interface Traffic {
  /** Ids that the server has acknowledged. */
  readonly accepted: ReadonlySet<string>;
  /** How often the reader was given each id. */
  readonly received: ReadonlyMap<string, number>;
  /** Sends nothing more; resolves when what is under way has its answer. */
  stopSending(): Promise<void>;
  /** Reads on until everything accepted was received, or nothing comes any more. */
  stop(): Promise<void>;
}

export function startTraffic({ connection, prefix, stream, consumer }: TrafficOptions): Traffic {
  const accepted = new Set<string>();
  const received = new Map<string, number>();
  let sending = true;
  let reading = true;

  const send = async (): Promise<void> => {
    for (let number = 0; sending; number++) {
      const id = `m${number}`;
      // As a careful sender does it: the same message again until somebody says that it is stored.
      while (sending && !(await stored(id))) await pause(5);
    }
  };
  const stored = async (id: string): Promise<boolean> => {
    const first = headers();
    first.set("Nats-Expected-Last-Subject-Sequence", "0");
    try {
      const answer = await connection.request(`${prefix()}.${id}`, id, { headers: first, timeout: 2_000 });
      const { error } = answer.json<{ error?: { err_code: number } }>();
      if (error !== undefined && error.err_code !== 10071) return false;
      accepted.add(id);
      return true;
    } catch {
      return false;
    }
  };
  const read = async (): Promise<void> => {
    while (reading) {
      const next = `$JS.API.CONSUMER.MSG.NEXT.${stream()}.${consumer}`;
      const answer = await connection
        .request(next, JSON.stringify({ batch: 1, expires: 100_000_000 }), { timeout: 400, noMux: true })
        .catch(() => undefined);
      if (answer === undefined || answer.reply === undefined || answer.reply === "") {
        await pause(5);
        continue;
      }
      const id = answer.string();
      received.set(id, (received.get(id) ?? 0) + 1);
      // Some are left for the server to hand out again.
      if (received.size % 7 !== 0 || (received.get(id) ?? 0) > 1) connection.publish(answer.reply, "+ACK");
    }
  };
  const sender = send();
  const reader = read();
  const missing = (): boolean => [...accepted].some((id) => !received.has(id));
  const stopSending = async (): Promise<void> => {
    sending = false;
    await sender;
  };
  return {
    accepted,
    received,
    stopSending,
    stop: async () => {
      await stopSending();
      for (let looks = 0; looks < 400 && missing(); looks++) await pause(25);
      reading = false;
      await reader;
    },
  };
}
