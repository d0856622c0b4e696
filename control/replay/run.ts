// How far a replay is: one record in the integration's RETRY stream, changed in the same atomic batch as what it tells
// of. So a run that is begun again after a kill goes on exactly where it was, however long that took.

import type { NatsConnection } from "@nats-io/transport-node";
import { asciiJson } from "../../runtime/envelope.ts";
import { parseJson } from "../../runtime/parse-json.ts";
import * as address from "../../schema/address.ts";
import { isJsonObject } from "../../schema/json.ts";
import { lastMessage } from "../direct.ts";
import type { Outgoing } from "../jetstream-api.ts";

/** What is replayed: fixed when the run begins. */
export interface Replay {
  readonly run: string;
  readonly integration: string;
  readonly by: string;
  /** ISO 8601. */
  readonly begunAt: string;
  /** What it is read from, up to which sequence of it. */
  readonly stream: string;
  readonly upTo: number;
  /** Milliseconds since 1970. */
  readonly from?: number;
  readonly to: number;
  readonly targets: readonly string[];
  /** As it was written. */
  readonly where?: string;
}

export interface Counts {
  readonly replayed: number;
  /** `where` was not true of them. */
  readonly filtered: number;
  /** They could not be replayed. */
  readonly failed: number;
}

export interface Run extends Replay, Counts {
  /** Of the stream that it reads: everything up to here is done. */
  readonly done: number;
  /** When that was so: ISO 8601. */
  readonly at: string;
  readonly ended: boolean;
}

export interface KnownRun {
  readonly run: Run;
  /** Of its record. */
  readonly revision: number;
}

/** What a run may be called: a token of a subject, and part of the ids that it makes. */
export const runPattern = /^[a-z0-9][a-z0-9-]{0,39}$/;

export const begun = (replay: Replay): Run => ({
  ...replay,
  replayed: 0,
  filtered: 0,
  failed: 0,
  done: 0,
  at: replay.begunAt,
  ended: false,
});

/** Undefined: there is none of that name. */
export async function findRun(
  connection: NatsConnection,
  integration: string,
  name: string,
): Promise<KnownRun | undefined> {
  const subject = address.replaySubject(integration, name);
  const message = await lastMessage(connection, address.retryStream(integration), subject);
  if (message === undefined) return undefined;
  const value = parseJson(Buffer.from(message.body).toString("utf8"));
  return isRun(value) ? { run: value, revision: message.sequence } : undefined;
}

/** Nobody asks for a run that has not moved for so long. */
const lifetime = "720h";

/** Fenced by the revision that was read; 0: it is the first. */
export const runMessage = (run: Run, revision: number): Outgoing => ({
  subject: address.replaySubject(run.integration, run.run),
  body: asciiJson({ ...run, targets: [...run.targets] }),
  headers: {
    "Nats-Rollup": "sub",
    "Nats-Expected-Last-Subject-Sequence": String(revision),
    "Nats-TTL": lifetime,
  },
});

function isRun(value: unknown): value is Run {
  if (!isJsonObject(value)) return false;
  const { run, stream, done, to, targets } = value;
  return (
    typeof run === "string" &&
    typeof stream === "string" &&
    Number.isInteger(done) &&
    Array.isArray(targets) &&
    typeof to === "number"
  );
}
