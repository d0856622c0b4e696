// What NATS knows of an integration's backlog, read with the worker's own rights when somebody asks for metrics: never
// per message, a bounded number of requests at once, and not again before the last answer is some seconds old.

import * as address from "../schema/address.ts";
import type { Bundle } from "../schema/bundle.ts";
import { type Clock, steadyNow } from "../schema/connector.ts";
import { within } from "./clock.ts";
import type { Context } from "./context.ts";
import { backlogOf, countOf, query, type StreamFacts, streamFacts } from "./stream-api.ts";

export interface TargetFigures {
  readonly target: string;
  /** Messages of the intake that it has not finished, those in flight included. */
  readonly lag: number;
  /** Age of the oldest of them; 0 without any. */
  readonly oldestSeconds: number;
  /** Scheduled for another attempt; undefined when it cannot be told. */
  readonly parked: number | undefined;
}

export interface IntegrationFigures {
  readonly tenant: string;
  readonly integration: string;
  readonly intake?: Pick<StreamFacts, "bytes" | "maxBytes">;
  /** Those whose durable answers. */
  readonly targets: readonly TargetFigures[];
}

export async function readFigures(context: Context, bundle: Bundle): Promise<IntegrationFigures> {
  const { tenant, integration, link } = context;
  const names = Object.keys(bundle.targets);
  if (!link.connected() || bundle.transport === "ephemeral") return { tenant, integration, targets: [] };
  const intake = await streamFacts(link.requests, address.intakeStream(integration));
  const retry = address.retryStream(integration);
  const none = (await countOf(link.requests, retry, address.scheduleSubject(integration, "*", "*"))) === 0;
  const targets: TargetFigures[] = [];
  for (const target of names) {
    const backlog = await backlogFigures(context, address.intakeConsumers(target, bundle.order));
    if (backlog === undefined) continue;
    const scheduled = address.scheduleSubject(integration, target, "*");
    targets.push({ target, ...backlog, parked: none ? 0 : await countOf(link.requests, retry, scheduled) });
  }
  const { bytes = 0, maxBytes = 0 } = intake ?? {};
  return { tenant, integration, ...(intake === undefined ? {} : { intake: { bytes, maxBytes } }), targets };
}

async function backlogFigures(
  context: Context,
  consumers: readonly string[],
): Promise<Pick<TargetFigures, "lag" | "oldestSeconds"> | undefined> {
  const { integration, link, clock } = context;
  const stream = address.intakeStream(integration);
  let lag = 0;
  let oldest = Number.POSITIVE_INFINITY;
  const backlogs = await Promise.all(consumers.map((consumer) => backlogOf(link.requests, stream, consumer)));
  for (const backlog of backlogs) {
    if (backlog === undefined) return undefined;
    lag += backlog.unfinished;
    if (backlog.unfinished === 0) continue;
    const first = await query(link.requests, stream, { seq: backlog.ackFloor + 1, next_by_subj: backlog.filter });
    const stored = first.kind === "found" ? Date.parse(first.headers?.get("Nats-Time-Stamp") ?? "") : Number.NaN;
    if (stored < oldest) oldest = stored;
  }
  const oldestSeconds = oldest === Number.POSITIVE_INFINITY ? 0 : Math.max(0, clock.now() - oldest) / 1000;
  return { lag, oldestSeconds };
}

const integrationsAtOnce = 16;

export async function readAll(
  readers: readonly (() => Promise<IntegrationFigures>)[],
): Promise<readonly IntegrationFigures[]> {
  const figures: IntegrationFigures[] = [];
  const queue = readers.values();
  const lane = async (): Promise<void> => {
    for (const read of queue) figures.push(await read());
  };
  await Promise.all(Array.from({ length: integrationsAtOnce }, lane));
  return figures;
}

const freshMs = 5_000;
const patienceMs = 3_000;

/** Asks at most every five seconds; who asks while NATS is slow gets what was known before. */
export function remembered<T>(clock: Clock, read: () => Promise<T>, nothing: T): () => Promise<T> {
  let known = nothing;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<T> | undefined;
  return async () => {
    if (reading === undefined && steadyNow(clock) - readAt < freshMs) return known;
    reading ??= read()
      .then((value) => {
        known = value;
        readAt = steadyNow(clock);
        return value;
      })
      .catch(() => known)
      .finally(() => {
        reading = undefined;
      });
    return within(clock, patienceMs, reading, known);
  };
}
