// What accounts give each other so that one tenant's stream reaches another's copy of it: the one place that knows, for
// the server's configuration, for the embedded server and for the accounts' JWTs alike. As narrow as the server allows:
// the owner has made the consumer, so the reader may start that one anew at a message it names, and tell it how far it
// has come; what it delivers, and where, is not the reader's to say.

import * as address from "./address.ts";
import type { Topology } from "./topology.ts";

/** Given to these accounts only: an export that names nobody would be everybody's. */
export interface SharedExport {
  readonly subject: string;
  readonly type: "service" | "stream";
  /** Names, never empty. */
  readonly accounts: readonly string[];
}

export interface SharedImport {
  /** Name of the account that exports it. */
  readonly account: string;
  /** As the other account exports it. */
  readonly subject: string;
  readonly type: "service" | "stream";
  /** What it is called here; the subject itself where it is the same. */
  readonly localSubject: string;
}

export interface AccountSharing {
  readonly exports: readonly SharedExport[];
  readonly imports: readonly SharedImport[];
}

export const nothingShared: AccountSharing = { exports: [], imports: [] };

/** By account name; only what one side grants and the other names. Accounts that share nothing are left out. */
export function sharing(topology: Topology): ReadonlyMap<string, AccountSharing> {
  const accounts = new Map(topology.tenants.map(({ tenant, account }) => [tenant, account]));
  const found = new Map<string, { readonly exports: SharedExport[]; readonly imports: SharedImport[] }>();
  const of = (account: string) => {
    const known = found.get(account) ?? { exports: [], imports: [] };
    found.set(account, known);
    return known;
  };
  for (const { tenant: reader, account } of topology.tenants) {
    for (const { tenant: owner, stream } of account.imports) {
      const granting = accounts.get(owner);
      if (granting?.exports.some((each) => each.stream === stream && each.to.includes(reader)) !== true) continue;
      for (const { subject, localSubject, type } of subjectsOf(owner, reader, stream)) {
        of(granting.name).exports.push({ subject, type, accounts: [account.name] });
        of(account.name).imports.push({ account: granting.name, subject, type, localSubject });
      }
    }
  }
  return found;
}

/** Flow control, by which the copy says what it has stored, has a form of its own since 2.15, off unless told. */
function subjectsOf(owner: string, reader: string, name: string): readonly Omit<SharedImport, "account">[] {
  const consumer = `${address.declaredStream(name)}.${address.sharingConsumer(owner, reader)}`;
  const service = (subject: string, localSubject = subject) => ({ subject, localSubject, type: "service" as const });
  return [
    service(`$JS.API.CONSUMER.RESET.${consumer}`, `${address.sharedApi(owner, name)}.CONSUMER.RESET.${consumer}`),
    service(`$JS.FC.${consumer}.*`),
    service(`$JS.FC.*.*.${consumer}.*`),
    {
      subject: address.sharedDelivery(reader, name),
      localSubject: address.sharedArrival(owner, name),
      type: "stream",
    },
  ];
}
