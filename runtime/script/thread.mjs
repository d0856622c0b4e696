// The thread in which scripts run. Plain JavaScript, since a thread is started from a file as it is. QuickJS inside
// WebAssembly is the wall: nothing of Node is reachable from it, and its own limits end loops, recursion and memory
// bombs; the host's watchdog ends this thread when they do not.

import { parentPort } from "node:worker_threads";
import variant from "@jitl/quickjs-singlefile-mjs-release-sync";
import { newQuickJSWASMModuleFromVariant } from "quickjs-emscripten-core";

const quickjs = await newQuickJSWASMModuleFromVariant(variant);

/** A script sees no clock and no randomness: it runs again on every retry. */
const prelude = `(() => {
  const none = (what, instead) => () => { throw new Error("there is no " + what + " here: " + instead); };
  const Real = Date;
  const clock = none("clock", "use meta.receivedAt");
  globalThis.Date = new Proxy(Real, {
    construct: (target, given, self) => given.length === 0 ? clock() : Reflect.construct(target, given, self),
    apply: clock,
    get: (target, key) => key === "now" ? clock : Reflect.get(target, key),
  });
  Real.prototype.constructor = globalThis.Date;
  Math.random = none("randomness", "derive it from meta.id");
  delete globalThis.eval;
})();`;

const call = `(() => {
  const script = globalThis.$script;
  if (typeof script !== "function") throw new TypeError("the script has no default export that is a function");
  const result = script(JSON.parse(globalThis.$input));
  if (result !== null && typeof result === "object" && typeof result.then === "function")
    throw new TypeError("the script is async: there is nothing to wait for here");
  const text = JSON.stringify(result);
  if (text === undefined) return "";
  if (text.length > globalThis.$most) throw new RangeError("the result is longer than " + globalThis.$most + " characters");
  return text;
})()`;

/**
 * QuickJS lets us look at the clock every fraction of a millisecond. Between two looks that lie further apart somebody
 * else had the processor: a busy machine is not the script's fault. What is long by itself is the watchdog's.
 */
const longestLookMs = 10;

/** @param {{ code: string, input: string, timeMs: number, memoryBytes: number, stackBytes: number, outputBytes: number }} job */
function runJob(job) {
  const runtime = quickjs.newRuntime();
  try {
    runtime.setMemoryLimit(job.memoryBytes);
    runtime.setMaxStackSize(job.stackBytes);
    let last = Date.now();
    let used = 0;
    runtime.setInterruptHandler(() => {
      const now = Date.now();
      used += Math.min(now - last, longestLookMs);
      last = now;
      return used > job.timeMs;
    });
    // Nothing of one message is left for the next.
    const context = runtime.newContext();
    try {
      const input = context.newString(job.input);
      context.setProp(context.global, "$input", input);
      input.dispose();
      const most = context.newNumber(job.outputBytes);
      context.setProp(context.global, "$most", most);
      most.dispose();
      for (const code of [prelude, job.code]) {
        const failed = evaluate(context, code, false);
        if (failed !== undefined) return failed;
      }
      return evaluate(context, call, true);
    } finally {
      context.dispose();
    }
  } finally {
    runtime.dispose();
  }
}

function evaluate(context, code, wanted) {
  const result = context.evalCode(code, "script.js");
  if (result.error !== undefined) {
    const told = explain(context, result.error);
    result.error.dispose();
    return told;
  }
  const value = wanted ? { kind: "value", text: context.getString(result.value) } : undefined;
  result.value.dispose();
  return value;
}

function explain(context, error) {
  const read = (name) => {
    if (context.typeof(error) !== "object") return "";
    const handle = context.getProp(error, name);
    const text = context.typeof(handle) === "string" ? context.getString(handle) : "";
    handle.dispose();
    return text;
  };
  const name = read("name");
  const message = read("message");
  if (name === "InternalError" && message === "interrupted") return { kind: "stopped", reason: "time" };
  if (name === "InternalError" && message === "out of memory") return { kind: "stopped", reason: "memory" };
  if (message === "stack overflow" || (name === "RangeError" && /call stack/.test(message)))
    return { kind: "stopped", reason: "stack" };
  if (message === "" && name === "") {
    // Out of memory, QuickJS may have none left for an error.
    return context.typeof(error) === "object"
      ? { kind: "stopped", reason: "memory" }
      : { kind: "failed", message: "something that is no error was thrown" };
  }
  // Lines of its stack are those of the linked text, which no author has seen.
  return { kind: "failed", message: `${name}: ${message}` };
}

parentPort?.on("message", (job) => {
  let result;
  try {
    result = runJob(job);
  } catch (error) {
    // The wall itself gave way (a trap of WebAssembly): this thread is not to be used again.
    parentPort?.postMessage({ kind: "broken", message: String(error) });
    return;
  }
  parentPort?.postMessage(result);
});
