// Questions and answers over a wire that carries data.

import { sourceError, sourceFailureOf } from "../../../../schema/connector.ts";
import type { Order, Passing, Result, Wish } from "./messages.ts";

export interface Wire {
  ask(question: { readonly order: Order } | { readonly wish: Wish }): Promise<Result>;
  /** Sends what `work` gives under the number of a question. */
  answer(number: number, work: () => Promise<Result>): void;
  /** What answers a question of ours; false for everything else. */
  settled(passing: Passing): boolean;
  /** An abort signal as a number. */
  signalOf(signal: AbortSignal): number;
}

export function createWire(send: (passing: Passing) => void): Wire {
  const asked = new Map<number, { resolve(result: Result): void; reject(error: Error): void }>();
  let numbers = 0;
  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        numbers += 1;
        asked.set(numbers, { resolve, reject });
        send(
          "order" in question
            ? { kind: "order", number: numbers, ...question }
            : { kind: "wish", number: numbers, ...question },
        );
      }),
    answer: (number, work) => {
      work().then(
        (result) => send({ kind: "done", number, result }),
        (error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error);
          send({ kind: "failed", number, reason, failure: sourceFailureOf(error) });
        },
      );
    },
    settled: (passing) => {
      if (passing.kind !== "done" && passing.kind !== "failed") return false;
      const waiting = asked.get(passing.number);
      asked.delete(passing.number);
      if (passing.kind === "done") waiting?.resolve(passing.result);
      else waiting?.reject(passing.failure === undefined ? new Error(passing.reason) : sourceError(passing.failure));
      return true;
    },
    signalOf: (signal) => {
      numbers += 1;
      const number = numbers;
      const abort = (): void => send({ kind: "notice", notice: { kind: "abort", signal: number } });
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort, { once: true });
      return number;
    },
  };
}

/** What the other side has answered is what it was asked for: both are this file's. */
export function readAs<T extends Result>(result: Result): T {
  return result as T;
}
