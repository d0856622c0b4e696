// Messages on their way into the intake: some at a time, strictly one lot after the other, while the next one is being
// read. What has been stored, and nothing else, may be confirmed to the server.

import type { Accepted, Incoming, SourceContext } from "../../schema/connector.ts";
import { sourceError } from "../../schema/connector.ts";

export interface Store<Mark> {
  /** Resolves when there is room for more. Rejects once one has been refused. */
  put(message: Incoming): Promise<void> | undefined;
  /** All that was put before has been handed over when `mark` counts. */
  reached(mark: Mark): void;
  /** Sends what waits, unless a lot is under way. */
  nudge(): void;
  /** Resolves when all that was put is stored. Rejects as `put`, and when aborted. */
  drained(): Promise<void>;
  /** The last mark in front of which all is stored. */
  stored(): Mark;
  failure(): unknown;
}

const mostMessages = 500;
const mostBytes = 2 * 1024 * 1024;

/** `settled` is called when a lot has been stored or has failed. */
export function createStore<Mark>(
  context: Pick<SourceContext, "acceptAll" | "clock" | "signal">,
  first: Mark,
  settled: () => void,
): Store<Mark> {
  let lot: Incoming[] = [];
  let bytes = 0;
  let latest = first;
  let stored = first;
  let failed: unknown;
  let underWay: Promise<void> | undefined;

  const send = (): void => {
    const messages = lot;
    const mark = latest;
    lot = [];
    bytes = 0;
    underWay = storeAll(context, messages)
      .then(
        () => {
          stored = lot.length === 0 ? latest : mark;
        },
        (error: unknown) => {
          failed ??= error;
        },
      )
      .finally(() => {
        underWay = undefined;
        settled();
      });
  };
  const room = async (): Promise<void> => {
    await underWay;
    if (failed !== undefined) throw failed;
    if (lot.length > 0 && underWay === undefined) send();
  };
  return {
    put: (message) => {
      lot.push(message);
      bytes += message.body.length;
      return lot.length < mostMessages && bytes < mostBytes && failed === undefined ? undefined : room();
    },
    reached: (mark) => {
      latest = mark;
      if (lot.length === 0 && underWay === undefined && failed === undefined) stored = mark;
    },
    nudge: () => {
      if (lot.length > 0 && underWay === undefined && failed === undefined) send();
    },
    drained: async () => {
      while (lot.length > 0 || underWay !== undefined) await room();
      if (failed !== undefined) throw failed;
    },
    stored: () => stored,
    failure: () => failed,
  };
}

async function storeAll(
  { acceptAll, clock, signal }: Pick<SourceContext, "acceptAll" | "clock" | "signal">,
  messages: readonly Incoming[],
): Promise<void> {
  let left = messages;
  while (left.length > 0) {
    const answers = await acceptAll(left);
    const firstNot = answers.findIndex(({ kind }) => kind !== "stored");
    if (firstNot === -1) return;
    const answer = answers[firstNot];
    left = left.slice(firstNot);
    if (answer?.kind === "invalid") throw refused(left[0], answer);
    if (signal.aborted) throw stopped;
    const seconds = answer?.kind === "unavailable" ? answer.retryAfterSeconds : 1;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(seconds * 1000, done);
      function done(): void {
        cancel();
        signal.removeEventListener("abort", done);
        resolve();
      }
      signal.addEventListener("abort", done);
    });
    if (signal.aborted) throw stopped;
  }
}

/** Not a failure: somebody wants the source to stop. */
export const stopped = new Error("the source is stopping");

function refused(message: Incoming | undefined, answer: Extract<Accepted, { kind: "invalid" }>): Error {
  const why = answer.issues.map((issue) => `${issue.path || "the body"} ${issue.message}`).join("; ");
  const { table = "", position = "" } = message?.meta ?? {};
  return sourceError({
    kind: "halted",
    reason: `a change of ${String(table)} at ${String(position)} does not fit the contract: ${why}`,
    help: "correct the contract and apply: it goes on with this change. With `on-error: { invalid: drop }` at the source such changes are left out. A large value that a change left as it was is in the message only with REPLICA IDENTITY FULL, or while the row is still there. One that is larger than a message may be needs a list of columns in the publication, and then a new snapshot",
  });
}
