// A type checker in a thread of its own: TypeScript's answers come from a process that is waited for without doing
// anything else, and there is something else to do. While it checks, this thread writes the bundles.

import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { TypeChecker } from "../../compiler/4-check/type-checker.ts";

export interface CheckerRequest {
  readonly method: keyof Omit<TypeChecker, "ask">;
  readonly given: readonly unknown[];
}

export type CheckerReply =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "error"; readonly message: string };

/** A check of the largest workspace takes less. */
const patienceMs = 10 * 60_000;

/** `file`: the built thread. The thread starts at once, beside whatever comes before the first question. */
export function checkerOnThread(file: URL): TypeChecker {
  const { port1: port, port2 } = new MessageChannel();
  const replies = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(file, { workerData: { port: port2, replies }, transferList: [port2] });
  worker.unref();
  port.unref();
  let asked = 0;

  const ask = <Value>(method: CheckerRequest["method"], ...given: readonly unknown[]): (() => Value) => {
    const request: CheckerRequest = { method, given };
    port.postMessage(request);
    asked += 1;
    const mine = asked;
    return () => {
      while (Atomics.load(replies, 0) < mine) {
        if (Atomics.wait(replies, 0, Atomics.load(replies, 0), patienceMs) === "timed-out")
          throw new Error("the type checker does not answer");
      }
      const reply = receiveMessageOnPort(port)?.message as CheckerReply | undefined;
      if (reply?.kind === "value") return reply.value as Value;
      throw new Error(reply?.message ?? "the type checker gave no answer");
    };
  };

  return {
    ask: (library, modules) => ask("check", library, modules),
    check: (library, modules) => ask<ReturnType<TypeChecker["check"]>>("check", library, modules)(),
    typesAt: (...given) => ask<ReturnType<TypeChecker["typesAt"]>>("typesAt", ...given)(),
    checkScripts: (files) => ask<ReturnType<TypeChecker["checkScripts"]>>("checkScripts", files)(),
    close: () => {
      // It ends its child before it is ended itself.
      ask("close")();
      port.close();
      void worker.terminate();
    },
  };
}
