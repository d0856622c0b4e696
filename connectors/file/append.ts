// Files that grow: messages that wait for one file share one write and one fsync.

import type { Place } from "./place.ts";
import type { Rotation } from "./rotate.ts";

export interface Appender {
  /** Resolves once the text is on disk at the end of the file; rejects with a `placeError`. */
  append(path: string, text: string): Promise<void>;
  /** Resolves when nothing is being written. */
  idle(): Promise<void>;
}

interface Waiting {
  readonly text: string;
  readonly done: (error?: unknown) => void;
}

/** Undefined where files cannot grow. */
export function appender(place: Place, header: string, rotation: Rotation | undefined): Appender | undefined {
  const append = place.append?.bind(place);
  if (append === undefined) return undefined;
  const queues = new Map<string, Waiting[]>();
  const draining = new Set<Promise<void>>();

  /** How many were written. */
  const write = async (path: string, texts: readonly string[]): Promise<number> => {
    const fitting = (await rotation?.room(path, texts)) ?? texts.length;
    const lines = Buffer.from(texts.slice(0, fitting).join(""));
    await append(path, { lines, header: Buffer.from(header) });
    return fitting;
  };
  const drain = async (path: string, queue: Waiting[]): Promise<void> => {
    while (queue.length > 0) {
      const texts = queue.map(({ text }) => text);
      const end = await write(path, texts).then(
        (count) => ({ count, error: undefined }),
        (error: unknown) => ({ count: texts.length, error: error ?? "unknown" }),
      );
      for (const { done } of queue.splice(0, end.count)) done(end.error);
    }
    queues.delete(path);
  };
  return {
    append: (path, text) =>
      new Promise((resolve, reject) => {
        const waiting = { text, done: (error?: unknown) => (error === undefined ? resolve() : reject(error)) };
        const queue = queues.get(path);
        if (queue !== undefined) {
          queue.push(waiting);
          return;
        }
        const fresh = [waiting];
        queues.set(path, fresh);
        const work = drain(path, fresh).finally(() => draining.delete(work));
        draining.add(work);
      }),
    idle: async () => void (await Promise.all(draining)),
  };
}
