// Servers are killed and restarted, alone and in a cluster of three.

import { setTimeout as pause } from "node:timers/promises";
import * as address from "../../schema/address.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";
import { type Field, mostInHand } from "./field.ts";
import { orders } from "./integrations.ts";
import { flowing, inField, type Scenario, someTime } from "./scenario.ts";

export const serverKill: Scenario = {
  name: "server-kill",
  title: "SIGKILL of nats-server under load, started again on its files",
  faults: 4,
  longFaults: 50,
  run: (lab, { seed, faults }) =>
    inField(lab, { integration: orders, seed, workers: 2 }, async (field) => {
      for (let made = 0; made < faults; made++) {
        lab.say(`kill ${made + 1} of ${faults}`);
        await someTime(field, 100, 700);
        await strike(field, "SIGKILL", 0);
        await someTime(field, 0, 300);
        await field.servers.restart(0);
        await flowing(field);
      }
      return [];
    }),
};

/** At a moment when senders wait for an answer and the target is at work. */
export async function strike(field: Field, signal: "SIGKILL" | "SIGTERM", index: number): Promise<void> {
  const { producer, receiver } = field;
  const busy = (): boolean => producer.open() > 0 && receiver.open() > 0;
  await until("somebody waits for an answer", busy, 10_000).catch(() => undefined);
  const proof = busy() ? `${producer.open()} senders waited, ${receiver.open()} requests at the target` : undefined;
  field.allow(field.workers.length * mostInHand);
  await field.servers.kill(index, signal);
  field.hit(`${signal} of server ${index}`, proof);
}

export const leaderKill: Scenario = {
  name: "leader-kill",
  title: "SIGKILL of the server that leads the intake stream, three servers with three copies",
  faults: 2,
  longFaults: 20,
  run: (lab, { seed, faults }) =>
    inField(lab, { integration: orders, seed, workers: 2, copies: 3 }, async (field) => {
      for (let made = 0; made < faults; made++) {
        lab.say(`kill ${made + 1} of ${faults}`);
        const leader = await inStep(field);
        await someTime(field, 50, 400);
        await strike(field, "SIGKILL", leader);
        await flowing(field);
        await field.servers.restart(leader);
      }
      await inStep(field);
      return [];
    }),
};

export const rollingRestart: Scenario = {
  name: "rolling-restart",
  title: "all three servers restarted one after the other (SIGTERM)",
  faults: 3,
  longFaults: 30,
  run: (lab, { seed, faults }) =>
    inField(lab, { integration: orders, seed, workers: 2, copies: 3 }, async (field) => {
      for (let made = 0; made < faults; made++) {
        lab.say(`restart ${made + 1} of ${faults}`);
        await inStep(field);
        await strike(field, "SIGTERM", made % 3);
        await pause(200);
        await field.servers.restart(made % 3);
        await flowing(field);
      }
      await inStep(field);
      return [];
    }),
};

interface ClusterState {
  readonly leader?: string;
  readonly replicas?: readonly { readonly name: string; readonly current: boolean; readonly offline?: boolean }[];
}

interface StreamState {
  readonly config: { readonly name: string; readonly num_replicas: number };
  readonly cluster?: ClusterState;
}

/** Resolves with the number of the leading server once every copy of every stream has all that there is. */
export async function inStep(field: Field, integration = orders.name): Promise<number> {
  const look = async (): Promise<number | undefined> => {
    const answer: { streams?: readonly StreamState[] } = await api(field.servers.admin, "STREAM.LIST");
    // What the control plane keeps for itself has one copy here.
    const streams = (answer.streams ?? []).filter(({ config }) => config.num_replicas === 3);
    const whole = streams.every(
      ({ cluster }) =>
        cluster?.leader !== undefined &&
        cluster.leader !== "" &&
        cluster.replicas?.length === 2 &&
        cluster.replicas.every(({ current, offline }) => current && offline !== true),
    );
    const intake = streams.find(({ config }) => config.name === address.intakeStream(integration));
    const leader = Number(intake?.cluster?.leader?.slice("server-".length));
    return whole && Number.isInteger(leader) ? leader : undefined;
  };
  return until("the copies are in step", () => look().catch(() => undefined), 120_000);
}
