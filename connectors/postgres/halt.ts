// Why a source must not go on by itself, and the command that helps. Every one of these would otherwise lose changes or
// send them twice.

import { type SourceContext, type SourceFailure, sourceError } from "../../schema/connector.ts";
import { type SqlFault, sqlFault } from "./sql-fault.ts";

export type Where = Pick<SourceContext, "tenant" | "integration" | "name">;

export function halt(reason: string, help: string): Error {
  return sourceError({ kind: "halted", reason, help });
}

export const disconnected = (reason: string): Error => sourceError({ kind: "disconnected", reason });

/** The command that begins anew. */
export const resnapshotHelp = ({ tenant, integration, name }: Where): string =>
  `vrsky source resnapshot . ${tenant}/${integration} ${name}: it makes a new slot and sends all rows once more, as \`snapshot\``;

/** Of an error while talking to the server, whatever it is. */
export function failureOf(error: unknown, where: Where): SourceFailure {
  const fault = sqlFault(error);
  const { kind, message } = fault;
  if (lostSlot(fault)) return { kind: "halted", reason: message, help: resnapshotHelp(where) };
  if (fault.code === "55006") return { kind: "disconnected", reason: `somebody else reads the slot: ${message}` };
  if (kind === "denied" && fault.code?.startsWith("28")) {
    return { kind: "disconnected", reason: `the server refuses the login: ${message}` };
  }
  if (kind === "connection" || kind === "busy") return { kind: "disconnected", reason: message };
  return {
    kind: "halted",
    reason: `the server refuses: ${message}`,
    help: "see docs/postgres.md for the rights and settings that the source needs",
  };
}

/**
 * 42704: what is asked for does not exist. 55000 is said of a slot whose log is gone; PostgreSQL has no code of its own
 * for it.
 */
function lostSlot({ code, message }: SqlFault): boolean {
  return (
    (code === "42704" && /replication slot|publication/.test(message)) ||
    (code === "55000" && /replication slot/.test(message)) ||
    /requested WAL segment .* has already been removed/.test(message)
  );
}
