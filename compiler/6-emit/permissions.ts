// Least privilege of a tenant's worker, derived from its integrations. No `$JS.API.>`: administration belongs to the
// control plane. Acks are granted in the forms of 2.12 and of 2.15, which moved them. Each grant has its reason, and
// `test/isolation/grants.test.ts` takes them away one by one: what nothing needs does not stay.

import * as address from "../../schema/address.ts";
import type { Permissions } from "../../schema/topology.ts";
import type { Integration, Setting, Tenant } from "../integration.ts";
import { readStream } from "./streams.ts";

export function workerPermissions(tenant: Tenant): Permissions {
  const publish = tenant.integrations.flatMap(integrationPublishes);
  const shared = [
    "$JS.API.INFO",
    // What is deployed, and the bundles: all of the bucket is the tenant's.
    `$JS.API.DIRECT.GET.${address.bucketStream(address.deployBucket)}`,
  ];
  const inbox = `${address.inboxPrefix(`${tenant.name}-worker`)}.>`;
  return { publish: [...new Set([...publish, ...shared])].sort(), subscribe: [inbox, address.deployedSubject(">")] };
}

function integrationPublishes(integration: Integration): readonly string[] {
  const { name } = integration;
  const intake = address.intakeStream(name);
  const retry = address.retryStream(name);
  const remembers = integration.sources.some(({ use }) => use.manifest.source?.remembers === true);
  return [
    address.intakeFilter(name),
    // What falls due, the server publishes itself.
    address.stateSubject(name, "*", "*"),
    address.scheduleSubject(name, "*", "*"),
    address.deadSubject(name, "*", "*"),
    address.retriesViewFilter(name),
    `$JS.API.STREAM.INFO.${intake}`,
    `$JS.API.STREAM.PURGE.${intake}`,
    `$JS.API.DIRECT.GET.${intake}`,
    // Records of many messages in one request; all of the stream is the integration's.
    `$JS.API.DIRECT.GET.${retry}`,
    lastOf(address.deadStream, address.deadSubject(name, "*", "*")),
    ...(remembers ? [address.sourceStateFilter(name)] : []),
    ...(remembers ? [lastOf(address.sourceStateStream, address.sourceStateFilter(name))] : []),
    ...integration.sources.flatMap(({ name: source, stream }) =>
      stream === undefined
        ? []
        : consumerRights(readStream(stream, integration.tenant), address.readerConsumer(name, source)),
    ),
    // All readers of an ordered intake are this worker's, in numbers.
    ...(integration.orderBy === undefined ? [] : consumerRights(intake, "*")),
    ...integration.targets.flatMap((target) => [
      ...(integration.orderBy === undefined ? consumerRights(intake, address.targetConsumer(target.name)) : []),
      ...consumerRights(retry, address.targetConsumer(target.name)),
      ...(target.use.manifest.name === "nats" ? natsTargetRights(target.use.settings) : []),
      ...(target.stream === undefined ? [] : [address.declaredFilter(target.stream.name)]),
    ]),
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
  const subject = settings.find((setting) => setting.key === "subject")?.value;
  const names = "$JS.API.STREAM.NAMES";
  if (subject?.kind === "constant") return [String(subject.value), names];
  if (subject?.kind !== "text") return [];
  const filled = subject.parts.map((part) => (typeof part === "string" ? part : "\u0000")).join("");
  const tokens = filled.split(".").map((token) => (token.includes("\u0000") ? "*" : token));
  return [tokens.join("."), names];
}
