// What the lease on a source says, for workers that wait for it and for people who ask how the source is.

import { isJsonObject, type Json } from "./json.ts";
import type { SourceCondition } from "./outcome.ts";

export interface SourceLease {
  /** Of one time of holding it. */
  readonly id: string;
  /** ISO 8601. */
  readonly since: string;
  /** Given back: nobody has it. */
  readonly free?: true;
  /** Why it was given back, where the source failed. */
  readonly condition: SourceCondition;
  readonly reason?: string;
  readonly help?: string;
  /** The how manieth write of its holder it is. */
  readonly write: number;
}

const conditions: readonly SourceCondition[] = ["running", "disconnected", "halted", "waiting"];

export function readSourceLease(value: Json): SourceLease | undefined {
  if (!isJsonObject(value)) return undefined;
  const { id, since, free, reason, help } = value;
  const condition = conditions.find((each) => each === value.condition);
  if (typeof id !== "string" || typeof since !== "string" || condition === undefined) return undefined;
  return {
    id,
    since,
    condition,
    write: Number(value.write),
    ...(free === true ? { free } : {}),
    ...(typeof reason === "string" ? { reason } : {}),
    ...(typeof help === "string" ? { help } : {}),
  };
}
