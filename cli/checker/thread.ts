// The thread of the type checker: answers one question after the other, whatever becomes of it.

import { type MessagePort, workerData } from "node:worker_threads";
import type { TypeChecker } from "../../compiler/4-check/type-checker.ts";
import type { CheckerReply, CheckerRequest } from "./on-thread.ts";

const { port, replies } = workerData as { readonly port: MessagePort; readonly replies: Int32Array };
let checker: TypeChecker | undefined;

async function answer({ method, given }: CheckerRequest): Promise<CheckerReply> {
  try {
    checker ??= (await import("../../compiler/4-check/type-checker.ts")).createTypeChecker();
    return { kind: "value", value: (checker[method] as (...all: readonly unknown[]) => unknown)(...given) };
  } catch (error) {
    return { kind: "error", message: error instanceof Error ? error.message : String(error) };
  }
}

port.on("message", (request: CheckerRequest) => {
  void answer(request).then((reply) => {
    port.postMessage(reply);
    Atomics.add(replies, 0, 1);
    Atomics.notify(replies, 0);
  });
});
