// References that lead back to themselves without anything between: they describe nothing.

import type { Document } from "./reading.ts";
import type { Shape } from "./shape.ts";

/** `a: { $ref: b }, b: { $ref: a }` describes nothing, alone or as an alternative. */
export function reportEmptyCycles(refs: ReadonlyMap<string, Shape>, report: Document["report"]): void {
  for (const key of refs.keys()) {
    if (key.startsWith("contract:")) continue;
    const reached = reachedFrom(key, refs);
    // This very contract goes by its name when another one refers back to it.
    const others = [...reached].filter((other) => other.startsWith("contract:"));
    if (reached.has(key) || others.some((other) => reachedFrom(other, refs).has(other)))
      report({ path: key.split("/").slice(1), message: "The reference leads back to itself and describes nothing." });
  }
}

/** The references on the way from `key` through nothing but references and alternatives. */
function reachedFrom(key: string, refs: ReadonlyMap<string, Shape>): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting: (Shape | undefined)[] = [refs.get(key)];
  for (let shape = waiting.pop(); shape !== undefined; shape = waiting.pop()) {
    if (shape.kind === "union") waiting.push(...shape.members);
    if (shape.kind !== "ref" || reached.has(shape.to)) continue;
    reached.add(shape.to);
    waiting.push(refs.get(shape.to));
  }
  return reached;
}
