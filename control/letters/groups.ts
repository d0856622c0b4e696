// Many dead letters as few lines: how many died of the same thing at the same place.

import type { NatsConnection } from "@nats-io/transport-node";
import type { ErrorClass } from "../../schema/outcome.ts";
import { type DeadLetterEntry, deadLetters, lastLetter } from "../dead-letters.ts";
import { failed, failureOf, type Result, success } from "../failure.ts";
import type { LetterFilter } from "./filter.ts";

export interface LetterGroup {
  readonly integration: string;
  readonly target: string;
  /** Undefined when the records are damaged. */
  readonly class?: ErrorClass;
  /** First line of the error. */
  readonly error: string;
  /** `file:line:column`, when an expression or a contract failed. */
  readonly place?: string;
  readonly count: number;
  /** ISO 8601, when the first and the last of them were stored. */
  readonly first: string;
  readonly last: string;
}

/** The largest first. */
export async function groupLetters(
  connection: NatsConnection,
  filter: LetterFilter,
): Promise<Result<readonly LetterGroup[]>> {
  const groups = new Map<string, LetterGroup>();
  try {
    if ((await lastLetter(connection)) === undefined) return success([]);
    for await (const entry of deadLetters(connection, filter)) {
      const { count: _, first: __, ...same } = groupOf(entry);
      const key = JSON.stringify([same.integration, same.target, same.class, same.error, same.place]);
      const known = groups.get(key);
      groups.set(key, { ...same, count: (known?.count ?? 0) + 1, first: known?.first ?? entry.storedAt });
    }
  } catch (error) {
    return failed(failureOf(error, "reading the dead letters"));
  }
  return success([...groups.values()].sort((a, b) => b.count - a.count));
}

function groupOf({ integration, target, letter, storedAt }: DeadLetterEntry): LetterGroup {
  const at = placeText(letter?.failure.place);
  return {
    integration,
    target,
    ...(letter === undefined ? {} : { class: letter.failure.class }),
    error: letter === undefined ? "its record is damaged" : (letter.failure.message.split("\n")[0] ?? ""),
    ...(at === undefined ? {} : { place: at }),
    count: 1,
    first: storedAt,
    last: storedAt,
  };
}

export const placeText = (
  place: { readonly file: string; readonly line: number; readonly column: number } | undefined,
): string | undefined => (place === undefined ? undefined : `${place.file}:${place.line}:${place.column}`);
