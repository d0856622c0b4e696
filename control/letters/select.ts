// The dead letters that a verb will act upon, found before anything is done: those that die meanwhile are not among
// them. Without bodies, so that a hundred thousand fit.

import type { TenantConnection } from "../connect.ts";
import { deadLetters, lastLetter } from "../dead-letters.ts";
import { failed, failureOf, type Result, success } from "../failure.ts";
import { referenceOf } from "./content.ts";
import { keyOf, type LetterKey } from "./entry.ts";
import type { LetterFilter } from "./filter.ts";

export interface Selected extends LetterKey {
  readonly of: TenantConnection;
  /** Undefined when its record is damaged. */
  readonly id?: string;
  /** Of its body, and of what lies beside it. */
  readonly bytes: number;
}

/** Tenant after tenant, oldest first. */
export async function selectLetters(
  tenants: readonly TenantConnection[],
  filter: LetterFilter,
  limit = Number.POSITIVE_INFINITY,
): Promise<Result<readonly Selected[]>> {
  const selected: Selected[] = [];
  for (const of of tenants) {
    try {
      const upTo = await lastLetter(of.connection);
      if (upTo === undefined) continue;
      for await (const entry of deadLetters(of.connection, filter, { upTo })) {
        if (selected.length >= limit) return success(selected);
        const known = entry.letter === undefined ? {} : { id: entry.letter.id };
        selected.push({ of, ...keyOf(entry), ...known, bytes: entry.body.length + (referenceOf(entry)?.size ?? 0) });
      }
    } catch (error) {
      return failed(failureOf(error, `reading the dead letters of tenant ${of.tenant}`));
    }
  }
  return success(selected);
}

/** What one batch may hold: two messages for each letter, and it stays in memory on both sides. */
export const mostTogether = 50;
const mostBytes = 1024 * 1024;

/** As many as may go in one batch: neighbours of one integration, none of them twice. */
export function groupsOf(selected: readonly Selected[], most: number): readonly (readonly Selected[])[] {
  const groups: Selected[][] = [];
  let spots = new Set<string>();
  let bytes = 0;
  for (const letter of selected) {
    const group = groups.at(-1);
    const spot = `${letter.target} ${letter.idHash}`;
    const first = group?.[0];
    const fits = first?.of === letter.of && first.integration === letter.integration && !spots.has(spot);
    if (fits && group !== undefined && group.length < most && bytes + letter.bytes <= mostBytes) {
      group.push(letter);
    } else {
      groups.push([letter]);
      spots = new Set();
      bytes = 0;
    }
    spots.add(spot);
    bytes += letter.bytes;
  }
  return groups;
}
