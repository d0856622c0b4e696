// What the records of one integration say, in the order in which they were written: which of them counts, and what is
// wrong with the last one. A record that cannot be trusted changes nothing.

import { type DeploymentRecord, readDeploymentRecord, signedText } from "../schema/deployment.ts";
import { verifyText } from "../schema/nkey.ts";
import type { Written } from "./deployment-log.ts";

/** Whose records are read, and whom to believe. */
export interface Reader {
  readonly workspace: string;
  readonly tenant: string;
  /** Public keys; undefined: what the hashes vouch for is enough. */
  readonly trust: readonly string[] | undefined;
}

export interface History {
  /** The last record that can be trusted; it may have been removed since. */
  readonly newest?: DeploymentRecord;
  readonly removed: boolean;
  /** Why what was written last does not count. */
  readonly flaw?: string;
  /** Of what was written last. */
  readonly sequence: number;
}

export const noHistory: History = { removed: false, sequence: 0 };

export function readOn(history: History, { integration, sequence, text }: Written, reader: Reader): History {
  const { flaw: _, ...before } = history;
  // A removal bears no signature: whoever can write it could as well delete the streams.
  if (text === undefined) return { ...before, removed: true, sequence };
  const record = readDeploymentRecord(text);
  const flaw = record === undefined ? "it is no deployment record" : flawOf(record, integration, reader);
  if (record === undefined || flaw !== undefined) return { ...before, flaw: flaw ?? "", sequence };
  const { newest, removed } = history;
  // Who wants back what was removed says so in a record of its own.
  const old = newest !== undefined && (isOlder(record, newest) || (removed && !isOlder(newest, record)));
  if (old) return { ...before, flaw: replayed(record, newest), sequence };
  return { newest: record, removed: false, sequence };
}

/**
 * The revision counts in one bucket. One that was made anew counts from 1 again, and then its records are of a later
 * time: only what is lower and not later is an old record that somebody put back.
 */
export const isOlder = (record: DeploymentRecord, than: DeploymentRecord): boolean =>
  record.revision < than.revision && !(Date.parse(record.at) > Date.parse(than.at));

export const replayed = (record: DeploymentRecord, than: DeploymentRecord): string =>
  `it is revision ${record.revision} of ${record.at}, no newer than revision ${than.revision} of ${than.at}`;

function flawOf(record: DeploymentRecord, integration: string, { workspace, tenant, trust }: Reader) {
  const meant = `${record.workspace}: ${record.tenant}/${record.integration}`;
  if (meant !== `${workspace}: ${tenant}/${integration}`)
    return `it is the record of ${meant}, under the name of ${workspace}: ${tenant}/${integration}`;
  if (trust === undefined) return undefined;
  if (record.signature === undefined) return "it is not signed";
  const { key } = record.signature;
  if (!trust.includes(key)) return `it is signed by ${key}, which this context does not trust`;
  return verifyText(trust, signedText(record), record.signature) ? undefined : "its signature does not fit its content";
}
