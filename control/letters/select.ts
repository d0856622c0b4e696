// The dead letters that a verb will act upon, found before anything is done: those that die meanwhile are not among
// them. Without bodies, so that a hundred thousand fit.

import type { TenantConnection } from "../connect.ts";
import { deadLetters, lastLetter } from "../dead-letters.ts";
import { failed, failureOf, type Result, success } from "../failure.ts";
import { keyOf, type LetterKey } from "./entry.ts";
import type { LetterFilter } from "./filter.ts";

export interface Selected extends LetterKey {
  readonly of: TenantConnection;
  /** Undefined when its record is damaged. */
  readonly id?: string;
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
        selected.push({ of, ...keyOf(entry), ...(entry.letter === undefined ? {} : { id: entry.letter.id }) });
      }
    } catch (error) {
      return failed(failureOf(error, `reading the dead letters of tenant ${of.tenant}`));
    }
  }
  return success(selected);
}
