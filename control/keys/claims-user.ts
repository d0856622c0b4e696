// What an account says of a user, and the `.creds` text in which people and programs keep it with its seed.

import { type Nkey, nkeyFromSeed } from "../../schema/nkey.ts";
import { type Claims, readJwt, type SignedClaims } from "./jwt.ts";

export interface UserFacts {
  readonly name: string;
  /** Public key of the user. */
  readonly subject: string;
  /** Public identity key of the account: a signing key of it signs. */
  readonly account: string;
  /** Seconds since 1970; absent: never. */
  readonly expires?: number;
}

/** No rights in it: they stand with the signing key's role, in the account. */
export function userClaims({ name, subject, account, expires }: UserFacts): Claims {
  return {
    subject,
    name,
    ...(expires === undefined ? {} : { expires }),
    nats: { type: "user", version: 2, issuer_account: account },
  };
}

/** With what a connection logs in. */
export interface UserLogin {
  readonly jwt: string;
  readonly key: Nkey;
}

export interface ReadCreds extends UserLogin {
  readonly claims: SignedClaims;
}

export function credsText({ jwt, key }: UserLogin): string {
  return `-----BEGIN NATS USER JWT-----
${jwt}
------END NATS USER JWT------

************************* IMPORTANT *************************
The seed below signs for this user: keep it secret.

-----BEGIN USER NKEY SEED-----
${key.seed}
------END USER NKEY SEED------
`;
}

/** Undefined for what is no `.creds` text, or one whose seed is not that of its user. */
export function readCreds(text: string): ReadCreds | undefined {
  const jwt = part(text, "NATS USER JWT");
  const seed = part(text, "USER NKEY SEED");
  if (jwt === undefined || seed === undefined) return undefined;
  const claims = readJwt(jwt);
  const key = nkeyFromSeed(seed);
  return claims?.nats.type === "user" && key?.publicKey === claims.subject ? { jwt, key, claims } : undefined;
}

function part(text: string, name: string): string | undefined {
  return new RegExp(`-{3,}BEGIN ${name}-{3,}\\s+(\\S+)\\s+-{3,}END ${name}-{3,}`).exec(text)?.[1];
}
