// What apply leaves in a tenant's bucket `vrsky` for its workers: bundles by the hash of their content, and for each
// integration the record that says which of them runs. Workers read both, check hash and signature, and write neither.

import { canonical } from "./canonical.ts";
import { isJsonObject, type Json } from "./json.ts";
import { type Canary, readCanary } from "./rollout.ts";

/** An Ed25519 signature in the encodings of NATS: public nkey, base64url of the 64 bytes. */
export interface Signature {
  readonly key: string;
  readonly value: string;
}

/** Value of the key `deploy.<integration>`. */
export interface DeploymentRecord {
  readonly workspace: string;
  readonly tenant: string;
  readonly integration: string;
  /** Counts the changes of this integration, from 1; a worker never goes back to a lower one. */
  readonly revision: number;
  /** Hash of the bundle; its content is under `bundle.<hash>`. */
  readonly bundle: string;
  /** When it was applied: ISO 8601, UTC. */
  readonly at: string;
  /**
   * Runs beside `bundle`, which is the stable one, until the rollout has its end (rollout.ts). Workers that do not know
   * it run the stable one alone.
   */
  readonly canary?: Canary;
  /** No longer in the workspace: nothing is taken in any more, what was accepted is delivered. */
  readonly draining?: true;
  /** What all integrations of the tenant may take in together, messages per second and worker. */
  readonly messagesPerSecond?: number;
  /** Over `signedText` of the record without it; absent where the workspace has no signing key. */
  readonly signature?: Signature;
}

/** What the signature of a record is made over. */
export function signedText({ signature: _, ...record }: DeploymentRecord): string {
  return canonical({ ...record });
}

/** What the signature of a bundle is made over: the hash covers the rest. */
export const signedBundle = (hash: string): string => `vrsky bundle ${hash}`;

/** Headers of the message that holds a bundle. */
export const bundleHeader = { key: "Vrsky-Signer", signature: "Vrsky-Signature" } as const;

/** Compressed size that a bundle may have, in bytes: it is one message. */
export const largestBundle = 768 * 1024;

/** Undefined for what is no such record. */
export function readDeploymentRecord(text: string): DeploymentRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is DeploymentRecord {
  if (!isJsonObject(value)) return false;
  const texts = [value.workspace, value.tenant, value.integration, value.bundle, value.at];
  const plain = texts.every((text) => typeof text === "string") && typeof value.revision === "number";
  return plain && hasSignature(value) && hasCanary(value);
}

const hasCanary = ({ canary }: { readonly canary?: Json }): boolean =>
  canary === undefined || readCanary(canary) !== undefined;

function hasSignature({ signature }: { readonly signature?: unknown }): boolean {
  if (signature === undefined) return true;
  return isJsonObject(signature) && typeof signature.key === "string" && typeof signature.value === "string";
}
