// Least privilege of a tenant's worker, derived from its integrations. No `$JS.API.>`: administration belongs to the
// control plane. Acks are granted in the forms of 2.12 and of 2.15, which moved them. Each grant has its reason, and
// `test/isolation/grants.test.ts` takes them away one by one: what nothing needs does not stay.

import * as address from "../../schema/address.ts";
import type { Permissions } from "../../schema/topology.ts";
import type { Integration, Setting, Tenant } from "../integration.ts";
import type { Value } from "../value.ts";
import { natsReadings } from "./nats-readers.ts";
import { readStream } from "./streams.ts";

export function workerPermissions(tenant: Tenant): Permissions {
  const publish = tenant.integrations.flatMap(integrationPublishes);
  const shared = [
    "$JS.API.INFO",
    // What is deployed, and the bundles: all of the bucket is the tenant's.
    `$JS.API.DIRECT.GET.${address.bucketStream(address.deployBucket)}`,
  ];
  const inbox = `${address.inboxPrefix(`${tenant.name}-worker`)}.>`;
  const heard = tenant.integrations
    .flatMap(natsReadings)
    .flatMap(({ stream, subject }) => (stream === undefined ? [subject] : []));
  const groups = tenant.integrations.flatMap(queueGroups);
  return {
    publish: [...new Set([...publish, ...shared])].sort(),
    subscribe: [inbox, address.deployedSubject(">"), ...[...new Set([...heard, ...groups])].sort()],
  };
}

/** Only as a member of its targets' queue groups: nobody listens beside them. */
const queueGroups = ({ name, targets, ephemeral }: Integration): readonly string[] =>
  ephemeral ? targets.map((target) => `${address.ephemeralFilter(name)} ${address.targetConsumer(target.name)}`) : [];

function integrationPublishes(integration: Integration): readonly string[] {
  const { name, sources, targets } = integration;
  const remembers = sources.some(({ use }) => use.manifest.source?.remembers === true);
  // How a rollout stands: the rights of a source that remembers include it.
  const state = remembers ? address.sourceStateFilter(name) : integration.rollout && address.rolloutSubject(name);
  return [
    ...(integration.ephemeral ? [address.ephemeralFilter(name)] : storing(integration)),
    ...(state === undefined ? [] : [state, lastOf(address.sourceStateStream, state)]),
    ...sources.flatMap(({ name: source, stream }) =>
      stream === undefined
        ? []
        : consumerRights(readStream(stream, integration.tenant), address.readerConsumer(name, source)),
    ),
    ...natsReadings(integration).flatMap(({ source, stream }) =>
      stream === undefined ? [] : consumerRights(stream, address.readerConsumer(name, source)),
    ),
    ...targets.flatMap((target) => [
      ...(target.use.manifest.name === "nats" ? natsTargetRights(target.use.settings) : []),
      ...(target.stream === undefined ? [] : [address.declaredFilter(target.stream.name)]),
    ]),
  ];
}

/** The intake, what becomes of failures, and the consumers of both. */
function storing(integration: Integration): readonly string[] {
  const { name } = integration;
  const intake = address.intakeStream(name);
  const retry = address.retryStream(name);
  return [
    address.intakeFilter(name),
    // Bytes beside a message, there and wherever it goes from there.
    address.intakeChunks(name, "*"),
    address.retryChunks(name, "*", "*"),
    address.deadChunks(name, "*", "*"),
    // What falls due, the server publishes itself.
    address.stateSubject(name, "*", "*"),
    address.scheduleSubject(name, "*", "*"),
    address.deadSubject(name, "*", "*"),
    address.retriesViewFilter(name),
    `$JS.API.STREAM.INFO.${intake}`,
    `$JS.API.STREAM.PURGE.${intake}`,
    `$JS.API.DIRECT.GET.${intake}`,
    // What the archive has copied may go from the intake.
    ...(integration.archive === undefined ? [] : archiveRights(address.archiveStream(name))),
    // Records of many messages in one request; all of the stream is the integration's.
    `$JS.API.DIRECT.GET.${retry}`,
    lastOf(address.deadStream, address.deadSubject(name, "*", "*")),
    ...(integration.objects === undefined ? [] : objectRights(integration)),
    // All readers of an ordered intake are this worker's, in numbers.
    ...(integration.orderBy === undefined ? [] : consumerRights(intake, "*")),
    ...integration.targets.flatMap((target) => [
      ...(integration.orderBy === undefined ? consumerRights(intake, address.targetConsumer(target.name)) : []),
      ...consumerRights(retry, address.targetConsumer(target.name)),
    ]),
  ];
}

/** How far it is, and how long it keeps what it has. */
const archiveRights = (archive: string): readonly string[] => [
  `$JS.API.DIRECT.GET.${archive}`,
  `$JS.API.STREAM.INFO.${archive}`,
];

/** Contents by reference: where they lie in NATS the whole bucket is the integration's, and what is done with is purged. */
function objectRights({ name, objects }: Integration): readonly string[] {
  // What the sweep asks: whether anything refers to a content.
  const marks = [
    `$JS.API.STREAM.INFO.${address.retryStream(name)}`,
    `$JS.API.STREAM.INFO.${address.deadStream}`,
    `$JS.API.DIRECT.GET.${address.deadStream}`,
  ];
  const bucket = address.objectStream(name);
  // What lies there from before is read to its end.
  if (objects?.use !== undefined) return [...marks, `$JS.API.STREAM.INFO.${bucket}`, `$JS.API.DIRECT.GET.${bucket}`];
  return [
    ...marks,
    ...address.objectSubjects(name),
    `$JS.API.STREAM.INFO.${bucket}`,
    `$JS.API.STREAM.PURGE.${bucket}`,
    `$JS.API.DIRECT.GET.${bucket}`,
  ];
}

function consumerRights(stream: string, consumer: string): readonly string[] {
  return [
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
    `$JS.API.CONSUMER.INFO.${stream}.${consumer}`,
    `$JS.ACK.${stream}.${consumer}.>`,
    `$JS.ACK.*.*.${stream}.${consumer}.>`,
  ];
}

/** A direct get of the last message of these subjects. */
const lastOf = (stream: string, subjects: string): string => `$JS.API.DIRECT.GET.${stream}.${subjects}`;

/** The literal parts of a subject; each piece of message data is one token. */
function natsTargetRights(settings: readonly Setting[]): readonly string[] {
  const given = (name: string): Value | undefined => settings.find(({ key }) => key === name)?.value;
  const bucket = given("bucket");
  if (bucket?.kind === "constant") return openTokens(given("key")).map((key) => `$KV.${bucket.value}.${key}`);
  const subjects = openTokens(given("subject"));
  return subjects.length === 0 ? [] : [...subjects, "$JS.API.STREAM.NAMES"];
}

function openTokens(value: Value | undefined): readonly string[] {
  if (value?.kind === "constant") return [String(value.value)];
  // One expression alone is one token.
  if (value?.kind === "expression") return ["*"];
  if (value?.kind !== "text") return [];
  const filled = value.parts.map((part) => (typeof part === "string" ? part : "\u0000")).join("");
  return [
    filled
      .split(".")
      .map((token) => (token.includes("\u0000") ? "*" : token))
      .join("."),
  ];
}
