// Which dead letters are meant: the one set of filters that list, redrive and purge share, so that what was listed is
// what is acted upon.

import * as address from "../../schema/address.ts";
import type { ErrorClass } from "../../schema/outcome.ts";
import type { DeadLetterEntry } from "../dead-letters.ts";

export interface LetterFilter {
  readonly integration?: string;
  readonly target?: string;
  readonly class?: ErrorClass;
  /** Milliseconds since 1970: stored at this time or later, or not later than it. */
  readonly since?: number;
  readonly until?: number;
  /** What the message id begins with. */
  readonly idPrefix?: string;
  /** Part of the error's text, whatever its case. */
  readonly error?: string;
  /** What the hash of the bundle that ran it last begins with. */
  readonly bundle?: string;
  /** Message ids, or their hashes. */
  readonly ids?: readonly string[];
}

/** The subjects to read; none when no subject can have such a name. */
export function subjectsOf({ integration = "*", target = "*", ids }: LetterFilter): readonly string[] {
  const named = [integration, target].filter((name) => name !== "*");
  if (!named.every((name) => new RegExp(address.namePattern).test(name))) return [];
  if (ids === undefined) return [address.deadFilter(integration, target)];
  const hashes = ids.flatMap((id) => [address.idHash(id), ...(isHash(id) ? [id] : [])]);
  return [...new Set(hashes)].map((hash) => address.deadSubject(integration, target, hash));
}

const isHash = (text: string): boolean => /^[A-Za-z0-9_-]{16}$/.test(text);

/** What the subject does not say. */
export function isMeant(filter: LetterFilter, { letter, storedAt }: DeadLetterEntry): boolean {
  const { idPrefix, error, bundle, since, until } = filter;
  const stored = Date.parse(storedAt);
  if (since !== undefined && stored < since) return false;
  if (until !== undefined && stored > until) return false;
  if (filter.class !== undefined && letter?.failure.class !== filter.class) return false;
  if (idPrefix !== undefined && letter?.id.startsWith(idPrefix) !== true) return false;
  if (bundle !== undefined && letter?.bundle?.startsWith(bundle) !== true) return false;
  return error === undefined || letter?.failure.message.toLowerCase().includes(error.toLowerCase()) === true;
}
