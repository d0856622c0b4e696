// Failures are written down together: while one atomic batch is under way, the next collects. A batch costs the server
// some milliseconds whatever its size, so that one for each failure would hold up what fails and what does not.

import { isUnanswered, type Outgoing, type Published, sizeOf, untilAnswered } from "./publish.ts";

export interface FailureWrites {
  /** Stores all of these or none, as `publishBatch` does; the sequence of `stored` is that of the last. Never rejects. */
  write(messages: readonly Outgoing[]): Promise<Published>;
}

interface Group {
  readonly messages: readonly Outgoing[];
  settle(published: Published): void;
}

/** Messages of one batch; the server takes a thousand. */
const mostMessages = 500;
/** Their bytes; a group of its own may be larger. */
const mostBytes = 4 * 1024 * 1024;

/** The server takes fifty open batches of a stream. */
const atOnce = 16;

export function createFailureWrites(
  publishBatch: (messages: readonly Outgoing[]) => Promise<Published>,
  largest: () => number,
): FailureWrites {
  let waiting: Group[] = [];
  let working = false;

  /** True once somebody has answered. */
  const alone = async ({ messages, settle }: Group): Promise<boolean> => {
    const published = await untilAnswered(() => publishBatch(messages));
    settle(published);
    return !isUnanswered(published);
  };
  const doubtful = async (groups: readonly Group[], published: Published): Promise<void> => {
    for (let at = 0; at < groups.length; at += atOnce) {
      const answered = await Promise.all(groups.slice(at, at + atOnce).map(alone));
      if (answered.includes(true)) continue;
      // They come again, and then their records say what became of them.
      for (const { settle } of groups.slice(at + atOnce)) settle(published);
      return;
    }
  };
  const all = async (groups: readonly Group[]): Promise<void> => {
    const published = await publishBatch(groups.flatMap(({ messages }) => messages));
    if (published.kind === "stored") {
      let sequence = published.sequence - groups.reduce((sum, { messages }) => sum + messages.length, 0);
      for (const { messages, settle } of groups) {
        sequence += messages.length;
        settle({ kind: "stored", sequence });
      }
    } else if (published.kind === "conflict" || published.code !== undefined) {
      // Nothing is stored, and the reason may lie in one of them only.
      for (const group of groups) await alone(group);
    } else await doubtful(groups, published);
  };
  const work = async (): Promise<void> => {
    working = true;
    // What failed at once is written at once.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const count = fitting(waiting);
      const groups = waiting.slice(0, count);
      waiting = waiting.slice(count);
      const [first] = groups;
      if (groups.length === 1 && first !== undefined) await alone(first);
      else await all(groups);
    }
    working = false;
  };
  return {
    write: (messages) =>
      new Promise((settle) => {
        // One that the server does not take, or takes long for, must not keep back the others.
        const apart = (message: Outgoing): boolean => message.chunks !== undefined || sizeOf(message) > largest();
        if (messages.some(apart)) return void alone({ messages, settle });
        waiting.push({ messages, settle });
        if (!working) void work();
      }),
  };
}

/** How many of the first go into one batch: one at least. */
function fitting(groups: readonly Group[]): number {
  let count = 0;
  let messages = 0;
  let bytes = 0;
  for (const group of groups) {
    messages += group.messages.length;
    bytes += group.messages.reduce((sum, { data }) => sum + data.length, 0);
    if (count > 0 && (messages > mostMessages || bytes > mostBytes)) break;
    count += 1;
  }
  return count;
}
