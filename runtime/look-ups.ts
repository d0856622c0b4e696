// Last messages of single subjects, asked for together: while one request is under way, the next collects. After a
// restart the record of every message that waits is looked up; a request for each would cost more than its delivery.

import type { Clock } from "../schema/connector.ts";
import { lastOfEach } from "./last-of-each.ts";
import type { Link } from "./link.ts";
import type { Stored } from "./stream-api.ts";

export interface LookUps {
  /** The last message of a subject. Never rejects. */
  last(subject: string): Promise<Stored>;
}

/** Subjects of one request; the server takes no more than a thousand. */
const most = 500;

export function createLookUps(link: Link, clock: Clock, stream: string): LookUps {
  let waiting = new Map<string, ((stored: Stored) => void)[]>();
  let working = false;

  const ask = async (): Promise<void> => {
    const asked = [...waiting].slice(0, most);
    waiting = new Map([...waiting].slice(most));
    const subjects = asked.map(([subject]) => subject);
    const found = await lastOfEach(link, clock, stream, subjects).catch(() => undefined);
    for (const [subject, tell] of asked) {
      const stored: Stored = found === undefined ? unreadable : (found.get(subject) ?? none);
      for (const each of tell) each(stored);
    }
  };
  const work = async (): Promise<void> => {
    working = true;
    // What came in one piece is asked for in one piece.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.size > 0) await ask();
    working = false;
  };
  return {
    last: (subject) =>
      new Promise((resolve) => {
        const same = waiting.get(subject);
        if (same === undefined) waiting.set(subject, [resolve]);
        else same.push(resolve);
        if (!working) void work();
      }),
  };
}

const none: Stored = { kind: "none" };
const unreadable: Stored = { kind: "unavailable", reason: "the stream cannot be read" };
