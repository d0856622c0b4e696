// What is ours and not wanted any more. What belongs to an integration that goes on without it is removed; whole
// integrations and tenants only with `--prune`: until then they take in nothing more and deliver what they have.

import * as address from "../schema/address.ts";
import type { Change } from "../schema/plan.ts";
import { owned } from "../schema/topology.ts";
import { drops, restartsWorker } from "./consequence.ts";
import type { LiveDeployment } from "./deployment.ts";
import { fillsCopy } from "./figures.ts";
import { metadataOf } from "./jetstream-api.ts";
import type { ObservedConsumer, ObservedStream, ObservedTenant } from "./observe.ts";
import { gathers, partitionedReader } from "./order-change.ts";
import type { Verdict } from "./plan.ts";
import { consumerName, streamLabel, type WantedTenant, wantedStreams } from "./wanted.ts";

type Subject = Pick<Change, "kind" | "name">;

/** Consumers of a stream that goes are not named: they go with it. */
export function removals(wanted: WantedTenant, live: ObservedTenant, prune: boolean): readonly Verdict[] {
  const { tenant } = wanted;
  const streams = new Set(wantedStreams(wanted).map(({ config }) => config.name));
  const consumers = new Set(wanted.consumers.map(consumerName));
  const deployments = new Set(wanted.deployments.map(({ integration }) => integration));
  const foreign = new Set(live.foreignStreams.map(({ name }) => name));
  const removal = (subject: Subject, unread: number, goes: boolean): Verdict =>
    goes
      ? { change: { action: "delete", tenant, ...subject, consequence: drops(unread), fields: [] } }
      : { leftover: { tenant, ...subject, messages: unread } };
  const goesOn = (consumer: ObservedConsumer): boolean =>
    deployments.has(String(metadataOf(consumer.config)[owned.integration] ?? ""));
  /** Its integration goes on without it: by `transport: ephemeral`, or without `archive`. */
  const isGivenUp = (name: string, config: ObservedStream["config"]): boolean => {
    const integration = String(metadataOf(config)[owned.integration] ?? "");
    const own = [address.intakeStream, address.retryStream, address.archiveStream].map((of) => of(integration));
    return deployments.has(integration) && own.includes(name);
  };
  const bucketGoes = prune && !streams.has(address.bucketStream(address.deployBucket));
  return [
    ...live.deployments
      .filter(({ integration, record }) => record !== undefined && !deployments.has(integration) && !bucketGoes)
      .flatMap((deployment) => deploymentRemoval(tenant, deployment, live, prune)),
    ...live.consumers
      .filter(({ stream, name }) => (streams.has(stream) || foreign.has(stream)) && !consumers.has(`${stream}/${name}`))
      .map((consumer) => {
        const subject = { kind: "consumer" as const, name: `${consumer.stream}/${consumer.name}` };
        // What it has not read stays where it is: in somebody else's stream.
        if (foreign.has(consumer.stream)) return removal(subject, 0, prune || goesOn(consumer));
        // A grant that is taken back ends at once, and nothing is lost: the stream keeps what it did not send.
        if (fillsCopy(consumer)) return removal(subject, 0, true);
        // Without `order-by` one reader takes over from those of the partitions.
        const takesOver = partitionedReader(subject.name);
        const reader = wanted.consumers.find((each) => consumerName(each) === takesOver);
        const before = live.consumers.find(({ stream, name }) => `${stream}/${name}` === takesOver);
        if (gathers(reader, before, live.movingConsumers.has(takesOver ?? ""))) return removal(subject, 0, true);
        return removal(subject, consumer.unread, prune || goesOn(consumer));
      }),
    ...live.streams
      .filter(({ name }) => !streams.has(name))
      .map(({ name, config, unread }) => removal(streamLabel(name), unread, prune || isGivenUp(name, config))),
  ];
}

function deploymentRemoval(
  tenant: string,
  { integration, record }: LiveDeployment,
  live: ObservedTenant,
  prune: boolean,
): readonly Verdict[] {
  const subject = { kind: "deployment" as const, tenant, name: integration };
  if (prune) return [{ change: { action: "delete", ...subject, consequence: restartsWorker, fields: [] } }];
  const own = [address.intakeStream(integration), address.retryStream(integration)];
  const readers = live.consumers.filter(({ stream }) => own.includes(stream));
  const messages = readers.reduce((sum, { unread }) => sum + unread, 0);
  const leftover = { ...subject, messages };
  if (record?.draining === true) return [{ leftover }];
  const fields = [{ field: "draining", from: false, to: true }];
  return [{ leftover, change: { action: "update", ...subject, consequence: { kind: "drains", messages }, fields } }];
}
