// Logging in with a user's JWT. The server's nonce is signed by node's own crypto: a worker of many tenants signs many.

import type { Authenticator } from "@nats-io/transport-node";
import { nkeySign } from "../../schema/nkey.ts";
import type { UserLogin } from "./claims-user.ts";

/** `login` is asked at every connect and reconnect, so that newer credentials take effect. */
export function userAuthenticator(login: () => UserLogin): Authenticator {
  return (nonce) => {
    const { jwt, key } = login();
    const signature = nkeySign(key, Buffer.from(nonce ?? ""));
    return { jwt, nkey: key.publicKey, sig: Buffer.from(signature).toString("base64url") };
  };
}
