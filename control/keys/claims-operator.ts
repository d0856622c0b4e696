// What an operator says of itself: which keys sign accounts, and which account is the server's own.

import type { Claims } from "./jwt.ts";

export interface OperatorFacts {
  readonly name: string;
  /** Public identity key. */
  readonly subject: string;
  /** Public keys that sign accounts. */
  readonly signing: readonly string[];
  /** Public key of the system account. */
  readonly systemAccount: string;
}

/** Identity keys sign nothing but the operator's own claims: accounts and users are signed by keys that can be exchanged. */
export function operatorClaims({ name, subject, signing, systemAccount }: OperatorFacts): Claims {
  return {
    subject,
    name,
    nats: {
      type: "operator",
      version: 2,
      signing_keys: signing,
      system_account: systemAccount,
      strict_signing_key_usage: true,
    },
  };
}

/** The operator's order to forget these accounts; the key signs for itself. */
export function deletionClaims(operatorKey: string, accounts: readonly string[]): Claims {
  return { subject: operatorKey, name: "delete accounts", nats: { type: "generic", version: 2, accounts } };
}
