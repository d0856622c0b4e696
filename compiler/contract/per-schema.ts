// What is made of a schema, once: the same contract is checked, typed, validated and projected for every integration
// that uses it. A pure function stays one: what is remembered goes with the schema, and holds only while the contracts
// that it refers to are the very same.

import type { JsonSchema } from "../../schema/json.ts";
import type { ResolveRef } from "./read.ts";

interface Made<T> {
  readonly made: T;
  /** What was asked of `resolveRef`, and its answers. */
  readonly asked: ReadonlyMap<string, JsonSchema | undefined>;
}

type Work<T> = (schema: JsonSchema, resolveRef: ResolveRef) => T;

export function perSchema<T>(work: Work<T>): Work<T> {
  const known = new WeakMap<JsonSchema, Made<T>>();
  return (schema, resolveRef) => {
    const before = known.get(schema);
    if (before !== undefined && holds(before, resolveRef)) return before.made;
    const asked = new Map<string, JsonSchema | undefined>();
    const made = work(schema, (name) => {
      const answer = resolveRef(name);
      asked.set(name, answer);
      return answer;
    });
    known.set(schema, { made, asked });
    return made;
  };
}

function holds({ asked }: Made<unknown>, resolveRef: ResolveRef): boolean {
  for (const [name, answer] of asked) if (resolveRef(name) !== answer) return false;
  return true;
}
