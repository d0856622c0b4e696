// Where things live on NATS: the one place that knows how names of the language become streams, subjects, durables
// and buckets. Compiler, runtime and control all take them from here, so that permissions, topology and traffic agree.

import { createHash } from "node:crypto";

/** 16 base64url characters of SHA-256(message id): one subject token per message, whatever its id is made of. */
export function idHash(messageId: string): string {
  return createHash("sha256").update(messageId, "utf8").digest("base64url").slice(0, 16);
}

/** Tenants, integrations, sources, targets and steps: one subject token, one file name, one JWT name. */
export const namePattern = "^[a-z][a-z0-9-]{0,62}$";

export const intakeStream = (integration: string): string => `IN_${integration}`;
/** With `order-by` the key's partition stands before the id, which is always the last token. */
export const intakeSubject = (integration: string, hash: string, partition?: number): string =>
  partition === undefined ? `in.${integration}.m.${hash}` : `in.${integration}.m.${partition}.${hash}`;
export const allOfIntake = (integration: string): string => `in.${integration}.>`;
export const intakeFilter = (integration: string): string => `in.${integration}.m.>`;
/** Bytes of a message that are too many for one: chunks, right before their head in the same atomic batch. */
export const intakeChunks = (integration: string, hash: string): string => `in.${integration}.c.${hash}`;
/** Messages that were accepted without `order-by`, those of one partition, and one id in whatever partition. */
export const unorderedFilter = (integration: string): string => `in.${integration}.m.*`;
export const partitionFilter = (integration: string, partition: number): string => `in.${integration}.m.${partition}.*`;
export const anyPartition = (integration: string, hash: string): string => `in.${integration}.m.*.${hash}`;

/**
 * Of an integration with `transport: ephemeral`: no stream takes these. The source stands in the subject, not the message,
 * so that servers know the few subjects there are by heart; each target is a queue group of its name.
 */
export const ephemeralSubject = (integration: string, source: string): string => `eph.${integration}.${source}`;
export const ephemeralFilter = (integration: string): string => `eph.${integration}.*`;
export const isEphemeral = (subject: string): boolean => subject.startsWith("eph.");

/** What went through the intake, for as long as `archive` says. */
export const archiveStream = (integration: string): string => `ARCHIVE_${integration}`;
export const isArchive = (stream: string): boolean => stream.startsWith(archiveStream(""));

/** One RETRY stream per integration: its roll-ups must never reach a neighbour's messages. */
export const retryStream = (integration: string): string => `RETRY_${integration}`;
export const retrySubjects = (integration: string): readonly string[] => [
  `rx.${integration}.>`,
  `rs.${integration}.>`,
  `rd.${integration}.>`,
  `rc.${integration}.>`,
];
export const stateSubject = (integration: string, target: string, hash: string): string =>
  `rx.${integration}.${target}.${hash}`;
export const scheduleSubject = (integration: string, target: string, hash: string): string =>
  `rs.${integration}.${target}.${hash}`;
export const dueSubject = (integration: string, target: string, hash: string): string =>
  `rd.${integration}.${target}.${hash}`;
/** How far a replay is, beside what it has sent: no target's record has as many tokens. */
export const replaySubject = (integration: string, run: string): string => `rx.${integration}.replay.${run}.run`;
/** Chunks of a message that failed, beside its schedule. */
export const retryChunks = (integration: string, target: string, hash: string): string =>
  `rc.${integration}.${target}.${hash}`;
export const dueFilter = (integration: string, target: string): string => `rd.${integration}.${target}.>`;

/** Dead letters of a tenant; no roll-ups, so one stream can be shared by its integrations. */
export const deadStream = "DLQ";
export const deadSubject = (integration: string, target: string, hash: string): string =>
  `dlq.${integration}.${target}.${hash}`;
/** Its chunks, right before it. */
export const deadChunks = (integration: string, target: string, hash: string): string =>
  `dlqc.${integration}.${target}.${hash}`;
export const deadSubjects: readonly string[] = ["dlq.>", "dlqc.>"];
export const deadFilter = (integration = "*", target = "*"): string => `dlq.${integration}.${target}.*`;

/**
 * Large contents of an integration, as NATS's object store keeps a bucket. One of its own, since its roll-ups must never
 * reach a neighbour's. `name`: of the object, or `*`.
 */
export const objectStream = (integration: string): string => `OBJ_${integration}`;
export const objectSubjects = (integration: string): readonly string[] => [
  `$O.${integration}.C.>`,
  `$O.${integration}.M.>`,
];
export const objectChunks = (integration: string, number: string): string => `$O.${integration}.C.${number}`;
export function objectMeta(integration: string, name: string): string {
  // As the format has it: padded.
  const token =
    name === "*" ? name : Buffer.from(name, "utf8").toString("base64").replaceAll("+", "-").replaceAll("/", "_");
  return `$O.${integration}.M.${token}`;
}

/** What sources must remember (files done, cursors): the last message per subject is the value. No roll-ups. */
export const sourceStateStream = "STATE";
export const sourceStateSubject = (integration: string, source: string, key: string): string =>
  `state.${integration}.${source}.${idHash(key)}`;
/** Beside it, the lease of a source that one worker at a time runs; no hash is as short. */
export const sourceLeaseSubject = (integration: string, source: string): string =>
  `state.${integration}.${source}.lease`;
/** What is known of an integration's rollout; no source has such a name. */
export const rolloutSubject = (integration: string): string => `state.${integration}._rollout.now`;
export const sourceStateFilter = (integration: string): string => `state.${integration}.*.*`;

