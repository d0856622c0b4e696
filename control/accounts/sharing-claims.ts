// What `schema/sharing.ts` says that accounts give each other, as claims: each export is private, and whoever may import
// it holds an activation that the owner's account has signed.

import type { AccountSharing, SharedImport } from "../../schema/sharing.ts";
import type { AccountExport, AccountImport } from "../keys/claims-account.ts";
import { seconds, signJwt } from "../keys/jwt.ts";
import type { AccountKeys } from "../keys/stored.ts";

export interface SharingClaims {
  readonly exports: readonly AccountExport[];
  readonly imports: readonly AccountImport[];
}

export const noSharingClaims: SharingClaims = { exports: [], imports: [] };

export type KeysOf = (account: string) => AccountKeys | undefined;

/** `importer`: public identity key of the account that they are for. */
export function sharingClaims(sharing: AccountSharing, importer: string, keysOf: KeysOf, now: Date): SharingClaims {
  return {
    exports: sharing.exports.map(({ subject, type }) => ({ name: subject, subject, type, private: true })),
    imports: sharing.imports.map((each) => importClaim(each, importer, keysOf(each.account), now)),
  };
}

function importClaim(shared: SharedImport, importer: string, owner: AccountKeys | undefined, now: Date): AccountImport {
  const { subject, type, localSubject } = shared;
  return {
    name: localSubject,
    subject,
    type,
    account: owner?.identity.publicKey ?? `of ${shared.account}, whose keys are still to be made`,
    ...(localSubject === subject ? {} : { localSubject }),
    ...(owner === undefined ? {} : { token: activation(shared, importer, owner, now) }),
  };
}

/** Signed by the account's identity: its signing keys come and go, and this would have to be issued anew with them. */
function activation({ subject, type }: SharedImport, importer: string, owner: AccountKeys, now: Date): string {
  const nats = { type: "activation", version: 2, subject, kind: type } as const;
  return signJwt({ subject: importer, name: subject, nats }, owner.identity, seconds(now));
}
