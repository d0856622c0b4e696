// Senders as careful ones are: the same message again until somebody says 2xx or 4xx, and a line in the ledger only
// then. Some give up on a message whose fate they do not know: it may arrive or not, and is nobody's loss.

import { setTimeout as pause } from "node:timers/promises";
import { Agent, request } from "undici";
import { between, type Random } from "../rig/random.ts";
import type { Message } from "./integrations.ts";

export interface ProducerOptions {
  readonly random: Random;
  /** The path of the webhook. */
  readonly path: string;
  readonly senders: number;
  /** Milliseconds between two messages of one sender, at most. */
  readonly pauseMs: number;
  /** Ports that are open at the moment. */
  readonly doors: () => readonly number[];
  /** `sender`: from 0; one sender's messages leave one after the other. */
  readonly next: (number: number, sender: number) => Message;
  /** Out of a hundred messages whose fate is unknown, so many are not sent again. */
  readonly givesUp: number;
  /** Milliseconds until a sender believes that there is no answer. */
  readonly patienceMs: number;
  /** False: too much waits already; nothing new is sent for a moment. */
  readonly room: () => boolean;
}

export interface Producer {
  /** Everything that was ever sent. */
  readonly sent: Map<string, Message>;
  /** Ids, after the 2xx. */
  readonly accepted: Set<string>;
  /** How often each status came; 0 for no answer. */
  readonly answers: Map<number, number>;
  /** Requests under way. */
  open(): number;
  /** Sends nothing more; resolves when what is under way has its answer. */
  stop(): Promise<void>;
}

export function startProducer(options: ProducerOptions): Producer {
  const { random, doors } = options;
  const agent = new Agent({ connections: options.senders, pipelining: 1 });
  const sent = new Map<string, Message>();
  const accepted = new Set<string>();
  const answers = new Map<number, number>();
  let open = 0;
  let sending = true;
  let number = 0;

  const post = async (message: Message): Promise<number> => {
    const ports = doors();
    const port = ports[between(random, 0, ports.length - 1)];
    if (port === undefined) return 0;
    open += 1;
    try {
      const answer = await request(`http://127.0.0.1:${port}/acme${options.path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(message.body),
        dispatcher: agent,
        signal: AbortSignal.timeout(options.patienceMs),
      });
      await answer.body.dump();
      return answer.statusCode;
    } catch {
      return 0;
    } finally {
      open -= 1;
    }
  };
  const deliver = async (message: Message): Promise<void> => {
    sent.set(message.id, message);
    // A few more tries when all shall end: what was tried once should have its answer.
    for (let late = 0; sending || late < 20; late += sending ? 0 : 1) {
      const status = await post(message);
      answers.set(status, (answers.get(status) ?? 0) + 1);
      if (status >= 200 && status < 300) return void accepted.add(message.id);
      if (status >= 400 && status < 500 && status !== 429) return;
      if (status === 0 && between(random, 1, 100) <= options.givesUp) return;
      await pause(status === 0 ? 20 : 60);
    }
  };
  const send = async (sender: number): Promise<void> => {
    while (sending) {
      if (!options.room()) {
        await pause(50);
        continue;
      }
      number += 1;
      await deliver(options.next(number, sender));
      await pause(between(random, 0, options.pauseMs));
    }
  };
  const senders = Promise.all(Array.from({ length: options.senders }, (_, sender) => send(sender)));
  return {
    sent,
    accepted,
    answers,
    open: () => open,
    stop: async () => {
      sending = false;
      await senders;
      await agent.destroy();
    },
  };
}
