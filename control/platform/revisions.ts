// What was applied, revision by revision: who, when, which plan, and the whole topology, so that any of them can be
// gone back to. A tenant's topology is stored under the hash of its content: what did not change is not stored again.

import { gunzipSync, gzipSync } from "node:zlib";
import { headers, type NatsConnection } from "@nats-io/transport-node";
import * as address from "../../schema/address.ts";
import { canonical, sha256 } from "../../schema/canonical.ts";
import { isJsonObject } from "../../schema/json.ts";
import type { TenantTopology, Topology } from "../../schema/topology.ts";
import { concurrently } from "../concurrently.ts";
import { directMessages, lastMessage } from "../direct.ts";
import { isConflict, publish } from "../jetstream-api.ts";
import type { Actor } from "./lease.ts";

export interface Revision extends Actor {
  readonly workspace: string;
  /** From 1, without gaps. */
  readonly revision: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Hash of the plan that was carried out. */
  readonly plan: string;
  readonly add: number;
  readonly change: number;
  readonly destroy: number;
  /** Set when it goes back to an earlier one. */
  readonly rollbackTo?: number;
  /** Content hash of the topology of each tenant. */
  readonly tenants: Readonly<Record<string, string>>;
}

/** Something is written there that this version cannot have written. */
export interface DamagedRevision {
  readonly damaged: string;
}

export const isDamaged = (revision: Revision | DamagedRevision): revision is DamagedRevision => "damaged" in revision;

/** The newest; undefined before the first apply. The streams must exist. */
export async function headRevision(
  platform: NatsConnection,
  workspace: string,
): Promise<Revision | DamagedRevision | undefined> {
  const subject = `revision.${workspace}.*`;
  const message = await lastMessage(platform, address.revisionsStream, subject);
  return message === undefined ? undefined : read(message.subject, message.body);
}

export async function revisionAt(
  platform: NatsConnection,
  workspace: string,
  revision: number,
): Promise<Revision | DamagedRevision | undefined> {
  const subject = address.revisionSubject(workspace, revision);
  const message = await lastMessage(platform, address.revisionsStream, subject);
  return message === undefined ? undefined : read(message.subject, message.body);
}

/** Oldest first. */
export async function listRevisions(
  platform: NatsConnection,
  workspace: string,
): Promise<readonly (Revision | DamagedRevision)[]> {
  const all: (Revision | DamagedRevision)[] = [];
  const filter = `revision.${workspace}.*`;
  for await (const message of directMessages(platform, { stream: address.revisionsStream, filter })) {
    all.push(read(message.subject, message.body));
  }
  return all;
}

/** False when this revision is there already: somebody else was quicker. */
export async function writeRevision(platform: NatsConnection, revision: Revision): Promise<boolean> {
  const subject = address.revisionSubject(revision.workspace, revision.revision);
  try {
    await publish(platform, subject, JSON.stringify(revision), onlyFirst());
    return true;
  } catch (error) {
    if (isConflict(error)) return false;
    throw error;
  }
}

export const contentHash = (tenant: TenantTopology): string => sha256(canonical({ ...tenant })).slice(0, 32);

const partBytes = 512 * 1024;
const writesAtOnce = 16;

/** Stores the topologies that are not there yet, and gives the hashes of all. */
export async function writeContents(
  platform: NatsConnection,
  { workspace, tenants }: Topology,
  known: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const hashes = tenants.map((tenant) => ({ tenant, hash: contentHash(tenant) }));
  const fresh = hashes.filter(({ tenant, hash }) => known[tenant.tenant] !== hash);
  await concurrently(fresh, writesAtOnce, async ({ tenant, hash }) => {
    const packed = gzipSync(canonical({ ...tenant }));
    const parts = Math.ceil(packed.length / partBytes);
    for (let part = 0; part < parts; part++) {
      const subject = `${address.contentSubject(workspace, hash)}.${part}of${parts}`;
      const bytes = packed.subarray(part * partBytes, (part + 1) * partBytes);
      await publish(platform, subject, bytes, onlyFirst()).catch((error: unknown) => {
        if (!isConflict(error)) throw error;
      });
    }
  });
  return Object.fromEntries(hashes.map(({ tenant, hash }) => [tenant.tenant, hash]));
}

/** The topologies of these tenants as they were; those whose content is damaged or gone are left out. */
export async function readContents(
  platform: NatsConnection,
  workspace: string,
  hashes: Readonly<Record<string, string>>,
): Promise<readonly TenantTopology[]> {
  const read = await concurrently(Object.values(hashes), writesAtOnce, (hash) =>
    readContent(platform, workspace, hash),
  );
  return read.flatMap((tenant) => (tenant === undefined ? [] : [tenant]));
}

async function readContent(
  platform: NatsConnection,
  workspace: string,
  hash: string,
): Promise<TenantTopology | undefined> {
  const parts: Uint8Array[] = [];
  const filter = `${address.contentSubject(workspace, hash)}.*`;
  for await (const { body } of directMessages(platform, { stream: address.revisionsStream, filter })) parts.push(body);
  try {
    const text = gunzipSync(Buffer.concat(parts)).toString("utf8");
    const tenant = JSON.parse(text) as TenantTopology;
    return contentHash(tenant) === hash ? tenant : undefined;
  } catch {
    return undefined;
  }
}

function read(subject: string, body: Uint8Array): Revision | DamagedRevision {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    return isRevision(value) ? value : { damaged: subject };
  } catch {
    return { damaged: subject };
  }
}

function isRevision(value: unknown): value is Revision {
  if (!isJsonObject(value)) return false;
  const texts = [value.workspace, value.at, value.by, value.plan];
  const counts = [value.revision, value.add, value.change, value.destroy];
  return (
    texts.every((text) => typeof text === "string") &&
    counts.every((count) => typeof count === "number") &&
    isJsonObject(value.tenants) &&
    Object.values(value.tenants).every((hash) => typeof hash === "string")
  );
}

function onlyFirst() {
  const fields = headers();
  fields.set("Nats-Expected-Last-Subject-Sequence", "0");
  return fields;
}
