// What is measured of a hop: messages per second from a full intake, and the time that a message takes while half as
// many come in. Publisher, receiver and side share one process and one server: both sides carry the same weight.

import type { NatsConnection } from "@nats-io/transport-node";
import { sleep, systemClock } from "../../runtime/clock.ts";
import type { Outgoing } from "../../runtime/publish.ts";
import * as address from "../../schema/address.ts";
import type { Bundle } from "../../schema/bundle.ts";
import { natsHeaders } from "../../schema/nats-headers.ts";
import { api } from "../../test/rig/topology.ts";
import { bundleOf } from "../workspace.ts";
import type { Case } from "./cases.ts";
import { fill, intakeMessage } from "./fill.ts";
import { type Lab, takenBy } from "./lab.ts";
import type { StartSide } from "./sides.ts";

/**
 * Starts a side on paused consumers, fills the intake, lets it go; deliveries per second from the first to the last.
 * `backlog`: the intake is full before the side starts; `elsewhere`: what is delivered does not come to the lab's streams.
 */
export async function throughput(
  lab: Lab,
  each: Case,
  prefix: string,
  start: StartSide,
  { backlog = false, elsewhere = false }: { readonly backlog?: boolean; readonly elsewhere?: boolean } = {},
): Promise<number> {
  const { admin, ready } = lab;
  await emptied(lab, each);
  await pause(lab, each, "2100-01-01T00:00:00Z");
  const deliveries = each.count * each.targets.length;
  const { seconds, tick } = stopwatch(deliveries);
  const filled = () => fill(admin, bundleOf(ready, each.integration).bundle, each.make, prefix, each.count);
  if (backlog) await filled();
  const side = await start(lab, each, tick);
  if (!backlog) await filled();
  await pause(lab, each, "0001-01-01T00:00:00Z");
  const taken = await seconds;
  await side.close();
  if (!elsewhere) await arrived(admin, each);
  return (deliveries - 1) / taken;
}

export interface Latency {
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** From the publish to the intake until the server has what the side publishes, at `perSecond` messages. */
export async function latency(
  lab: Lab,
  each: Case,
  prefix: string,
  start: StartSide,
  perSecond: number,
): Promise<Latency> {
  const { admin, ready } = lab;
  await emptied(lab, each);
  const { bundle } = bundleOf(ready, each.integration);
  const side = await start(lab, each, () => undefined);
  const sent = new Map<string, number>();
  const taken: number[] = [];
  const subscription = admin.subscribe(`bench.out.${each.integration}.*`, {
    callback: (_error, message) => {
      const id = message.headers?.get("Nats-Msg-Id") ?? "";
      const at = sent.get(id);
      if (at !== undefined) taken.push(performance.now() - at);
    },
  });
  await paced(admin, bundle, each, prefix, perSecond, (id) => sent.set(id, performance.now()));
  const wanted = sent.size * each.targets.length;
  // On a machine that is too busy they queue up.
  for (let waited = 0; taken.length < wanted && waited < 20_000; waited += 100) await sleep(systemClock, 100);
  subscription.unsubscribe();
  await side.close();
  if (taken.length !== wanted) throw new Error(`${taken.length} of ${wanted} messages arrived`);
  taken.sort((a, b) => a - b);
  const at = (part: number): number => taken[Math.floor((taken.length - 1) * part)] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

const tickMs = 5;
const spellMs = 3_000;

/** A spell that is not looked at, until both sides are warm; then one that is. */
async function paced(
  admin: NatsConnection,
  bundle: Bundle,
  each: Case,
  prefix: string,
  perSecond: number,
  sent: (id: string) => void,
): Promise<void> {
  const began = performance.now();
  for (let next = 0; ; ) {
    const ms = performance.now() - began;
    if (ms >= 2 * spellMs) return;
    for (const due = (ms * perSecond) / 1000; next < due; next += 1) {
      const id = `${prefix}-${next}`;
      if (ms >= spellMs) sent(id);
      post(admin, intakeMessage(bundle, each.make, id));
    }
    await sleep(systemClock, tickMs);
  }
}

const post = (admin: NatsConnection, { subject, data, headers }: Outgoing): void =>
  admin.publish(subject, data, { headers: natsHeaders(headers) });

async function emptied({ admin }: Lab, each: Case): Promise<void> {
  await api(admin, `STREAM.PURGE.${address.intakeStream(each.integration)}`);
  if (each.retries) await api(admin, `STREAM.PURGE.${address.retryStream(each.integration)}`);
  for (const target of each.targets) await api(admin, `STREAM.PURGE.${takenBy(target)}`);
}

async function pause({ admin, ready }: Lab, { integration, targets }: Case, until: string): Promise<void> {
  const { order } = bundleOf(ready, integration).bundle;
  const intake = address.intakeStream(integration);
  for (const consumer of targets.flatMap((target) => address.intakeConsumers(target, order))) {
    await api(admin, `CONSUMER.PAUSE.${intake}.${consumer}`, { pause_until: until });
  }
}

async function arrived(admin: NatsConnection, { targets, count }: Case): Promise<void> {
  for (const target of targets) {
    const state = Object((await api(admin, `STREAM.INFO.${takenBy(target)}`)).state);
    if (state.messages !== count) throw new Error(`${state.messages} of ${count} messages arrived at ${target}`);
  }
}

function stopwatch(count: number): { readonly seconds: Promise<number>; readonly tick: () => void } {
  let done = 0;
  let firstAt = 0;
  let stop: (seconds: number) => void = () => undefined;
  const seconds = new Promise<number>((resolve) => {
    stop = resolve;
  });
  const tick = (): void => {
    done += 1;
    if (done === 1) firstAt = performance.now();
    if (done === count) stop((performance.now() - firstAt) / 1000);
  };
  return { seconds, tick };
}
