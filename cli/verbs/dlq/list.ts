// vrsky dlq list: dead letters as a table, or how many died of the same thing.

import type { TenantConnection } from "../../../control/connect.ts";
import { type DeadLetterEntry, listDeadLetters } from "../../../control/dead-letters.ts";
import { groupLetters, type LetterGroup, placeText } from "../../../control/letters/groups.ts";
import { counted, visible } from "../../../control/units.ts";
import { fromControl } from "../../cluster.ts";
import type { Ready } from "../../compile-workspace.ts";
import { type ExitCode, exit, refuse } from "../../exit.ts";
import { type Io, say } from "../../io.ts";
import { type Paint, paint } from "../../paint.ts";
import { type Cell, table } from "../../table.ts";
import { type FilterOptions, filterOf, withLetters } from "./open.ts";

export interface ListOptions extends FilterOptions {
  readonly limit: number;
  readonly after?: number;
  readonly summary: boolean;
}

export function dlqList(path: string, options: ListOptions, io: Io): Promise<ExitCode> {
  return withLetters(path, options, io, ({ ready, tenants }) => {
    sayWhatIsUnknown(ready, options, io);
    if (options.after !== undefined && tenants.length > 1) {
      const help = "Say `--tenant` as well: each tenant counts its own dead letters.";
      return Promise.resolve(say(io, refuse(exit.usage, "`--after` is about one tenant.", help).refusal));
    }
    return options.summary ? summary(tenants, options, io) : list(tenants, options, io);
  });
}

/** Letters outlive their integration, so a name that is gone is no mistake; one that is misspelt looks the same. */
function sayWhatIsUnknown({ bundles }: Ready, { integration, target }: ListOptions, io: Io): void {
  const known = bundles.filter(({ bundle }) => integration === undefined || bundle.integration === integration);
  if (known.length === 0) io.err(`note: the workspace has no integration \`${integration}\`\n`);
  else if (integration !== undefined && known.every(({ bundle }) => bundle.transport === "ephemeral"))
    io.err(`note: \`${integration}\` is ephemeral: what fails there is counted as lost, and kept nowhere\n`);
  else if (target !== undefined && !known.some(({ bundle }) => Object.hasOwn(bundle.targets, target)))
    io.err(`note: nothing in the workspace has a target \`${target}\`\n`);
}

interface Listed {
  readonly tenant: string;
  readonly entry: DeadLetterEntry;
}

async function list(tenants: readonly TenantConnection[], options: ListOptions, io: Io): Promise<ExitCode> {
  const { limit, after } = options;
  const listed: Listed[] = [];
  let more: { readonly tenant: string; readonly next: number } | undefined;
  for (const { tenant, connection } of tenants) {
    // The first one is asked for all the same: whether there is more is worth a line.
    const query = { ...filterOf(options), limit: Math.max(1, limit - listed.length) };
    const found = await listDeadLetters(connection, after === undefined ? query : { ...query, after });
    if (!found.ok) return say(io, fromControl(found.failure).refusal);
    const { letters, next } = found.value;
    if (listed.length >= limit) {
      if (letters.length > 0) more = { tenant, next: 0 };
    } else {
      listed.push(...letters.map((entry) => ({ tenant, entry })));
      if (next !== undefined) more = { tenant, next };
    }
    if (more !== undefined) break;
  }
  if (options.json) {
    const next = more === undefined ? {} : { more };
    io.out(`${JSON.stringify({ letters: listed.map(asRow), ...next }, null, 2)}\n`);
    return exit.ok;
  }
  if (listed.length > 0) io.out(`${lettersTable(listed, paint(io.colorOut)).join("\n")}\n`);
  const rest =
    more === undefined ? "" : `; more: --tenant ${more.tenant}${more.next > 0 ? ` --after ${more.next}` : ""}`;
  io.err(`${counted(listed.length, "dead letter")}${rest}\n`);
  return exit.ok;
}

function asRow({ tenant, entry }: Listed): object {
  const { letter, integration, target, idHash, sequence, storedAt, body } = entry;
  return {
    tenant,
    integration,
    target,
    id: letter?.id,
    item: letter?.item,
    idHash,
    sequence,
    storedAt,
    attempts: letter?.attempts,
    firstFailureAt: letter?.firstFailureAt,
    diedAt: letter?.diedAt,
    failure: letter?.failure,
    possiblyDelivered: letter?.possiblyDelivered,
    bundle: letter?.bundle,
    redriven: letter?.redriven?.at(-1)?.number ?? 0,
    bytes: body.length,
  };
}

function lettersTable(listed: readonly Listed[], color: Paint): readonly string[] {
  const heads = ["SEQ", "STORED", "WHERE", "ID", "CLASS", "TRIES", "ERROR"].map((text) => ({
    text,
    right: text === "SEQ" || text === "TRIES",
  }));
  const rows = listed.map(({ tenant, entry }): readonly Cell[] => {
    const { letter, integration, target, idHash, sequence, storedAt } = entry;
    const place = placeText(letter?.failure.place);
    const error = letter?.failure.message ?? "its record is damaged";
    return [
      { text: String(sequence), right: true, paint: color.dim },
      { text: storedAt.slice(0, 19), paint: color.dim },
      { text: `${tenant}/${integration} → ${target}` },
      { text: cut(visible(letter?.id ?? idHash), 48), paint: color.bold },
      { text: letter?.failure.class ?? "?", paint: color.red },
      { text: String(letter?.attempts ?? "?"), right: true },
      { text: `${cut(visible(error), 160)}${place === undefined ? "" : `  (${visible(place)})`}` },
    ];
  });
  return table(heads, rows, color);
}

async function summary(tenants: readonly TenantConnection[], options: ListOptions, io: Io): Promise<ExitCode> {
  const groups: (LetterGroup & { readonly tenant: string })[] = [];
  for (const { tenant, connection } of tenants) {
    const found = await groupLetters(connection, filterOf(options));
    if (!found.ok) return say(io, fromControl(found.failure).refusal);
    groups.push(...found.value.map((group) => ({ tenant, ...group })));
  }
  groups.sort((a, b) => b.count - a.count);
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  if (options.json) {
    io.out(`${JSON.stringify({ total, groups }, null, 2)}\n`);
    return exit.ok;
  }
  if (groups.length > 0) io.out(`${groupsTable(groups, paint(io.colorOut)).join("\n")}\n`);
  io.err(`${counted(total, "dead letter")} in ${counted(groups.length, "group")}\n`);
  return exit.ok;
}

function groupsTable(groups: readonly (LetterGroup & { readonly tenant: string })[], color: Paint): readonly string[] {
  const heads = ["COUNT", "WHERE", "CLASS", "LAST", "ERROR"].map((text) => ({ text, right: text === "COUNT" }));
  const rows = groups.map(
    ({ tenant, integration, target, class: kind, error, place, count, last }): readonly Cell[] => [
      { text: String(count), right: true, paint: color.bold },
      { text: `${tenant}/${integration} → ${target}` },
      { text: kind ?? "?", paint: color.red },
      { text: last.slice(0, 19), paint: color.dim },
      { text: `${cut(visible(error), 160)}${place === undefined ? "" : `  (${visible(place)})`}` },
    ],
  );
  return table(heads, rows, color);
}

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
