// The audit record of a workspace: who did what and when, only ever added to (the stream refuses to delete and to
// purge), written before success is reported. It names things, never values or messages.

import { isDeepStrictEqual } from "node:util";
import { headers, type NatsConnection } from "@nats-io/transport-node";
import * as address from "../../schema/address.ts";
import type { JsonObject } from "../../schema/json.ts";
import type { Change, Plan } from "../../schema/plan.ts";
import type { Topology } from "../../schema/topology.ts";
import { directMessages } from "../direct.ts";
import { publish } from "../jetstream-api.ts";
import type { Actor } from "./lease.ts";

export type AuditKind =
  | "apply-started"
  | "changes"
  | "grant"
  | "revoke"
  | "applied"
  | "failed"
  | "redrive-started"
  | "redriven"
  | "purge-started"
  | "purged"
  | "replay-started"
  | "replayed"
  | "resnapshot-asked"
  | "rollout-decided";

export interface AuditRecord extends Actor {
  readonly workspace: string;
  readonly what: AuditKind;
  /** ISO 8601, UTC; the server's own time stamp stands beside it. */
  readonly at: string;
  readonly revision: number;
  readonly detail: JsonObject;
}

export interface StoredAudit extends AuditRecord {
  readonly sequence: number;
  readonly storedAt: string;
}

export async function audit(platform: NatsConnection, record: AuditRecord): Promise<void> {
  await publish(platform, address.auditSubject(record.workspace, record.what), JSON.stringify(record), headers());
}

const changesPerRecord = 2_000;

/** What an apply sets out to do: each change by name, each grant between tenants by itself. */
export function auditOfPlan(
  { changes, hash }: Plan,
  sharing: { readonly before: Topology | undefined; readonly wanted: Topology },
  flags: { readonly allowDataLoss: readonly string[]; readonly prune: boolean },
): readonly Pick<AuditRecord, "what" | "detail">[] {
  const records: Pick<AuditRecord, "what" | "detail">[] = [
    { what: "apply-started", detail: { plan: hash, changes: changes.length, ...flags } },
  ];
  for (let from = 0; from < changes.length; from += changesPerRecord) {
    const part = changes.slice(from, from + changesPerRecord).map(briefly);
    records.push({ what: "changes", detail: { plan: hash, changes: part } });
  }
  const before = grantsOf(sharing.before);
  const after = grantsOf(sharing.wanted);
  const missingIn = (others: readonly Grant[]) => (grant: Grant) =>
    !others.some((other) => isDeepStrictEqual(other, grant));
  return [
    ...records,
    ...after.filter(missingIn(before)).map((detail) => ({ what: "grant" as const, detail: { ...detail } })),
    ...before.filter(missingIn(after)).map((detail) => ({ what: "revoke" as const, detail: { ...detail } })),
  ];
}

/** One tenant's stream that another may read. */
interface Grant {
  readonly tenant: string;
  readonly stream: string;
  readonly reader: string;
}

const grantsOf = (topology: Topology | undefined): readonly Grant[] =>
  (topology?.tenants ?? []).flatMap(({ tenant, account }) =>
    account.exports.flatMap(({ stream, to }) => to.map((reader) => ({ tenant, stream, reader }))),
  );

const briefly = ({ action, kind, tenant, name, consequence }: Change): JsonObject => ({
  action,
  kind,
  tenant,
  name,
  consequence: { ...consequence },
});

/** Oldest first. */
export async function readAudit(platform: NatsConnection, workspace: string): Promise<readonly StoredAudit[]> {
  const all: StoredAudit[] = [];
  const filter = `audit.${workspace}.*`;
  for await (const { body, sequence, storedAt } of directMessages(platform, { stream: address.auditStream, filter })) {
    try {
      const record: AuditRecord = JSON.parse(new TextDecoder().decode(body));
      all.push({ ...record, sequence, storedAt });
    } catch {
      // Not of this house: it stays in the stream, and out of the list.
    }
  }
  return all;
}
