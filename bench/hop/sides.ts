// The two that hop: the worker that `vrsky run` starts, and the loop written by hand. Both take the same stored messages
// through the same durable consumers.

import { tmpdir } from "node:os";
import { connect } from "@nats-io/transport-node";
import { type HouseOptions, startHouse } from "../../cli/house.ts";
import { processIo } from "../../cli/io.ts";
import * as address from "../../schema/address.ts";
import type { RunEvent } from "../../schema/outcome.ts";
import { bundleOf, env } from "../workspace.ts";
import type { Case } from "./cases.ts";
import { handWritten } from "./hand-written.ts";
import { type Lab, must } from "./lab.ts";

export interface Side {
  close(): Promise<void>;
}

/** `done` is told of each message that is delivered and acked. */
export type StartSide = (lab: Lab, each: Case, done: () => void) => Promise<Side>;

type OutcomeEvent = Extract<RunEvent, { kind: "outcome" }>;

/** True when the message counts as done. */
export type IsDone = (event: OutcomeEvent) => boolean;

const delivered: IsDone = (event) => {
  if (event.outcome.kind !== "delivered") throw new Error(JSON.stringify(event));
  return true;
};

export interface WorkerOptions extends Pick<Partial<HouseOptions>, "settings"> {
  /** With the figures that are counted for whoever asks for them. */
  readonly figures?: boolean;
  readonly isDone?: IsDone;
}

export const worker =
  ({ figures = true, isDone = delivered, settings = env.settings }: WorkerOptions = {}): StartSide =>
  async ({ ready, cluster }, { integration }, done) => {
    const house = must(
      await startHouse({
        ready: { ...ready, bundles: [bundleOf(ready, integration)] },
        cluster,
        settings,
        httpPort: 0,
        ...(figures ? { metricsPort: 0 } : {}),
        dataDir: tmpdir(),
        allowNetwork: ["loopback"],
        quiet: true,
        io: processIo(),
        onEvent: (event) => {
          if (event.kind === "outcome" && isDone(event)) done();
        },
      }),
    );
    return { close: () => house.close() };
  };

const inFlight = 256;

export const byHand: StartSide = async ({ cluster }, { integration, targets, map }, done) => {
  const { credentials } = cluster;
  const login = JSON.parse(typeof credentials === "string" ? credentials : "{}").acme;
  const connection = await connect({
    servers: cluster.url,
    user: login.user,
    pass: login.password,
    noAsyncTraces: true,
  });
  const loops = await Promise.all(
    targets.map((target) =>
      handWritten(
        connection,
        {
          stream: address.intakeStream(integration),
          consumer: address.targetConsumer(target),
          subject: `bench.out.${integration}.${target}`,
          map,
          inFlight,
        },
        done,
      ),
    ),
  );
  return {
    close: async () => {
      for (const loop of loops) loop.stop();
      await connection.close();
    },
  };
};
