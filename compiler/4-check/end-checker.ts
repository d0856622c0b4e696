// The native checker's own end: asked politely it may write "context canceled" to the terminal of somebody who only
// wanted to know whether a spec is right. It holds nothing that would need an orderly end.

import type { API } from "typescript/unstable/sync";

export function endChecker(api: API): void {
  const child = ["client", "channel", "child"].reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined),
    api,
  );
  const kill: unknown = typeof child === "object" && child !== null ? Reflect.get(child, "kill") : undefined;
  if (typeof kill === "function") Reflect.apply(kill, child, ["SIGKILL"]);
  try {
    api.close();
  } catch {
    // A snapshot that an error left open asks the process that is gone.
  }
}
