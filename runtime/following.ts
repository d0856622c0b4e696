// A worker that runs what is deployed: one follower per tenant, and what they know as part of the worker's health.

import { type Followed, type Follower, type FollowOptions, follow } from "./follow.ts";
import type { Health } from "./health.ts";
import { createLanes } from "./lanes.ts";
import type { Worker } from "./run.ts";

export interface Following {
  /** Resolves when each tenant's integrations run or are refused, or its records could not be read. */
  readonly started: Promise<void>;
  now(): ReadonlyMap<string, Followed>;
  health(): Health;
  /** Nothing is changed any more; what runs goes on. */
  close(): void;
}

const changedAtOnce = 16;

export function followAll(worker: Worker, tenants: readonly Omit<FollowOptions, "worker" | "lanes">[]): Following {
  const lanes = createLanes(changedAtOnce);
  const followers = new Map<string, Follower>(
    tenants.map((options) => [options.tenant, follow({ ...options, worker, lanes })]),
  );
  const now = () => new Map([...followers].map(([tenant, follower]) => [tenant, follower.now()]));
  return {
    started: Promise.all([...followers.values()].map(({ started }) => started)).then(() => undefined),
    now,
    health: () => {
      const health = worker.health();
      const followed = [...now()];
      const refused = followed.flatMap(([tenant, { refused }]) =>
        refused.map(({ integration, reason }) => ({ tenant, integration, reason })),
      );
      const unread = followed.flatMap(([tenant, { deployed }]) => (deployed === undefined ? [tenant] : []));
      // A worker that has never run all of it must not take the place of one that does. Later a refusal is for people
      // to look at: what ran before goes on, and so do the neighbours.
      const ready = health.ready && followed.every(([, { complete }]) => complete);
      return { ...health, ready, refused, unread };
    },
    close: () => {
      for (const follower of followers.values()) follower.close();
    },
  };
}
