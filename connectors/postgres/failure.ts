// What PostgreSQL or the way to it said, as the runtime wants to know it: never, later, or nobody knows.

import type { DeliveryResult } from "../../schema/outcome.ts";
import { isUndecided } from "./database.ts";
import { type SqlFault, sqlFault } from "./sql-fault.ts";

/** `where` names the place without user and password: `PostgreSQL at shop:5432/shop`. */
export function failureOf(error: unknown, where: string): DeliveryResult {
  if (isUndecided(error)) {
    const message = `${where}: the connection broke before the server answered whether it is done`;
    return { kind: "unknown", failure: { class: "unavailable", message } };
  }
  const fault = sqlFault(error);
  const message = `${where}: ${fault.message}`;
  return isForGood(fault)
    ? { kind: "permanent", failure: { class: isValue(fault) ? "invalid" : "rejected", message } }
    : { kind: "transient", failure: { class: "unavailable", message } };
}

/** A table or a right that is not there yet is somebody's to bring: no message dies of it before its time. */
const isForGood = ({ kind, code }: SqlFault): boolean =>
  kind === "data" || (kind === "statement" && code !== "42P01" && code !== "3F000" && code !== "3D000");

/** A value that its column does not take, or one that is missing. */
export const isValue = ({ code = "" }: SqlFault): boolean => code.startsWith("22") || code === "23502";

export const refused = (kind: "invalid" | "rejected", message: string): DeliveryResult => ({
  kind: "permanent",
  failure: { class: kind, message },
});
