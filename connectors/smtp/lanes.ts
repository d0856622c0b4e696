// Connections to one mail server, so many and no more: who finds none free waits here and not in the library, where a
// mail that nobody waits for any more would still be sent, as a second one beside the next attempt's.

import type { Socket } from "node:net";
import { createTransport, type SendMailOptions, type SMTPPoolOptions, type SMTPSentMessageInfo } from "nodemailer";

export type OpenSocket = (give: (error: Error | null, given: { readonly connection: Socket }) => void) => Socket;

/** `stopped`: in the middle; whether it was sent is open. `never`: before anything of it was sent. */
export type Posted =
  | { readonly kind: "sent"; readonly sent: SMTPSentMessageInfo }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "stopped" | "never" };

export interface Lanes {
  /** Never rejects, and has its end at once when the signal says so. */
  post(mail: SendMailOptions, signal: AbortSignal): Promise<Posted>;
  close(): void;
}

interface Lane {
  post(mail: SendMailOptions): Promise<Posted>;
  /** Whatever the server does. */
  end(): void;
}

export function createLanes(most: number, options: SMTPPoolOptions, openSocket: OpenSocket): Lanes {
  const open = new Set<Lane>();
  const free: Lane[] = [];
  const waiting: ((lane: Lane) => void)[] = [];
  const add = (): Lane => {
    const lane = createLane(options, openSocket);
    open.add(lane);
    return lane;
  };
  const end = (lane: Lane): void => {
    open.delete(lane);
    lane.end();
  };
  const take = (signal: AbortSignal): Promise<Lane | undefined> => {
    if (signal.aborted) return Promise.resolve(undefined);
    const lane = free.pop();
    if (lane !== undefined) return Promise.resolve(lane);
    if (open.size < most) return Promise.resolve(add());
    return new Promise((resolve) => {
      const given = (next: Lane): void => {
        signal.removeEventListener("abort", gone);
        resolve(next);
      };
      const gone = (): void => {
        waiting.splice(waiting.indexOf(given), 1);
        resolve(undefined);
      };
      waiting.push(given);
      signal.addEventListener("abort", gone, { once: true });
    });
  };
  const giveBack = (lane: Lane): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(lane);
    else next(lane);
  };
  return {
    post: async (mail, signal) => {
      const lane = await take(signal);
      if (lane === undefined) return { kind: "never" };
      const posted = await unlessAborted(lane.post(mail), signal);
      if (posted.kind === "stopped") {
        end(lane);
        giveBack(add());
      } else giveBack(lane);
      return posted;
    },
    close: () => {
      for (const lane of [...open]) end(lane);
    },
  };
}

function createLane(options: SMTPPoolOptions, openSocket: OpenSocket): Lane {
  let socket: Socket | undefined;
  const transport = createTransport({
    ...options,
    pool: true,
    maxConnections: 1,
    maxMessages: Number.POSITIVE_INFINITY,
    // Trying again is the run time's.
    maxRequeues: 0,
    getSocket: (_asked: unknown, give: Parameters<OpenSocket>[0]) => {
      socket = openSocket(give);
    },
  });
  return {
    post: (mail) =>
      transport.sendMail(mail).then(
        (sent): Posted => ({ kind: "sent", sent }),
        (error: unknown): Posted => ({ kind: "failed", error }),
      ),
    end: () => {
      transport.close();
      socket?.destroy();
    },
  };
}

async function unlessAborted(posted: Promise<Posted>, signal: AbortSignal): Promise<Posted> {
  let stop: () => void = () => undefined;
  const stopped = new Promise<Posted>((resolve) => {
    stop = () => resolve({ kind: "stopped" });
    signal.addEventListener("abort", stop, { once: true });
  });
  const first = await Promise.race([posted, stopped]);
  signal.removeEventListener("abort", stop);
  return first;
}
