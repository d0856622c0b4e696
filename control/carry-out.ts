// One change of a plan, made on the server.

import { setTimeout } from "node:timers/promises";
import * as address from "../schema/address.ts";
import type { CodedBundle } from "../schema/bundle.ts";
import type { JsonObject } from "../schema/json.ts";
import type { Nkey } from "../schema/nkey.ts";
import type { Change } from "../schema/plan.ts";
import type { Consumer, Deployment } from "../schema/topology.ts";
import { putBundle } from "./bundles.ts";
import { compareConfig, merged, plain } from "./compare.ts";
import { isAllowed, lossRefused } from "./data-loss.ts";
import { deleteDeployment, type LiveDeployment, stableOf, withRollout, writeDeployment } from "./deployment.ts";
import { type ControlFailure, failureOf } from "./failure.ts";
import { unreadNow } from "./figures.ts";
import { type ConsumerInfo, call, callIfThere, createStream, type Publishes } from "./jetstream-api.ts";
import { readerUnread } from "./keeps-up.ts";
import { replaceConsumer } from "./migrate/consumer.ts";
import type { OnCopied } from "./migrate/copy.ts";
import { gatherConsumer } from "./migrate/gather.ts";
import { beginAt } from "./migrate/move.ts";
import { renameConsumer, renameMessages, renameStream } from "./migrate/rename.ts";
import { replaceStream } from "./migrate/replace.ts";
import type { ObservedConsumer, ObservedStream } from "./observe.ts";
import { gathers, partitionedReader, takenOverFrom } from "./order-change.ts";
import { type Aim, aimOf } from "./rollout/aim.ts";
import { updateStream } from "./update-stream.ts";

/** What the changes of one tenant are made with. Streams and consumers by the names that JetStream gives them. */
export interface Site {
  readonly connection: Publishes;
  readonly wantedStreams: ReadonlyMap<string, JsonObject>;
  readonly wantedConsumers: ReadonlyMap<string, Consumer>;
  readonly workspace: string;
  readonly wantedDeployments: ReadonlyMap<string, Deployment>;
  readonly messagesPerSecond?: number;
  /** By its hash; undefined for one that has to be in the bucket already. */
  readonly bundles: (hash: string) => CodedBundle | undefined;
  readonly signer?: Nkey;
  readonly liveStreams: ReadonlyMap<string, ObservedStream>;
  readonly liveConsumers: ReadonlyMap<string, ObservedConsumer>;
  readonly liveDeployments: ReadonlyMap<string, LiveDeployment>;
  /** Streams that this apply makes. */
  readonly made: ReadonlySet<string>;
  /** Streams that it fills from others, consumers included. */
  readonly moved: ReadonlySet<string>;
  readonly allowDataLoss: readonly string[];
  readonly now: () => Date;
  readonly onCopied?: OnCopied;
}

/** Undefined when it is done. What is already as it should be is left alone. */
export async function carryOut(change: Change, site: Site): Promise<ControlFailure | undefined> {
  const what = `${doing[change.action]} ${change.kind} ${change.name} of tenant ${change.tenant}`;
  try {
    switch (change.kind) {
      case "stream":
        return await streamChange(change, change.name, site);
      case "bucket":
        return await streamChange(change, address.bucketStream(change.name), site);
      case "consumer":
        return await consumerChange(change, site);
      case "deployment":
        return await deploymentChange(change, site);
      case "account":
        return { kind: "failed", message: `${what}: accounts are made in the server's configuration` };
      default:
        return change.kind satisfies never;
    }
  } catch (error) {
    return failureOf(error, what);
  }
}

const doing: Readonly<Record<Change["action"], string>> = {
  create: "creating",
  update: "updating",
  replace: "replacing",
  delete: "deleting",
};

