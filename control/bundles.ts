// Bundles in the tenant's bucket, under the hash of their content: written before the record that names them, signed
// where the workspace has a key, and never written twice.

import { headers } from "@nats-io/transport-node";
import * as address from "../schema/address.ts";
import type { CodedBundle } from "../schema/bundle.ts";
import { bundleHeader, largestBundle, type Signature, signedBundle } from "../schema/deployment.ts";
import { isJsonObject } from "../schema/json.ts";
import { type Nkey, signText } from "../schema/nkey.ts";
import { isSignedBundle, packBundle, unpackBundle } from "../schema/stored-bundle.ts";
import { type ControlFailure, failureOf } from "./failure.ts";
import { callIfThere, publish, type Requests } from "./jetstream-api.ts";

const stream = address.bucketStream(address.deployBucket);
const subjectOf = (hash: string): string => `$KV.${address.deployBucket}.${address.bundleKey(hash)}`;
const prefix = subjectOf("");

/** Undefined when it is there: as it was, or written now. The bucket must exist. */
export async function putBundle(
  connection: Requests,
  coded: CodedBundle,
  signer?: Nkey,
): Promise<ControlFailure | undefined> {
  const { tenant, integration, hash } = coded.bundle;
  try {
    const there = await stored(connection, hash);
    if (there !== undefined && isGood(there, hash, signer?.publicKey)) return undefined;
    const packed = packBundle(coded);
    if (!packed.ok) return tooLarge(`${tenant}/${integration}`, packed);
    const signed = headers();
    if (signer !== undefined) {
      const { key, value } = signText(signer, signedBundle(hash));
      signed.set(bundleHeader.key, key);
      signed.set(bundleHeader.signature, value);
    }
    await publish(connection, subjectOf(hash), packed.data, signed);
    return undefined;
  } catch (error) {
    return failureOf(error, `writing the bundle of ${tenant}/${integration}`);
  }
}

/** The first one that no worker would take: to be known before anything is changed. */
export function refusedBundle(bundles: readonly CodedBundle[]): ControlFailure | undefined {
  for (const coded of bundles) {
    const { tenant, integration } = coded.bundle;
    // A character has at most three bytes: most bundles are small enough without a look at what compresses how.
    if ((coded.code.length + JSON.stringify(coded.bundle).length) * 3 < largestBundle) continue;
    const packed = packBundle(coded);
    if (!packed.ok) return tooLarge(`${tenant}/${integration}`, packed);
  }
  return undefined;
}

/** Undefined when there is none, what is there is not the bundle of that hash, or none of `trust` has signed it. */
export async function readBundle(
  connection: Requests,
  hash: string,
  trust?: readonly string[],
): Promise<CodedBundle | undefined> {
  const there = await stored(connection, hash);
  if (there !== undefined && trust !== undefined && !isSignedBundle(trust, hash, there.signature)) return undefined;
  const unpacked = there === undefined ? undefined : unpackBundle(there.data, hash);
  return unpacked?.ok === true ? unpacked.coded : undefined;
}

/** Hashes of the bundles that the bucket holds, whole or not; none when there is no bucket. */
export async function bundlesThere(connection: Requests): Promise<ReadonlySet<string>> {
  return new Set((await timesWritten(connection)).keys());
}

/**
 * Those of the hashes under which workers would not find a good bundle. What was written once, was written by us; what
 * was written again is looked at.
 */
export async function spoiledBundles(
  connection: Requests,
  hashes: readonly string[],
  signer?: string,
): Promise<ReadonlySet<string>> {
  const written = await timesWritten(connection);
  const spoiled = new Set<string>();
  for (const hash of new Set(hashes)) {
    const times = written.get(hash) ?? 0;
    const there = times > 1 ? await stored(connection, hash) : undefined;
    if (times !== 1 && (there === undefined || !isGood(there, hash, signer))) spoiled.add(hash);
  }
  return spoiled;
}

async function timesWritten(connection: Requests): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  const subjects_filter = subjectOf("*");
  for (let offset = 0; ; ) {
    const info = await callIfThere<SubjectsPage>(connection, `STREAM.INFO.${stream}`, { subjects_filter, offset });
    const page = Object.entries(isJsonObject(info?.state.subjects) ? info.state.subjects : {});
    for (const [subject, count] of page) times.set(subject.slice(prefix.length), Number(count));
    offset += page.length;
    if (page.length === 0 || offset >= (info?.total ?? 0)) return times;
  }
}

interface SubjectsPage {
  /** Subjects that match, on all pages. */
  readonly total?: number;
  readonly state: { readonly subjects?: unknown };
}

interface StoredBundle {
  readonly data: Uint8Array;
  readonly signature: Signature;
}

async function stored(connection: Requests, hash: string): Promise<StoredBundle | undefined> {
  const query = JSON.stringify({ last_by_subj: subjectOf(hash) });
  const answer = await connection.request(`$JS.API.DIRECT.GET.${stream}`, query, { timeout: 10_000 });
  const { headers: found, data } = answer;
  if (found === undefined || found.code !== 0 || found.has("KV-Operation")) return undefined;
  return { data, signature: { key: found.get(bundleHeader.key), value: found.get(bundleHeader.signature) } };
}

/** Without a key of our own any signature is as good as none. */
function isGood({ data, signature }: StoredBundle, hash: string, signer: string | undefined): boolean {
  if (signer !== undefined && !isSignedBundle([signer], hash, signature)) return false;
  return unpackBundle(data, hash).ok;
}

const kibibytes = (bytes: number): number => Math.ceil(bytes / 1024);

const tooLarge = (what: string, { size: is, largest }: { size: number; largest: number }): ControlFailure => ({
  kind: "failed",
  message: `the bundle of ${what} has ${kibibytes(is)} KiB, and a worker takes at most ${kibibytes(largest)} KiB: make its scripts or contracts smaller, or split the integration`,
});
