// The keys and revocations of a store put into an account that is live; all else of it stays as it is.

import { signingClaims } from "../keys/claims-account.ts";
import { seconds, signJwt } from "../keys/jwt.ts";
import { accountKeys, operatorSigner } from "../keys/make.ts";
import type { StoredKeys } from "../keys/stored.ts";
import { mergedRevocations, readFacts } from "./facts.ts";
import type { Resolver } from "./resolver.ts";

/** False: the account is not there yet, and apply will bring it. */
export async function rekey(resolver: Resolver, keys: StoredKeys, tenant: string, now: Date): Promise<boolean> {
  const own = accountKeys(keys, tenant);
  const live = own === undefined ? undefined : await resolver.lookup(own.identity.publicKey);
  const facts = live === undefined ? undefined : readFacts(live);
  if (own === undefined || live === undefined || facts === undefined) return false;
  const nats = {
    ...live.nats,
    signing_keys: own.signing.map(({ publicKey: key, role }) => {
      const permissions = facts.signing.find((scope) => scope.role === role)?.permissions;
      return signingClaims({ key, role, ...(permissions === undefined ? {} : { permissions }) });
    }),
    revocations: mergedRevocations(facts.revocations, own.revocations),
  };
  const signer = operatorSigner(keys.operator);
  const claims = { subject: live.subject, name: live.name, nats };
  await resolver.update(signJwt(claims, signer, seconds(now)), `account ${tenant}`);
  return true;
}