async function streamChange(change: Change, name: string, site: Site): Promise<ControlFailure | undefined> {
  const { connection } = site;
  const wanted = site.wantedStreams.get(name) ?? {};
  if (change.action === "create") {
    await createStream(connection, name, wanted, pace.pause);
    return undefined;
  }
  if (change.action === "update") {
    const live = site.liveStreams.get(name)?.config ?? {};
    await updateStream(connection, name, merged(wanted, live), live);
    return undefined;
  }
  if (change.action === "replace") {
    const { onCopied } = site;
    const given = { ...pace, connection, wanted, ...(onCopied === undefined ? {} : { onCopied }) };
    const consumer = (each: string) => wantedConsumer(`${name}/${each}`, site);
    const { movedFrom } = change;
    if (movedFrom !== undefined) return renameStream({ ...given, from: movedFrom, to: name, consumer });
    return replaceStream({ ...given, stream: name, consumer });
  }
  const loss = await lastLook(change, site, name, () => unreadNow(connection, name));
  if (loss !== undefined) return loss;
  await callIfThere(connection, `STREAM.DELETE.${name}`);
  await clearView(name, site);
  return undefined;
}

/** The retry states of a RETRY stream that is gone would stay in the bucket that shows them. */
async function clearView(name: string, { connection, liveStreams }: Site): Promise<void> {
  const prefix = address.retryStream("");
  if (!name.startsWith(prefix) || !liveStreams.has(address.bucketStream(address.retriesBucket))) return;
  const filter = address.retriesViewFilter(name.slice(prefix.length));
  await callIfThere(connection, `STREAM.PURGE.${address.bucketStream(address.retriesBucket)}`, { filter });
}

/** How often a copy is looked at without anything new in it until it is given up: half a minute. */
const pace = { pause: (ms: number) => setTimeout(ms), patience: 600 };

function wantedConsumer(name: string, { wantedConsumers }: Site): JsonObject | undefined {
  const wanted = wantedConsumers.get(name);
  return wanted === undefined ? undefined : plain(wanted.config);
}

const durableIn = (name: string): string => name.slice(name.indexOf("/") + 1);

async function consumerChange(change: Change, site: Site): Promise<ControlFailure | undefined> {
  const { connection } = site;
  const [stream = "", name = ""] = change.name.split("/");
  const wanted = wantedConsumer(change.name, site);
  if (change.action === "delete" || wanted === undefined) {
    const loss = await lastLook(change, site, stream, () => readerUnread(connection, stream, name));
    if (loss !== undefined) return loss;
    await callIfThere(connection, `CONSUMER.DELETE.${stream}.${name}`);
    return undefined;
  }
  const write = (action: "create" | "update", config: JsonObject) =>
    call(connection, `CONSUMER.CREATE.${stream}.${name}`, { stream_name: stream, action, config });
  const brought = site.moved.has(stream)
    ? await callIfThere<ConsumerInfo>(connection, `CONSUMER.INFO.${stream}.${name}`)
    : undefined;
  const live = brought ?? site.liveConsumers.get(change.name);
  if (brought !== undefined || change.action === "update") {
    const config = live?.config ?? {};
    if (compareConfig(wanted, config).length > 0) await write("update", merged(wanted, config));
  } else if (change.movedFrom !== undefined && !site.moved.has(stream)) {
    await renameConsumer(connection, change.movedFrom, change.name, wanted);
  } else if (change.action === "replace" && !site.moved.has(stream)) {
    const partitions = [...site.liveConsumers.keys()].filter((each) => partitionedReader(each) === change.name);
    const reader = site.wantedConsumers.get(change.name);
    if (gathers(reader, site.liveConsumers.get(change.name), true)) {
      await gatherConsumer(connection, stream, name, partitions.map(durableIn), wanted);
    } else await replaceConsumer(connection, stream, name, wanted);
  } else {
    const first = takenOverFrom(change.name, site.liveConsumers);
    const begin =
      first === undefined ? start(stream, site.wantedConsumers.get(change.name) ?? {}, site) : beginAt(first, false);
    await write("create", { ...wanted, ...begin });
  }
  return undefined;
}

