// Least privilege of a tenant's worker, derived from its integrations. No `$JS.API.>`: administration belongs to the
// control plane. Acks are granted in the forms of 2.12 and of 2.15, which moved them.

import * as address from "../../schema/address.ts";
import type { Permissions } from "../../schema/topology.ts";
import type { Integration, Setting, Tenant } from "../integration.ts";
import { readStream } from "./streams.ts";

export function workerPermissions(tenant: Tenant): Permissions {
  const publish = tenant.integrations.flatMap(integrationPublishes);
  const shared = [
    "$JS.API.INFO",
    ...directGets(address.deadStream),
    ...directGets(address.sourceStateStream),
    // What is deployed, and the bundles: all of the bucket is the tenant's, and read in pages and by subject alike.
    `$JS.API.DIRECT.GET.${address.bucketStream(address.deployBucket)}`,
  ];
  const inbox = `${address.inboxPrefix(`${tenant.name}-worker`)}.>`;
  return { publish: [...new Set([...publish, ...shared])].sort(), subscribe: [inbox, address.deployedSubject(">")] };
}

function integrationPublishes(integration: Integration): readonly string[] {
  const { name } = integration;
  const intake = address.intakeStream(name);
  const retry = address.retryStream(name);
  return [
    address.intakeFilter(name),
    ...address.retrySubjects(name),
    `dlq.${name}.>`,
    `state.${name}.>`,
    address.retriesViewFilter(name),
    `$JS.API.STREAM.INFO.${intake}`,
    `$JS.API.STREAM.INFO.${retry}`,
    `$JS.API.STREAM.PURGE.${intake}`,
    ...directGets(intake),
    ...directGets(retry),
    ...integration.sources.flatMap(({ name: source, stream }) =>
      stream === undefined
        ? []
        : consumerRights(readStream(stream, integration.tenant), address.readerConsumer(name, source)),
    ),
    ...integration.targets.flatMap((target) => [
      ...consumerRights(intake, address.targetConsumer(target.name)),
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

const directGets = (stream: string): readonly string[] => [
  `$JS.API.DIRECT.GET.${stream}`,
  `$JS.API.DIRECT.GET.${stream}.>`,
];

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
