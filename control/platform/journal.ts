// The journal of a workspace: what an apply is about to do, written before it begins and closed when it is done. One
// that is open and has no lease was cut short; what to do then follows from the cluster itself. The journal says so, and
// in which accounts to look: of an apply that was cut short no revision tells.

import { headers, type NatsConnection } from "@nats-io/transport-node";
import * as address from "../../schema/address.ts";
import { isJsonObject } from "../../schema/json.ts";
import { lastMessage } from "../direct.ts";
import { callIfThere, publish } from "../jetstream-api.ts";

export interface JournalEntry {
  readonly state: "applying" | "done";
  /** The revision that it makes. */
  readonly revision: number;
  /** Hash of the plan. */
  readonly plan: string;
  readonly changes: number;
  /** Whose accounts hold something of the workspace, or are about to. */
  readonly tenants: readonly string[];
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

export async function writeJournal(platform: NatsConnection, workspace: string, entry: JournalEntry): Promise<void> {
  await publish(platform, address.journalSubject(workspace), JSON.stringify(entry), headers());
}

/** Undefined before the first apply; `damaged` when it is no journal. The stream must exist. */
export async function readJournal(
  platform: NatsConnection,
  workspace: string,
): Promise<JournalEntry | "damaged" | undefined> {
  const message = await lastMessage(platform, address.nowStream, address.journalSubject(workspace));
  if (message === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(message.body));
    return isEntry(value) ? value : "damaged";
  } catch {
    return "damaged";
  }
}

export async function clearJournal(platform: NatsConnection, workspace: string): Promise<void> {
  await callIfThere(platform, `STREAM.PURGE.${address.nowStream}`, { filter: address.journalSubject(workspace) });
}

function isEntry(value: unknown): value is JournalEntry {
  if (!isJsonObject(value)) return false;
  const { state, revision, plan, changes, tenants, by, at } = value;
  return (
    (state === "applying" || state === "done") &&
    [revision, changes].every((count) => typeof count === "number") &&
    [plan, by, at].every((text) => typeof text === "string") &&
    Array.isArray(tenants) &&
    tenants.every((tenant) => typeof tenant === "string")
  );
}