/**
 * Where a new consumer begins; the server never lets it be changed. A target that joins a running integration starts at
 * the next message, unless it asks for a backfill; a reader of a stream at the oldest that it keeps. Where the integration has never been deployed as a whole, everything in the stream is meant for it:
 * an earlier apply may have been cut short.
 */
function start(stream: string, { integration = "", backfill }: Partial<Consumer>, site: Site): JsonObject {
  const live = site.liveStreams.get(stream);
  const all = { deliver_policy: "all" };
  if (backfill === true) return all;
  if (live === undefined || site.made.has(stream) || address.isReadBySources(stream)) return all;
  const { retention } = site.wantedStreams.get(stream) ?? live.config;
  if (retention === "workqueue") return all;
  if (live.messages === 0 || site.liveDeployments.get(integration)?.record === undefined) return all;
  return beginAt(live.lastSequence + 1, false);
}

/** The bundle first: a record never names one that is not there. */
async function deploymentChange(change: Change, site: Site): Promise<ControlFailure | undefined> {
  const { connection, made, signer } = site;
  const fresh = made.has(address.bucketStream(address.deployBucket));
  const planned = fresh ? undefined : site.liveDeployments.get(change.name);
  // A canary may have been promoted since: what the plan took for stable is not that any more.
  const live = planned && (await withRollout(connection, planned));
  const previous = live?.sequence ?? 0;
  if (change.action === "delete") {
    await deleteDeployment(connection, change.name, previous);
    return undefined;
  }
  const draining = change.consequence.kind === "drains";
  const wanted = site.wantedDeployments.get(change.name);
  const { bundle, canary } = draining || wanted === undefined ? goesOn(live) : aimOf(wanted, live, triesAgain(change));
  const { movedFrom } = change;
  if (movedFrom !== undefined) await renameMessages(connection, movedFrom, change.name);
  for (const hash of [bundle, ...(canary === undefined ? [] : [canary.bundle])]) {
    const coded = site.bundles(hash);
    const failure = coded === undefined ? undefined : await putBundle(connection, coded, signer);
    if (failure !== undefined) return failure;
  }
  const revision = (live?.revision ?? 0) + 1;
  const at = site.now().toISOString();
  const record = {
    workspace: site.workspace,
    tenant: change.tenant,
    integration: change.name,
    revision,
    bundle,
    at,
    ...(canary === undefined ? {} : { canary: { revision, at, ...canary } }),
    ...(draining ? { draining } : {}),
    ...(site.messagesPerSecond === undefined ? {} : { messagesPerSecond: site.messagesPerSecond }),
  };
  await writeDeployment(connection, record, previous, signer);
  if (movedFrom === undefined) return undefined;
  // The new one runs before the old one ends; what that one has remembered meanwhile comes after.
  await deleteDeployment(connection, movedFrom, site.liveDeployments.get(movedFrom)?.sequence ?? 0);
  await renameMessages(connection, movedFrom, change.name);
  return undefined;
}

/** Of what is removed: a canary has no time left. */
const goesOn = (live: LiveDeployment | undefined): Aim => ({ bundle: (live && stableOf(live)) ?? "" });

/** The plan has said so. */
const triesAgain = ({ fields }: Change): boolean => fields.some(({ field }) => field === "tries");

/** Messages that came in since the plan was made must not go unnoticed. */
async function lastLook(
  change: Change,
  { allowDataLoss, liveStreams }: Site,
  stream: string,
  unread: () => Promise<number>,
): Promise<ControlFailure | undefined> {
  if (isAllowed(change, allowDataLoss) || !liveStreams.has(stream)) return undefined;
  const messages = await unread();
  return messages === 0 ? undefined : lossRefused([{ tenant: change.tenant, name: change.name, messages }]);
}
