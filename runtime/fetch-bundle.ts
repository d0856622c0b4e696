// A bundle from the tenant's bucket by its hash: nothing that does not have this hash comes out, and with trusted keys
// nothing that none of them has signed.

import * as address from "../schema/address.ts";
import type { CodedBundle } from "../schema/bundle.ts";
import { bundleHeader } from "../schema/deployment.ts";
import { isSignedBundle, unpackBundle } from "../schema/stored-bundle.ts";
import type { Requests } from "./request.ts";
import { query } from "./stream-api.ts";

export type Fetched =
  | { readonly ok: true; readonly coded: CodedBundle }
  | { readonly ok: false; readonly reason: string };

const stream = address.bucketStream(address.deployBucket);

export async function fetchBundle(
  requests: Requests,
  hash: string,
  trust: readonly string[] | undefined,
): Promise<Fetched> {
  const subject = `$KV.${address.deployBucket}.${address.bundleKey(hash)}`;
  const stored = await query(requests, stream, { last_by_subj: subject });
  if (stored.kind === "unavailable") return refused(`cannot be read: ${stored.reason}`);
  if (stored.kind === "none") return refused("is not in the bucket");
  const { headers, data } = stored;
  const key = headers?.get(bundleHeader.key) ?? "";
  const value = headers?.get(bundleHeader.signature) ?? "";
  if (trust !== undefined && !isSignedBundle(trust, hash, { key, value })) {
    return refused(key === "" ? "is not signed" : `is not signed by a key that this context trusts (${key})`);
  }
  const unpacked = unpackBundle(data, hash);
  return unpacked.ok ? unpacked : refused(`cannot be used: ${unpacked.reason}`);

  function refused(reason: string): Fetched {
    return { ok: false, reason: `its bundle ${hash.slice(0, 12)} ${reason}` };
  }
}