/**
 * KV view of the retry state, for people and tools to list and watch. Workers write it beside the true state: the
 * server's republish would carry the headers of batch and compare-and-set along, which a bucket refuses. Its stream
 * allows no roll-ups, so integrations can share it.
 */
export const retriesBucket = "retries";
export const retriesViewFilter = (integration: string): string => `$KV.${retriesBucket}.${integration}.>`;
export const retriesViewSubject = (integration: string, target: string, hash: string): string =>
  `$KV.${retriesBucket}.${integration}.${target}.${hash}`;

/** Deployment records and bundles of a tenant, written by apply, read-only for workers. */
export const deployBucket = "vrsky";
export const deployKey = (integration: string): string => `deploy.${integration}`;
export const bundleKey = (hash: string): string => `bundle.${hash}`;
/** The bucket's stream republishes deployment records here, so that workers hear of them without a consumer. */
export const deployedSubject = (integration: string): string => `vrsky.deployed.${integration}`;
export const deployRepublish = { src: `$KV.${deployBucket}.${deployKey(">")}`, dest: deployedSubject(">") } as const;

/** A stream that a tenant declares, and the subject of a message there. */
export const declaredStream = (name: string): string => `STREAM_${name}`;
export const declaredSubject = (name: string, hash: string): string => `stream.${name}.${hash}`;
export const declaredFilter = (name: string): string => `stream.${name}.*`;
/** The importer's own copy of another tenant's stream, filled by sourcing. */
export const sharedStream = (tenant: string, name: string): string => `SHARED_${tenant}_${name}`;
/** A copy of another tenant's stream, or something of it: `SHARED_acme_paid/orders_source`. */
export const isCopy = (name: string): boolean => name.startsWith("SHARED_");
/** Streams that integrations read by their own sources, as far back as the stream keeps. */
export const isReadBySources = (stream: string): boolean => stream.startsWith(declaredStream("")) || isCopy(stream);
/** The durable on a declared stream from which another tenant's copy is filled; its name is known in both accounts. */
export const sharingConsumer = (owner: string, reader: string): string => `SHARED_${owner}_${reader}`;
/** Where the owner's server sends what it shares, and what that and the API are called in the reader's account. */
export const sharedDelivery = (reader: string, name: string): string => `shared.to.${reader}.${name}`;
export const sharedArrival = (owner: string, name: string): string => `shared.from.${owner}.${name}.messages`;
export const sharedApi = (owner: string, name: string): string => `shared.from.${owner}.${name}.api`;
/** The durable with which an integration's source reads a declared or shared stream. */
export const readerConsumer = (integration: string, source: string): string => `${integration}_${source}`;

const ownTokens = new Set(["in", "eph", "rx", "rs", "rd", "rc", "dlq", "dlqc", "state", "stream", "shared", "vrsky"]);
/** First tokens of subjects that are ours or the server's: no author's message is published there. */
export const isReserved = (token: string): boolean => /^[$_]/.test(token) || ownTokens.has(token);

/** The control plane's own account, in capitals, which no tenant's name has; and the server's system account. */
export const platformAccount = "PLATFORM";
export const systemAccount = "SYS";
/** In the platform account: what is happening now (lease, journal), what was applied, and who did what. */
export const nowStream = "VRSKY_NOW";
export const leaseSubject = (workspace: string): string => `now.lease.${workspace}`;
export const journalSubject = (workspace: string): string => `now.journal.${workspace}`;
export const revisionsStream = "VRSKY_REVISIONS";
export const revisionSubject = (workspace: string, revision: number): string => `revision.${workspace}.${revision}`;
export const contentSubject = (workspace: string, hash: string): string => `content.${workspace}.${hash}`;
export const auditStream = "VRSKY_AUDIT";
export const auditSubject = (workspace: string, what: string): string => `audit.${workspace}.${what}`;

/** Streams and buckets that VRSky makes. */
export const isReservedStream = (stream: string): boolean =>
  /^(IN|ARCHIVE|RETRY|OBJ|STREAM|SHARED|VRSKY)_/.test(stream) ||
  [deadStream, sourceStateStream, bucketStream(retriesBucket), bucketStream(deployBucket)].includes(stream);

export const bucketStream = (bucket: string): string => `KV_${bucket}`;

/** Where the messages of a stream wait while it is made anew; and what a stream listens to that must not get any. */
export const movingStream = (stream: string): string => `${stream}_MOVING`;
export const movingConsumer = (consumer: string): string => `${consumer}_MOVING`;
export const closedSubject = (stream: string): string => `_closed.${stream}`;

/** The durable of a target has the target's name, on the intake and on the RETRY stream alike. */
export const targetConsumer = (target: string): string => target;
/** Create-only: another number would give a key another partition while its messages wait in the old one. */
export const orderPartitions = 16;
/** With `order-by` a target has one more on the intake for each partition. No target's name has an underscore. */
export const partitionConsumer = (target: string, partition: number): string => `${target}_${partition}`;
/** All of a target's durables on the intake. */
export const intakeConsumers = (target: string, order?: { readonly partitions: number }): readonly string[] => [
  targetConsumer(target),
  ...Array.from({ length: order?.partitions ?? 0 }, (_, partition) => partitionConsumer(target, partition)),
];

/** Each worker user's private inbox, so that one worker can never read another's answers. */
export const inboxPrefix = (user: string): string => `_INBOX_${user}`;
